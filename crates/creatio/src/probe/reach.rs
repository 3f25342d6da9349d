use chrono::{DateTime, Utc};
use handover_core::error::ErrorKind;
use handover_core::probe::Check;
use http::header;

use super::failed;
use crate::column::Entity;
use crate::config::{EntryMode, FilePolicy};
use crate::creatio::Creatio;
use crate::entities::{self, base};
use crate::problem::Answer;
use crate::query::Query;

impl Creatio {
    /// Whether somebody gives out logins, and gives us one.
    pub(super) async fn check_login(&self, checks: &mut Vec<Check>) -> bool {
        let (service, login) = ("identity service", "login");
        let is_session = self.client().is_session();
        match self.client().log_in().await {
            Ok(()) if is_session => {
                checks.push(Check::proven(login, "the user's name and password are accepted"));
                true
            }
            Ok(()) => {
                checks.push(Check::proven(service, "it answers"));
                checks.push(Check::proven(login, "it gave a token"));
                true
            }
            Err(error) if is_session => {
                let failed = failed(login, &error);
                checks.push(match error.kind() {
                    ErrorKind::Unauthorized => Check { fix: Some(USER_FIX.into()), ..failed },
                    _ => failed,
                });
                false
            }
            Err(error) if error.kind() == ErrorKind::Unauthorized => {
                checks.push(Check::proven(service, "it answers"));
                checks.push(failed(login, &error));
                false
            }
            Err(error) => {
                let failed = failed(service, &error);
                checks.push(match error.kind() {
                    ErrorKind::Config | ErrorKind::Network | ErrorKind::Protocol => {
                        Check { fix: Some(IDENTITY_FIX.into()), ..failed }
                    }
                    _ => failed,
                });
                false
            }
        }
    }

    /// Whether OData answers where the configuration says, which kind of host it is, and whether the
    /// clocks agree.
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
            let path = self.client().odata_path();
            // .NET answers below /0 as well, .NET Framework only there.
            let is_framework = path.starts_with("0/") && !self.answers_elsewhere().await;
            let host = if is_framework { ".NET Framework" } else { ".NET" };
            checks.push(Check::proven(name, format!("OData answers at {path} ({host})")));
            checks.push(clocks(&answer, self.client().now()));
            return true;
        };
        checks.push(match self.answers_elsewhere().await {
            true => Check::broken(
                name,
                "OData answers at the other place",
                "this host is of the other kind: set odata_path to auto, or take it out",
            ),
            false => failed(name, &self.client().error(&answer, problem)),
        });
        false
    }

    async fn answers_elsewhere(&self) -> bool {
        let other = self.client().service_document(true).await;
        other.is_ok_and(|answer| answer.problem().is_none())
    }

    pub(super) async fn check_rights(&self, checks: &mut Vec<Check>) {
        for entity in self.tables() {
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

    /// The tables that this configuration reads and writes.
    fn tables(&self) -> Vec<Entity> {
        let mut tables = vec![entities::CASE, entities::ACTIVITY, entities::CONTACT];
        tables.push(entities::CONTACT_COMMUNICATION);
        if self.config().files == FilePolicy::Upload {
            tables.push(entities::ACTIVITY_FILE);
        }
        if self.config().uses(EntryMode::Feed) {
            tables.push(entities::SOCIAL_MESSAGE);
            if self.config().files == FilePolicy::Upload {
                tables.push(entities::CASE_FILE);
            }
        }
        tables
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
const IDENTITY_FIX: &str = "set identity_url to the value of Creatio's system setting \
    OAuth20IdentityServerUrl, and let this machine reach it";
const USER_FIX: &str = "correct username and password; log in with them by hand first if the \
    account is locked or its password has run out";
