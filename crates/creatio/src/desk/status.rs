use chrono::DateTime;
use handover_core::desk::{Case, CaseStatus};
use handover_core::error::{Error, ErrorKind};
use uuid::Uuid;

use super::standing::{Standing, is_as_left};
use crate::column::{Column, Values};
use crate::creatio::{Creatio, is_entry};
use crate::entities::{self, activity, base, case};
use crate::filter::Filter;
use crate::parse::Row;
use crate::query::Query;

impl Creatio {
    /// Brings a status onto a case.
    pub(super) async fn write_status(
        &self,
        case: &Case,
        status: CaseStatus,
    ) -> Result<Case, Error> {
        let standing = self.standing(case).await?;
        match status {
            CaseStatus::Open => self.reopen(case, standing).await,
            CaseStatus::Resolved | CaseStatus::Final => self.settle(case, standing, status).await,
        }
    }

    /// Opens a resolved case again, whoever resolved it. Its owner stays: they know the customer.
    ///
    /// Source: the server fills the closing data only while they are empty, so what is left there
    /// would be the data of the next closing too. `SolutionDate` is the date by which it is due; the
    /// platform's own calculation moves it when the status changes.
    async fn reopen(&self, case: &Case, standing: Standing) -> Result<Case, Error> {
        match standing.status {
            CaseStatus::Final => return Err(closed()),
            CaseStatus::Open => return Ok(self.remember(&standing, Some(case), &[])),
            CaseStatus::Resolved => {}
        }
        let reopened = self.0.lookups.reopened_status(self.client()).await?.ok_or_else(|| {
            Error::never(ErrorKind::Config, "no case status is neither resolved, final nor paused")
        })?;
        let mut values = Values::new().set(case::STATUS, reopened);
        for column in self.closing_columns().await? {
            values = values.clear(column);
        }
        self.put(case, standing.id, &values).await
    }

    /// Writes the status for a matter that the assistant has settled, unless a person was there.
    async fn settle(
        &self,
        case: &Case,
        standing: Standing,
        status: CaseStatus,
    ) -> Result<Case, Error> {
        let Some(resolved) = self.config().resolved.filter(|_| status == CaseStatus::Resolved)
        else {
            return Ok(self.remember(&standing, Some(case), &[]));
        };
        if standing.row.id(&case::STATUS) == Some(resolved) || standing.status == status {
            return Ok(self.remember(&standing, Some(case), &[case::STATUS]));
        }
        if standing.status == CaseStatus::Final {
            return Err(closed());
        }
        let row = &standing.row;
        let is_ours = is_as_left(case, row, &case::OWNER)
            && (is_as_left(case, row, &case::STATUS) || self.moved_by_itself(row));
        if !is_ours || self.somebody_wrote(case, &standing).await? {
            return Err(Error::never(ErrorKind::Taken, "a person works on the case"));
        }
        self.put(case, standing.id, &Values::new().set(case::STATUS, resolved)).await
    }

    /// Whether the row was last changed in our own name: by a process of the tenant which one of our
    /// entries started, as those that set *In progress* on a new activity. It runs as whoever starts
    /// it, so what it does is no person's doing.
    fn moved_by_itself(&self, row: &Row) -> bool {
        row.id(&base::MODIFIED_BY).is_some_and(|by| self.own_contact() == Some(by))
    }

    async fn put(&self, case: &Case, id: Uuid, values: &Values) -> Result<Case, Error> {
        self.client().update(&entities::CASE, id, values).await?;
        let standing = self.standing(case).await?;
        Ok(self.remember(&standing, Some(case), &[case::STATUS]))
    }

    /// Those of the closing columns that this tenant has.
    async fn closing_columns(&self) -> Result<Vec<Column>, Error> {
        let all = [case::CLOSURE_CODE, case::CLOSURE_DATE, case::SOLUTION_PROVIDED_ON];
        if self.has_columns(&all).await? {
            return Ok(all.into());
        }
        let mut there = Vec::new();
        for column in all {
            if self.has_columns(std::slice::from_ref(&column)).await? {
                there.push(column);
            }
        }
        Ok(there)
    }

    async fn has_columns(&self, columns: &[Column]) -> Result<bool, Error> {
        match self.client().ensure_columns(&entities::CASE, columns).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::Config => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether anybody but us put an activity on the case since we last wrote to it. What machines
    /// send about it does not count.
    async fn somebody_wrote(&self, case: &Case, standing: &Standing) -> Result<bool, Error> {
        let columns =
            [base::ID, base::CREATED_BY, activity::GLOBAL_ID, activity::IS_AUTO_SUBMITTED];
        let mut query = Query::new(entities::ACTIVITY, columns)
            .filter(Filter::eq(&activity::CASE, standing.id))
            .order_by_descending(base::CREATED_ON)
            .top(LOOK_AT);
        if let Some(since) = left_at(case) {
            query = query.filter(Filter::gt(&base::CREATED_ON, since));
        }
        let own = self.own_contact();
        if let Some(own) = own {
            query = query.filter(Filter::ne(&base::CREATED_BY, own));
        }
        let rows = self.client().query(&query).await?;
        Ok(rows.iter().any(|row| {
            let by = row.id(&base::CREATED_BY);
            let ours = (by.is_some() && by == own) || is_entry(row);
            !ours && !row.flag(&activity::IS_AUTO_SUBMITTED)
        }))
    }
}

/// When we last wrote to the case.
fn left_at(case: &Case) -> Option<DateTime<chrono::Utc>> {
    let micros = case.digests.get(base::MODIFIED_ON.body().as_ref())?;
    DateTime::from_timestamp_micros(i64::try_from(*micros).ok()?)
}

fn closed() -> Error {
    Error::never(ErrorKind::Closed, "the case is closed")
}

const LOOK_AT: usize = 100;
