//! The channel API, and what else is done with channels.

use chrono::DateTime;
use http::Method;

use super::State;
use super::api::{Answer, Call, accepted};
use super::body::Fields;
use super::conversations::check_files;
use super::data::{Channel, Direction, Source, Status};
use super::desk::Written;
use super::door::Caller;
use super::fail::{Fail, no_content};
use super::import::millis;

impl State {
    pub(crate) fn channels_api(&mut self, call: &Call<'_>, id: &str, below: &[&str]) -> Answer {
        let channel = self.channel(id).cloned().ok_or_else(|| Fail::not_found("Channel"))?;
        let method = call.request.method();
        if let (&Method::POST, ["messages"]) = (method, below) {
            return self.write_first(call, &channel);
        }
        if let (&Method::GET, _) = (method, below) {
            return Err(Fail::not_found("Route"));
        }
        match &call.caller {
            Caller::Partner { channel } if channel == id => {}
            Caller::Partner { .. } => return Err(Fail::forbidden("another channel")),
            Caller::Token { .. } => return Err(Fail::forbidden("channel API")),
        }
        match (method, below) {
            (&Method::POST, ["inbound_messages"]) => self.sync(call, &channel, Direction::Inbound),
            (&Method::POST, ["outbound_messages"]) => {
                self.sync(call, &channel, Direction::Outbound)
            }
            (&Method::PUT, ["conversations", conversation, "messages", message, "status"]) => {
                self.fail_message(call, id, conversation, message)
            }
            (&Method::PATCH, []) => {
                let fields = call.fields()?;
                let status = match fields.required("status")? {
                    "ok" => "ok",
                    "offline" => "offline",
                    _ => return Err(Fail::field("status", "must be ok or offline")),
                };
                if let Some(channel) = self.channel_mut(id) {
                    channel.status = status;
                }
                Ok(no_content())
            }
            _ => Err(Fail::not_found("Route")),
        }
    }

    /// A message of the partner's becomes one of Front's, once.
    fn sync(&mut self, call: &Call<'_>, channel: &Channel, direction: Direction) -> Answer {
        let fields = call.fields()?;
        let body = fields.required("body")?;
        let external = short(&fields, "external_id")?;
        let thread = short(&fields, "external_conversation_id")?;
        check_files(&fields.files)?;
        let handle = match direction {
            Direction::Inbound => fields.inner_text("sender", "handle")?.to_owned(),
            Direction::Outbound => {
                let first = fields.value("to").and_then(|to| to[0]["handle"].as_str());
                first.ok_or_else(|| Fail::field("to", "is required"))?.to_owned()
            }
        };
        let author = self.author(&fields)?;
        let delivered = fields.number("delivered_at").map(millis);
        let delivered = delivered.and_then(DateTime::from_timestamp_millis);
        let known = self.messages.iter().find(|message| {
            message.external_id.as_deref() == Some(external)
                && self.of_channel(&message.conversation, &channel.id)
        });
        if let Some(known) = known {
            return Ok(accepted(known));
        }
        let written = Written {
            conversation: "",
            direction,
            kind: channel.messages(),
            author: author.as_deref(),
            from: if direction == Direction::Inbound { &handle } else { &channel.address },
            to: vec![match direction {
                Direction::Inbound => channel.address.clone(),
                Direction::Outbound => handle.clone(),
            }],
            subject: fields.text("subject")?,
            body,
            files: &fields.files,
            external: Some(external),
            created: delivered.unwrap_or(call.now),
        };
        let (id, index) = match direction {
            Direction::Inbound => self.receive(channel, thread, written, call.now),
            Direction::Outbound => {
                let subject = written.subject.unwrap_or_default();
                let (id, _) = self.thread(channel, thread, &handle, subject, call.now);
                let index = self.write(Written { conversation: &id, ..written });
                self.messages[index].imported = true;
                self.messages[index].processed = Some(call.now);
                let source = author.map_or(Source::Api, Source::Teammate);
                self.tell_sent(index, source, call.now);
                (id, index)
            }
        };
        if let Some(held) = self.conversation_mut(&id) {
            held.external = Some(thread.to_owned());
        }
        self.confirm_import(index, call.now);
        Ok(accepted(&self.messages[index]))
    }

    /// The only status there is: a message has failed, and somebody must see it.
    fn fail_message(
        &mut self,
        call: &Call<'_>,
        channel: &str,
        thread: &str,
        external: &str,
    ) -> Answer {
        let fields = call.fields()?;
        if fields.required("status")? != "failed" {
            return Err(Fail::field("status", "must be failed"));
        }
        let reason = fields.text("reason")?.unwrap_or("unknown");
        let known = self.messages.iter().find(|message| {
            message.external_id.as_deref() == Some(external)
                && self.of_channel(&message.conversation, channel)
                && self
                    .conversation(&message.conversation)
                    .is_some_and(|held| held.external.as_deref() == Some(thread))
        });
        let known = known.ok_or_else(|| Fail::not_found("Message"))?;
        let (index, id) = (known.index, known.conversation.clone());
        if known.failure.is_none() {
            self.refuse(index, reason, call.now);
            self.file(&id, Status::Open, Source::Api, call.now);
        }
        Ok(no_content())
    }

    fn of_channel(&self, conversation: &str, channel: &str) -> bool {
        let held = self.conversation(conversation);
        held.is_some_and(|held| held.channel.as_deref() == Some(channel))
    }
}

/// An id of the partner's, of 200 characters at most.
fn short<'a>(fields: &'a Fields, name: &str) -> Result<&'a str, Fail> {
    let id = fields.inner_text("metadata", name)?;
    if id.chars().count() > 200 {
        return Err(Fail::field(&format!("metadata.{name}"), "is longer than 200"));
    }
    Ok(id)
}
