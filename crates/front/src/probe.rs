//! The doctor: proves a configuration, or says what to mend.

mod signed;

use async_trait::async_trait;
use handover_core::error::{Error, ErrorKind};
use handover_core::probe::{Check, Probe};
use http::Method;
use serde_json::{Value, json};

use crate::client::Content;
use crate::front::Front;
use crate::ids::{ConversationId, InboxId};
use crate::problem::Call;
use crate::rows::{Event, Page};

#[cfg(test)]
mod tests;

/// Changes nothing: a right to write is proven by calls that are let through and then refused, because
/// they lack what they need and name what does not exist.
///
/// # Privacy
/// No secret, number or address; ids and the names of scopes only.
#[async_trait]
impl Probe for Front {
    async fn check(&self) -> Vec<Check> {
        let mut checks = self.signature_checks();
        match self.client().me().await {
            Ok(company) => checks.push(self.company(&company.id)),
            Err(error) => {
                checks.push(failed("token", &error));
                return checks;
            }
        }
        checks.push(self.budget());
        checks.push(self.teammate().await);
        self.inboxes(&mut checks).await;
        let (event, conversation) = self.last_event().await;
        self.scopes(conversation.as_deref(), &mut checks).await;
        checks.push(event);
        if let Some(api) = &self.config().channel_api {
            checks.push(match self.client().channel(&api.channel).await {
                Ok(Some(_)) => Check::proven("partner channel", "it exists"),
                Ok(None) => Check::broken(
                    "partner channel",
                    "Front has no such channel",
                    "set `channel_id` to the id that Front shows for the connected channel",
                ),
                Err(error) => failed("partner channel", &error),
            });
        }
        checks
    }
}

impl Front {
    fn company(&self, id: &str) -> Check {
        match &self.config().company {
            Some(company) if company.as_str() != id => Check::broken(
                "token",
                format!("it is of company {id}"),
                "take a token of the configured company",
            ),
            _ => Check::proven("token", format!("it is good, of company {id}")),
        }
    }

    fn budget(&self) -> Check {
        let Some(budget) = self.client().budget() else {
            return Check::warning("budget", "Front did not tell it", "see the plan's rate limit");
        };
        let detail = format!("{} of {} calls a minute are left", budget.remaining, budget.limit);
        if budget.remaining * 10 < budget.limit {
            let fix = "find out what else calls Front with this company's tokens";
            return Check::warning("budget", detail, fix);
        }
        Check::proven("budget", detail)
    }

    async fn teammate(&self) -> Check {
        let fix = "set `teammate_id` to the id (tea_…) of the AI teammate";
        match self.client().teammate(&self.config().teammate).await {
            Ok(Some(teammate)) => match teammate.kind.as_deref() {
                Some("ai") => Check::proven("teammate", "it exists and is an AI"),
                None => Check::proven("teammate", "it exists; Front does not say what it is"),
                Some("user") => Check::warning(
                    "teammate",
                    "it is a person's account: what that person writes is taken for the AI's",
                    "make an account for the AI alone",
                ),
                Some(_) => Check::broken("teammate", "it is neither an AI nor a user", fix),
            },
            Ok(None) => Check::broken("teammate", "Front knows no such teammate", fix),
            Err(error) => failed("teammate", &error),
        }
    }

    async fn inboxes(&self, checks: &mut Vec<Check>) {
        let seen = match self.client().inboxes().await {
            Ok(seen) => seen,
            Err(error) => return checks.push(failed("inboxes", &error)),
        };
        for inbox in self.config().inboxes.keys() {
            let name = format!("inbox {inbox}");
            if !seen.iter().any(|row| *row.id == *inbox.as_str()) {
                let fix = "check `inboxes`, and that the token sees shared inboxes";
                checks.push(Check::broken(name, "the token does not see it", fix));
                continue;
            }
            checks.push(self.inbox(name, inbox).await);
        }
    }

