use handover_core::error::Error;
use handover_core::probe::Check;
use secrecy::{ExposeSecret, SecretString};

use super::failed;
use crate::config::ReplyRule;
use crate::creatio::Creatio;
use crate::entities;

impl Creatio {
    pub(super) async fn check_reply_rule(&self, checks: &mut Vec<Check>) {
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
        checks.push(match self.unknown_names(rule).await {
            Ok(unknown) if unknown.is_empty() => Check::proven(name, described(rule)),
            Ok(unknown) => Check::broken(
                name,
                format!("there is no activity type or category: {}", unknown.join(", ")),
                "use a name as the integration's user sees it, or the id of the row",
            ),
            Err(error) => failed(name, &error),
        });
    }

    async fn unknown_names(&self, rule: &ReplyRule) -> Result<Vec<String>, Error> {
        let mut unknown = Vec::new();
        let lists = [
            (entities::ACTIVITY_TYPE, &rule.types),
            (entities::ACTIVITY_CATEGORY, &rule.categories),
        ];
        for (table, names) in lists {
            if let Some(names) = names {
                unknown.extend(self.0.lookups.ids_of(self.client(), &table, names).await?.1);
            }
        }
        Ok(unknown)
    }

    pub(super) fn webhook(&self) -> Check {
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
        Check::proven("webhook", "a secret is configured; --round-trip proves the way here")
    }
}

/// The rule in words.
fn described(rule: &ReplyRule) -> String {
    let mut all = Vec::new();
    if let Some(types) = &rule.types {
        all.push(format!("type {}", types.join(" or ")));
    }
    if let Some(categories) = &rule.categories {
        all.push(format!("category {}", categories.join(" or ")));
    }
    if let Some(marker) = &rule.marker {
        all.push(format!("marked in {}", marker.body()));
    }
    if let Some(prefix) = &rule.prefix {
        all.push(format!("beginning with \"{prefix}\""));
    }
    let ready = match rule.ready {
        crate::Ready::Added => "as soon as they are there",
        crate::Ready::Finished => "once they are finished",
    };
    format!("activities go to the customer {ready}: {}", all.join(", "))
}

/// A secret with fewer characters can be guessed by trying.
const GUESSABLE: usize = 16;
