//! Many rows, a page at a time.

mod stream;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use handover_core::error::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::client::{Client, ID};
use crate::column::Column;
use crate::filter::Filter;
use crate::parse::Row;
use crate::query::Query;

pub use stream::Rows;

/// All rows of a query in the order of a time column, a page at a time.
///
/// The next page is asked for by the last time that was seen, not by counting rows, which gets slow
/// and skips rows while others change. Source: `$skip` is slow on large tables. A link to a next page is
/// documented nowhere; where one comes, it is not followed, but more is asked for.
#[derive(Debug)]
pub struct Pages {
    client: Client,
    query: Query,
    by: Column,
    mark: Mark,
    skip: usize,
    done: bool,
}

/// How far rows were read: their time, and which of that very moment were told already.
///
/// It may be kept, and reading goes on from there in another process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    told: BTreeSet<Uuid>,
}

impl Client {
    /// The rows of `query` in the order of `by`, a time column that every row has. The query selects
    /// `Id` and `by`, orders by nothing, and its [`Query::top`] is the length of a page.
    pub fn pages(&self, query: Query, by: Column) -> Pages {
        Pages { client: self.clone(), query, by, mark: Mark::default(), skip: 0, done: false }
    }

    /// The same, row by row. One page is in memory at a time.
    pub fn stream(&self, query: Query, by: Column) -> Rows {
        Rows::new(self.pages(query, by))
    }
}

impl Pages {
    /// Goes on behind `mark`.
    #[must_use]
    pub fn after(self, mark: Mark) -> Self {
        Self { mark, skip: 0, done: false, ..self }
    }

    /// How far the pages so far reach.
    pub fn mark(&self) -> &Mark {
        &self.mark
    }

    /// The next page, or `None` at the end.
    ///
    /// # Errors
    /// Any [`Error`] of a read, after which the same page may be asked for again;
    /// [`ErrorKind::Invalid`] if a row lacks `Id` or the time.
    ///
    /// # Cancel safety
    /// Nothing is lost: the same page is asked for again.
    pub async fn next(&mut self) -> Result<Option<Vec<Row>>, Error> {
        while !self.done {
            let mut query = self.query.clone().order_by(&self.by).order_by(&ID).skip(self.skip);
            if let Some(at) = self.mark.at {
                query = query.filter(Filter::ge(&self.by, at));
            }
            let answered = self.client.query_once(&query).await?;
            let rows = answered.rows;
            let keys: Option<Vec<(Uuid, DateTime<Utc>)>> =
                rows.iter().map(|row| key(row, &self.by)).collect();
            let keys = keys.ok_or_else(|| {
                let message = "a query that is paged selects Id and the column it is ordered by";
                Error::never(ErrorKind::Invalid, message)
            })?;
            let fresh = rows
                .into_iter()
                .zip(&keys)
                .filter(|(_, (id, _))| !self.mark.told.contains(id))
                .map(|(row, _)| row)
                .collect::<Vec<_>>();
            self.advance(&keys, answered.more);
            if !fresh.is_empty() {
                return Ok(Some(fresh));
            }
        }
        Ok(None)
    }

    fn advance(&mut self, keys: &[(Uuid, DateTime<Utc>)], more: bool) {
        self.done = keys.is_empty() || (keys.len() < self.query.page_size() && !more);
        let Some((_, last)) = keys.last() else { return };
        self.skip = if self.mark.at == Some(*last) { self.skip + keys.len() } else { 0 };
        for (id, at) in keys.iter().filter(|(_, at)| at == last) {
            self.mark.tell(*id, *at);
        }
    }
}

impl Mark {
    /// Takes in a row that was told.
    fn tell(&mut self, id: Uuid, at: DateTime<Utc>) {
        if self.at != Some(at) {
            self.at = Some(at);
            self.told.clear();
        }
        self.told.insert(id);
    }
}

fn key(row: &Row, by: &Column) -> Option<(Uuid, DateTime<Utc>)> {
    Some((row.id(&ID)?, row.time(by)?))
}

#[cfg(test)]
mod tests;
