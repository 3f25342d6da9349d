//! How a case stands, and what of it is ours.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use handover_core::channel::Attempt;
use handover_core::desk::{Case, CaseStatus};
use handover_core::error::{Error, ErrorKind};
use uuid::Uuid;

use crate::column::{Column, Value, Values};
use crate::creatio::Creatio;
use crate::entities::{self, base, case};
use crate::parse::{Row, guid};

/// A case as it was just read.
pub(super) struct Standing {
    pub(super) id: Uuid,
    pub(super) row: Row,
    pub(super) status: CaseStatus,
}

impl Standing {
    /// How it stands once these values are written.
    ///
    /// # Errors
    /// None that writing them had not.
    pub(super) fn with(self, written: &Values) -> Result<Self, Error> {
        Ok(Self { row: self.row.with(written.body()?), ..self })
    }
}

impl Creatio {
    /// Every column of a case that is read.
    pub(crate) fn case_columns(&self) -> Vec<Column> {
        let head = [base::ID, case::NUMBER, base::CREATED_BY, base::MODIFIED_BY, base::MODIFIED_ON];
        head.into_iter().chain(self.tracked()).collect()
    }

    /// Every column of a case that is written after it was opened.
    fn tracked(&self) -> impl Iterator<Item = Column> {
        [case::SYMPTOMS, case::CONTACT, case::OWNER, case::GROUP, case::STATUS]
            .into_iter()
            .chain(self.config().fields.iter().map(|field| field.column.clone()))
    }

    /// Reads a case again: in one call with others that are read just now.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if somebody deleted it.
    pub(super) async fn standing(&self, case: &Case) -> Result<Standing, Error> {
        let id = reference(case)?;
        let row = self.0.cases.ask(id, |ids| self.cases(ids)).await?;
        let row = row.ok_or_else(|| {
            Error::never(ErrorKind::NotFound, "the case does not exist any more").with_code(NO_CASE)
        })?;
        self.learn(&row);
        self.stands(id, row).await
    }

    async fn cases(&self, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Row>, Error> {
        let (client, columns) = (self.client(), self.case_columns());
        let rows = match ids.as_slice() {
            [id] => Vec::from_iter(client.get(&entities::CASE, *id, &columns).await?),
            ids => client.rows(&entities::CASE, ids, &columns).await?,
        };
        Ok(rows.into_iter().filter_map(|row| Some((row.id(&base::ID)?, row))).collect())
    }

    pub(super) async fn stands(&self, id: Uuid, row: Row) -> Result<Standing, Error> {
        let client = self.client();
        let status = self.0.lookups.case_status(client, row.id(&case::STATUS)).await?;
        Ok(Standing { id, row, status })
    }

    /// What to remember of a case: of the columns in `written` how they stand, of all others how we
    /// left them, so that what a person writes stays a person's.
    pub(super) fn remember(
        &self,
        standing: &Standing,
        before: Option<&Case>,
        written: &[Column],
    ) -> Case {
        let row = &standing.row;
        let mut digests: BTreeMap<Box<str>, u64> =
            before.map(|case| case.digests.clone()).unwrap_or_default();
        for column in self.tracked() {
            if before.is_none() || written.contains(&column) {
                digests.insert(column.body().into(), digest(&row.spelling(&column)));
            }
        }
        if let Some(at) = row.time(&base::MODIFIED_ON) {
            // Not a digest but the time itself: what was written since is later than this.
            digests.insert(base::MODIFIED_ON.body().into(), at.timestamp_micros().unsigned_abs());
        }
        Case {
            reference: standing.id.to_string().into(),
            alias: None,
            number: row.text(&case::NUMBER).map(Into::into),
            status: standing.status,
            owner: row.id(&case::OWNER).map(|owner| owner.to_string().into()),
            digests,
        }
    }
}

/// A case that cannot be found may only not be seen yet: where a tenant reads from a copy, reads lag
/// behind writes. Once two minutes have passed, somebody has deleted it.
pub(super) fn perhaps_not_yet(error: Error, attempt: &Attempt) -> Error {
    let is_missing = error.kind() == ErrorKind::NotFound && error.code() == Some(NO_CASE);
    if !is_missing || attempt.now - attempt.first > SEEN_WITHIN {
        return error;
    }
    Error::later(ErrorKind::NotFound, "the case cannot be seen yet").with_code(NO_CASE)
}

/// Whether a column stands as we left it. One that we never saw is ours while it is empty.
pub(super) fn is_as_left(case: &Case, row: &Row, column: &Column) -> bool {
    let now = row.spelling(column);
    match case.digests.get(column.body().as_ref()) {
        Some(left) => *left == digest(&now),
        None => {
            matches!(now.as_str(), "" | "0" | "0.0" | "false") || now.starts_with("0001-01-01T")
        }
    }
}

/// Whether a column holds this value.
pub(super) fn stands_as(row: &Row, column: &Column, value: &Value) -> bool {
    let stands = row.spelling(column);
    match value {
        Value::Date(day) => row.time(column).is_some_and(|at| at.date_naive() == *day),
        Value::Decimal(number) => stands.parse() == Ok(*number),
        Value::Flag(flag) => !stands.is_empty() && row.flag(column) == *flag,
        Value::Id(id) => row.id(column) == Some(*id),
        Value::Number(number) => row.number(column) == Some(*number),
        Value::Text(text) => text.trim() == stands.trim().replace("\r\n", "\n"),
        Value::Time(at) => row.time(column) == Some(*at),
    }
}

/// The id of a case of ours.
pub(super) fn reference(case: &Case) -> Result<Uuid, Error> {
    guid(&case.reference).ok_or_else(|| {
        Error::never(ErrorKind::Invalid, "the case's reference is no GUID").with_code("case")
    })
}

/// FNV-1a, 64 bits: the same in every process and version. Line ends and what surrounds the text do
/// not count, because Creatio's editors touch them.
pub(super) fn digest(text: &str) -> u64 {
    let bytes = text.trim().bytes().filter(|b| *b != b'\r');
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

const NO_CASE: &str = "no-such-case";
const SEEN_WITHIN: TimeDelta = TimeDelta::minutes(2);
