use chrono::DateTime;
use handover_core::desk::{Case, CaseStatus};
use handover_core::error::{Error, ErrorKind};

use super::standing::{Standing, is_as_left};
use crate::column::Values;
use crate::creatio::Creatio;
use crate::entities::{self, activity, base, case};
use crate::filter::Filter;
use crate::query::Query;

impl Creatio {
    /// Writes the status for a matter that the assistant has settled, unless a person was there.
    pub(super) async fn settle_case(&self, case: &Case, status: CaseStatus) -> Result<Case, Error> {
        let standing = self.standing(case).await?;
        let Some(resolved) = self.config().resolved.filter(|_| status == CaseStatus::Resolved)
        else {
            return Ok(self.remember(&standing, Some(case), &[]));
        };
        if standing.row.id(&case::STATUS) == Some(resolved) || standing.status == status {
            return Ok(self.remember(&standing, Some(case), &[case::STATUS]));
        }
        if standing.status == CaseStatus::Final {
            return Err(Error::never(ErrorKind::Closed, "the case is closed"));
        }
        let is_ours = [case::OWNER, case::STATUS]
            .iter()
            .all(|column| is_as_left(case, &standing.row, column));
        if !is_ours || self.somebody_wrote(case, &standing).await? {
            return Err(Error::never(ErrorKind::Taken, "a person works on the case"));
        }
        let values = Values::new().set(case::STATUS, resolved);
        self.client().update(&entities::CASE, standing.id, &values).await?;
        let standing = self.standing(case).await?;
        Ok(self.remember(&standing, Some(case), &[case::STATUS]))
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
            let ours = by.is_some() && by == own;
            !ours && !row.flag(&activity::IS_AUTO_SUBMITTED)
        }))
    }
}

/// When we last wrote to the case.
fn left_at(case: &Case) -> Option<DateTime<chrono::Utc>> {
    let micros = case.digests.get(base::MODIFIED_ON.body().as_ref())?;
    DateTime::from_timestamp_micros(i64::try_from(*micros).ok()?)
}

const LOOK_AT: usize = 100;
