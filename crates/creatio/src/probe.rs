//! The doctor: proves a configuration, or says what to mend.

mod ids;
mod reach;

use async_trait::async_trait;
use handover_core::error::{Error, ErrorKind};
use handover_core::probe::{Check, Probe};
use secrecy::{ExposeSecret, SecretString};

use crate::creatio::Creatio;
use crate::desk::entry_table;
use crate::entities;

/// Changes nothing: rights to write are proven by the first case.
#[async_trait]
impl Probe for Creatio {
    async fn check(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        if let Err(error) = self.client().log_in().await {
            checks.push(failed("login", &error));
            return checks;
        }
        checks.push(Check::proven("login", "the Identity Service gave a token"));
        if !self.check_address(&mut checks).await {
            return checks;
        }
        self.check_rights(&mut checks).await;
        self.check_ids(&mut checks).await;
        self.check_columns(&mut checks).await;
        self.check_reply_rule(&mut checks).await;
        checks.push(self.webhook());
        checks
    }
}

impl Creatio {
    async fn check_columns(&self, checks: &mut Vec<Check>) {
        let (_, task) = entry_table(crate::EntryMode::Task);
        let activity = task.into_iter().chain(self.reply_columns()).collect();
        let wanted = [(&entities::CASE, self.case_columns()), (&entities::ACTIVITY, activity)];
        for (entity, columns) in wanted {
            let name = format!("columns of {}", entity.name());
            checks.push(match self.client().unknown_columns(entity, &columns).await {
                Ok(unknown) if unknown.is_empty() => {
                    Check::proven(name, format!("all {} exist", columns.len()))
                }
                Ok(unknown) => Check::broken(
                    name,
                    format!("missing: {}", unknown.join(", ")),
                    "correct the names in [[desk.….field]], or publish the columns in Creatio",
                ),
                Err(error) => failed(&name, &error),
            });
        }
    }

    async fn check_reply_rule(&self, checks: &mut Vec<Check>) {
        let name = "replies";
        let Some(rule) = &self.config().reply else {
            checks.push(Check::warning(
                name,
                "nothing that an agent writes will be delivered to a customer",
                "name the activity types that are replies, as types = [\"Email\"], in \
                 [desk.….reply]",
            ));
            return;
        };
        checks.push(match self.0.lookups.ids_of(self.client(), &entities::ACTIVITY_TYPE, rule.types.as_deref().unwrap_or_default()).await {
            Ok((types, unknown)) if unknown.is_empty() => {
                Check::proven(name, format!("{} activity types go to the customer", types.len()))
            }
            Ok((_, unknown)) => Check::broken(
                name,
                format!("no activity type is called: {}", unknown.join(", ")),
                "use a name as the integration's user sees it, or the id of the ActivityType row",
            ),
            Err(error) => failed(name, &error),
        });
    }

    fn webhook(&self) -> Check {
        if self.config().webhook_secrets.is_empty() {
            return Check::warning(
                "webhook",
                "no secret is configured: replies are only found by polling",
                "set webhook_secret and build the two business processes",
            );
        }
        let is_short = |secret: &SecretString| secret.expose_secret().len() < GUESSABLE;
        if self.config().webhook_secrets.iter().any(is_short) {
            return Check::warning(
                "webhook",
                "a secret is short enough to be guessed",
                "set webhook_secret to 16 or more random characters",
            );
        }
        Check::proven("webhook", "a secret is configured; /ping proves the way here")
    }
}

/// A check that could not be made, with what to do about it.
fn failed(name: &str, error: &Error) -> Check {
    let fix = match error.kind() {
        ErrorKind::Config => "correct the configuration as the text says",
        ErrorKind::Forbidden => {
            "give the integration's user the operation CanUseODataService and rights on the object"
        }
        ErrorKind::Network => "check base_url, the firewall and the proxy between here and Creatio",
        ErrorKind::Unauthorized => {
            "copy client_id and client_secret again; the grant type must be Client credentials, \
             and the application's user active"
        }
        _ => "try again; if it stays, give the request's id to Creatio's support",
    };
    Check::broken(name, error.to_string(), fix)
}

/// A secret with fewer characters can be guessed by trying.
const GUESSABLE: usize = 16;

#[cfg(test)]
mod tests;
