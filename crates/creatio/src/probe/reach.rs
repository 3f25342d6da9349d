use chrono::{DateTime, Utc};
use handover_core::probe::Check;
use http::header;

use super::failed;
use crate::creatio::Creatio;
use crate::entities::{self, base};
use crate::problem::Answer;
use crate::query::Query;

impl Creatio {
    /// Whether OData answers where the configuration says, and whether the clocks agree.
    pub(super) async fn check_address(&self, checks: &mut Vec<Check>) -> bool {
        let name = "address";
        let answer = match self.client().service_document(false).await {
            Ok(answer) => answer,
            Err(error) => {
                checks.push(failed(name, &error));
                return false;
            }
        };
        let Some(problem) = answer.problem() else {
            checks.push(Check::proven(name, "OData answers"));
            checks.push(clocks(&answer, self.client().now()));
            return true;
        };
        let other = self.client().service_document(true).await;
        let is_there = other.is_ok_and(|answer| answer.problem().is_none());
        checks.push(match is_there {
            true => Check::broken(
                name,
                "OData answers at the other place",
                "this host is of the other kind: set odata_path to odata instead of 0/odata, or \
                 the other way round",
            ),
            false => failed(name, &self.client().error(&answer, problem)),
        });
        false
    }

    pub(super) async fn check_rights(&self, checks: &mut Vec<Check>) {
        for entity in [entities::CASE, entities::ACTIVITY, entities::CONTACT] {
            let name = format!("rights on {}", entity.name());
            let is_contact = entity == entities::CONTACT;
            let query = Query::new(entity, [base::ID]).top(1);
            checks.push(match self.client().query(&query).await {
                // Every Creatio has contacts: its users.
                Ok(rows) if rows.is_empty() && is_contact => Check::broken(
                    name,
                    "no contact can be seen",
                    "a technical user has no rights until it has a role: add one",
                ),
                Ok(_) => Check::proven(name, "rows can be read"),
                Err(error) => failed(&name, &error),
            });
        }
    }
}

/// Compares the answer's `Date` with our clock.
fn clocks(answer: &Answer, now: DateTime<Utc>) -> Check {
    let name = "clocks";
    let date = answer.headers.get(header::DATE).and_then(|date| date.to_str().ok());
    let Some(date) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) else {
        return Check::proven(name, "the host does not tell its time");
    };
    let apart = (now - date.to_utc()).num_seconds().abs();
    if apart <= MOST_SECONDS {
        return Check::proven(name, format!("{apart} s apart"));
    }
    Check::warning(
        name,
        format!("{apart} s apart"),
        "set this machine's clock by NTP: changes are followed by Creatio's time",
    )
}

/// Half of how far the feed reads back.
const MOST_SECONDS: i64 = 60;
