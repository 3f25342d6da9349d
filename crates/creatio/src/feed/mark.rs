use chrono::{DateTime, Duration, Utc};
use handover_core::feed::Cursor;
use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::entities::base;
use crate::filter::Filter;
use crate::parse::Row;
use crate::query::Query;

/// How far each table has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marks {
    /// The cursor's form.
    v: u8,
    pub(super) activities: Mark,
    pub(super) cases: Mark,
}

/// A place in a table that is ordered by `ModifiedOn` and `Id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Rows of this moment and later are still to be read.
    pub(super) at: DateTime<Utc>,
    /// But for this many of the first. Only used while more rows than fit one page have the very
    /// same moment, as after a bulk change.
    #[serde(default, skip_serializing_if = "is_zero")]
    skip: usize,
}

impl Marks {
    /// A little before now.
    pub(super) fn start(now: DateTime<Utc>) -> Self {
        let mark = Mark { at: now - START, skip: 0 };
        Self { v: 1, activities: mark, cases: mark }
    }

    /// The places in a cursor. One of another version keeps its place as far as it names one: to read
    /// some rows again is better than to pass some over.
    pub(super) fn parse(cursor: &Cursor) -> Option<Self> {
        let marks: Self = serde_json::from_str(&cursor.0).ok()?;
        if marks.v == 1 {
            return Some(marks);
        }
        let from = |mark: Mark| Mark { skip: 0, ..mark };
        Some(Self { v: 1, activities: from(marks.activities), cases: from(marks.cases) })
    }

    pub(super) fn moved(self, activities: Mark, cases: Mark) -> Self {
        Self { activities, cases, ..self }
    }

    pub(super) fn cursor(self) -> Option<Cursor> {
        serde_json::to_string(&self).ok().map(|text| Cursor(text.into()))
    }
}

impl Mark {
    /// The page of `query` that follows.
    pub(super) fn page(self, query: Query) -> Query {
        query
            .filter(Filter::ge(&base::MODIFIED_ON, self.at))
            .order_by(base::MODIFIED_ON)
            .order_by(ID)
            .skip(self.skip)
            .top(PAGE)
    }

    /// The place after a page, and whether more may follow at once.
    ///
    /// A full page goes on from its last moment, reading that once more, so that nothing is skipped
    /// when a row moves on meanwhile. At the end the place stays an overlap behind.
    pub(super) fn after(self, rows: &[Row], now: DateTime<Utc>) -> (Self, bool) {
        let Some(last) = rows.last().and_then(|row| row.time(&base::MODIFIED_ON)) else {
            return (Self { skip: 0, ..self }, false);
        };
        if rows.len() < PAGE {
            let at = last.min(now - OVERLAP).max(self.at);
            return (Self { at, skip: 0 }, false);
        }
        if last > self.at {
            return (Self { at: last, skip: 0 }, true);
        }
        (Self { at: self.at, skip: self.skip + rows.len() }, true)
    }

    /// The place after a page of which only the rows before `horizon` were taken; `full` is the place
    /// after all of it.
    pub(super) fn held_at(self, horizon: DateTime<Utc>, full: Self) -> Self {
        let at = horizon.min(full.at);
        if at > self.at { Self { at, skip: 0 } } else { self }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

const ID: Column = base::ID;
/// Rows of one page.
pub(super) const PAGE: usize = 100;
/// How far back a feed begins that was never read: enough for clocks that differ.
const START: Duration = Duration::minutes(5);
/// How long a transaction may take from the time it puts on its rows until it is seen.
const OVERLAP: Duration = Duration::minutes(2);
