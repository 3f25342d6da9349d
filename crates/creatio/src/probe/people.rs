use chrono::Duration;
use handover_core::error::Error;
use handover_core::probe::Check;
use uuid::Uuid;

use super::failed;
use crate::creatio::{Creatio, is_entry};
use crate::entities::{self, activity, base};
use crate::filter::Filter;
use crate::query::Query;

impl Creatio {
    /// Whether anybody works with the integration's own login: what they write is taken for ours.
    pub(super) async fn check_people(&self, checks: &mut Vec<Check>) {
        let name = "shared login";
        checks.push(match self.written_by_others().await {
            Ok(None) => Check::proven(name, "this login has written nothing yet"),
            Ok(Some(0)) => Check::proven(name, "nobody else writes with this login"),
            Ok(Some(count)) => Check::warning(
                name,
                format!(
                    "{count} activities on cases within {DAYS} days were made with this login, \
                     and not by the relay"
                ),
                "give every person and program a login of their own: what this one writes never \
                 goes to a customer",
            ),
            Err(error) => failed(name, &error),
        });
    }

    /// How many of the newest activities that our user made on cases are not ours.
    async fn written_by_others(&self) -> Result<Option<usize>, Error> {
        let since = self.client().now() - Duration::days(DAYS);
        let lately = || {
            let columns = [base::ID, base::CREATED_BY, activity::GLOBAL_ID, activity::CASE];
            Query::new(entities::ACTIVITY, columns)
                .filter(Filter::gt(&base::CREATED_ON, since))
                .order_by_descending(base::CREATED_ON)
        };
        let own = match self.own_contact() {
            Some(own) => own,
            None => {
                let ours = Filter::contains(&activity::GLOBAL_ID, ".entry.");
                let rows = self.client().query(&lately().filter(ours).top(LOOK_AT)).await?;
                let Some(entry) = rows.iter().find(|row| is_entry(row)) else { return Ok(None) };
                self.learn(entry);
                let Some(own) = self.own_contact() else { return Ok(None) };
                own
            }
        };
        let by_us = Filter::eq(&base::CREATED_BY, own);
        let rows = self.client().query(&lately().filter(by_us).top(LOOK_AT)).await?;
        let is_other = |case: Option<Uuid>, is_entry: bool| case.is_some() && !is_entry;
        let others = rows.iter().filter(|row| is_other(row.id(&activity::CASE), is_entry(row)));
        Ok(Some(others.count()))
    }
}

const DAYS: i64 = 30;
const LOOK_AT: usize = 200;