    async fn inbox(&self, name: String, inbox: &InboxId) -> Check {
        let channels = match self.client().channels(inbox).await {
            Ok(channels) => channels,
            Err(error) => return failed(&name, &error),
        };
        let kinds: Vec<&str> = channels.iter().map(|channel| channel.kind.as_str()).collect();
        if kinds.is_empty() {
            return Check::warning(name, "no channel feeds it", "connect a channel to it in Front");
        }
        if channels.iter().any(|channel| channel.is_valid == Some(false)) {
            let fix = "authorise the channel anew in Front's settings";
            return Check::broken(name, "Front cannot use one of its channels", fix);
        }
        Check::proven(name, format!("fed by: {}", kinds.join(", ")))
    }

    /// Each right by itself. Front may look for the conversation first, so it is a real one where
    /// there is one.
    async fn scopes(&self, conversation: Option<&str>, checks: &mut Vec<Check>) {
        let at = format!("/conversations/{}", conversation.unwrap_or("cnv_0"));
        let nobody = json!({ "author_id": "tea_0", "channel_id": "cha_0" });
        let no_tag = json!({ "tag_ids": ["tag_0"] });
        let (get, post) = (Method::GET, Method::POST);
        let calls = [
            ("conversations:read", get.clone(), at.clone(), None),
            ("messages:read", get.clone(), format!("{at}/messages?limit=1"), None),
            ("comments:read", get.clone(), format!("{at}/comments"), None),
            ("attachments:read", get.clone(), "/download/fil_0".to_owned(), None),
            ("messages:send", post.clone(), format!("{at}/messages"), Some(nobody.clone())),
            ("comments:write", post.clone(), format!("{at}/comments"), Some(nobody)),
            ("conversations:write", post.clone(), format!("{at}/tags"), Some(no_tag)),
            ("tags:read", get.clone(), "/tags?limit=1".to_owned(), None),
            ("tags:write", post.clone(), "/tags".to_owned(), Some(json!({}))),
            ("contacts:read", get, "/contacts/crd_0".to_owned(), None),
            ("contacts:write", post, "/contacts".to_owned(), Some(json!({}))),
        ];
        for (scope, method, path, fields) in calls {
            checks.push(self.scope(scope, method, &path, fields).await);
        }
    }

    async fn scope(&self, scope: &str, method: Method, path: &str, fields: Option<Value>) -> Check {
        let content = fields.map_or(Content::Nothing, Content::Json);
        let name = format!("scope {scope}");
        match self.client().call(method, path, content, Call::Repeatable).await {
            Ok(answer) if matches!(answer.status.as_u16(), 200..=299 | 400 | 404 | 422) => {
                Check::proven(name, "Front lets the call through")
            }
            Ok(answer) if answer.status.as_u16() == 403 => Check::broken(
                name,
                "the token lacks it",
                "give the token this scope under Settings → Developers → API tokens",
            ),
            Ok(answer) => failed(&name, &answer.error(Call::Repeatable, self.client().now())),
            Err(error) => failed(&name, &error),
        }
    }

    /// How long ago something happened, and in which conversation.
    async fn last_event(&self) -> (Check, Option<String>) {
        let name = "events";
        let page: Page<Event> = match self.client().read("/events?limit=1").await {
            Ok(page) => page,
            Err(error) => return (failed(name, &error), None),
        };
        let event = page.results.into_iter().next();
        let Some((at, event)) = event.and_then(|event| Some((event.at()?, event))) else {
            return (Check::warning(name, "there was none yet", "send a test message"), None);
        };
        let ago = (self.client().now() - at).num_minutes().max(0);
        let id = event.conversation.and_then(|row| ConversationId::new(&row.id).ok());
        let check = Check::proven(name, format!("the last one was {ago} minutes ago"));
        (check, id.map(|id| id.to_string()))
    }
}

/// A check that could not be made, with what to do about it.
fn failed(name: &str, error: &Error) -> Check {
    let fix = match error.kind() {
        ErrorKind::Unauthorized => "make a new token under Settings → Developers → API tokens",
        ErrorKind::Forbidden => "give the token the scope, and access to shared resources",
        ErrorKind::RateLimited => "try again in a minute: the company's budget is used up",
        ErrorKind::Network => "check `api_url`, the firewall and the proxy between here and Front",
        ErrorKind::Config => "correct the configuration as the text says",
        _ => "try again; if it stays, ask Front's support",
    };
    Check::broken(name, error.to_string(), fix)
}
