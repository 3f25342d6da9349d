//! History that is brought in: it happens now and is of long ago.

use chrono::DateTime;
use serde_json::Value;

use super::State;
use super::api::{Answer, Call, accepted};
use super::data::{Direction, Source, Status, Target};
use super::desk::Written;
use super::fail::Fail;

impl State {
    /// `POST /inboxes/{id}/imported_messages`
    pub(crate) fn import_api(&mut self, call: &Call<'_>, inbox: &str) -> Answer {
        call.caller.needs(&["messages:write"])?;
        if call.request.method() != http::Method::POST {
            return Err(Fail::not_found("Route"));
        }
        let inboxes = &self.config.inboxes;
        inboxes.iter().find(|known| known.id == inbox).ok_or_else(|| Fail::not_found("Inbox"))?;
        let fields = call.fields()?;
        let body = fields.required("body")?;
        let external = fields.required("external_id")?;
        let sender = fields.inner_text("sender", "handle")?;
        let to = fields.texts("to")?;
        let first = to.first().ok_or_else(|| Fail::field("to", "is required"))?.clone();
        let created = fields.number("created_at");
        let created = created.and_then(|at| DateTime::from_timestamp_millis(millis(at)));
        let created = created.ok_or_else(|| Fail::field("created_at", "is required"))?;
        if fields.inner("metadata", "is_inbound").is_none() {
            return Err(Fail::field("metadata.is_inbound", "is required"));
        }
        let inbound = fields.flag("metadata", "is_inbound", true)?;
        let archived = fields.flag("metadata", "is_archived", true)?;
        let unruled = fields.flag("metadata", "should_skip_rules", true)?;
        let author = match fields.inner("sender", "author_id").and_then(Value::as_str) {
            Some(author) => Some(self.teammate(author)?),
            None => None,
        };
        let kind = fields.text("type")?.unwrap_or("email").to_owned();
        if !matches!(kind.as_str(), "custom" | "email" | "intercom" | "sms") {
            return Err(Fail::field("type", "must be email, sms, intercom or custom"));
        }
        let assignee = fields.text("assignee_id")?.map(|id| self.teammate(id)).transpose()?;
        let tags = fields.texts("tags")?;
        let known =
            self.messages.iter().find(|known| known.external_id.as_deref() == Some(external));
        if let Some(known) = known {
            return Ok(accepted(known));
        }
        let customer = if inbound { sender.to_owned() } else { first };
        let id = match fields.text("conversation_id")? {
            Some(id) => self.found(id)?.id.clone(),
            None => {
                let thread = fields.inner("metadata", "thread_ref").and_then(Value::as_str);
                let key = (inbox.to_owned(), thread.unwrap_or(&customer).to_owned());
                match self.threads.get(&key).and_then(|id| self.root(id)) {
                    Some(held) => held.id.clone(),
                    None => {
                        let channels = &self.config.channels;
                        let channel = channels.iter().find(|channel| channel.inbox == inbox);
                        let channel = channel.map(|channel| channel.id.clone());
                        let subject = fields.text("subject")?.unwrap_or_default();
                        let id = self.begin(inbox, channel.as_deref(), &customer, subject, created);
                        self.threads.insert(key, id.clone());
                        if let Some(held) = self.conversation_mut(&id).filter(|_| archived) {
                            held.status = Status::Archived;
                        }
                        id
                    }
                }
            }
        };
        let index = self.write(Written {
            conversation: &id,
            direction: if inbound { Direction::Inbound } else { Direction::Outbound },
            kind: &kind,
            author: author.as_deref(),
            from: sender,
            to,
            subject: fields.text("subject")?,
            body,
            files: &fields.files,
            external: Some(external),
            created,
        });
        self.messages[index].imported = true;
        let at = call.now + self.config.processed_after;
        self.messages[index].processed = Some(at);
        let told = if inbound { "inbound" } else { "outbound" };
        let target = Target::Message(index);
        self.emit_unless(unruled, told, &id, Source::Inboxes(inbox.to_owned()), target, at);
        for name in &tags {
            let tag = self.tag_named(name);
            self.tag(&id, &tag, call.caller.source(), at);
        }
        if let Some(assignee) = assignee {
            self.assign(&id, Some(&assignee), call.caller.source(), at);
        }
        Ok(accepted(&self.messages[index]))
    }
}

/// Seconds with decimals, as milliseconds.
pub(crate) fn millis(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}
