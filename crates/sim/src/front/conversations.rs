//! What the API does with conversations.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::Value;

use super::State;
use super::api::{Answer, Call, accepted, ok};
use super::body::{Fields, texts};
use super::data::{Attachment, Channel, Conversation, Direction, Source, Status};
use super::desk::Written;
use super::door::Caller;
use super::fail::{Fail, json_response, no_content};

impl State {
    pub(crate) fn conversations_api(&mut self, call: &Call<'_>, path: &[&str]) -> Answer {
        let method = call.request.method();
        let Some((id, below)) = path.split_first() else {
            call.caller.needs(&["conversations:read"])?;
            return if *method == Method::GET { self.all(call) } else { Err(unknown()) };
        };
        let id = self.found(id)?.id.clone();
        match (method, below) {
            (&Method::GET, []) => {
                call.caller.reads("conversations:read")?;
                let mut shown = self.show_conversation_by(&id);
                if let Caller::Partner { .. } = call.caller {
                    shown["metadata"] = self.partner_metadata(&id);
                }
                Ok(ok(&shown))
            }
            (&Method::PATCH, []) => self.patch(call, &id),
            (&Method::PUT, ["assignee"]) => {
                call.caller.needs(&["conversations:write"])?;
                let fields = call.fields()?;
                let to = self.assignee(&fields)?;
                let to = to.ok_or_else(|| Fail::field("assignee_id", "is required"))?;
                self.assign(&id, to.as_deref(), call.caller.source(), call.now);
                Ok(no_content())
            }
            (&Method::GET, ["messages"]) => {
                call.caller.needs(&["messages:read", "conversations:read"])?;
                self.messages_page(call, &id, false)
            }
            (&Method::POST, ["messages"]) => self.reply(call, &id),
            (&Method::GET, ["drafts"]) => {
                call.caller.needs(&["drafts:read", "conversations:read"])?;
                self.messages_page(call, &id, true)
            }
            (&Method::POST, ["drafts"]) => {
                call.caller.needs(&["drafts:write"])?;
                let fields = call.fields()?;
                let index = self.composed(call, &id, &fields)?;
                self.messages[index].draft = true;
                self.messages[index].processed = Some(call.now);
                Ok(ok(&self.show_message(&self.messages[index], call.now)))
            }
            (&Method::GET, ["comments"]) => {
                call.caller.needs(&["comments:read", "conversations:read"])?;
                let of = self.comments.iter().rev().filter(|comment| comment.conversation == id);
                let shown = of.map(|comment| self.show_comment(comment));
                Ok(self.whole(&format!("conversations/{id}/comments"), shown))
            }
            (&Method::POST, ["comments"]) => self.remark(call, &id),
            (&Method::GET, ["events"]) => {
                call.caller.needs(&["events:read", "conversations:read"])?;
                self.events_page(call, 100, |event| event.conversation == id)
            }
            (&Method::GET, ["inboxes"]) => {
                call.caller.needs(&["inboxes:read", "conversations:read"])?;
                let inbox = self.found(&id)?.inbox.clone();
                let shown = std::iter::once(self.show_inbox_by(&inbox));
                Ok(self.whole(&format!("conversations/{id}/inboxes"), shown))
            }
            (&Method::POST | &Method::DELETE, ["tags"]) => {
                call.caller.needs(&["conversations:write", "tags:write"])?;
                let fields = call.fields()?;
                if !fields.has("tag_ids") {
                    return Err(Fail::field("tag_ids", "is required"));
                }
                let tags = fields.texts("tag_ids")?;
                self.tags_known(&tags)?;
                for tag in &tags {
                    if *method == Method::POST {
                        self.tag(&id, tag, call.caller.source(), call.now);
                    } else {
                        self.untag(&id, tag, call.caller.source(), call.now);
                    }
                }
                Ok(no_content())
            }
            _ => Err(unknown()),
        }
    }

    /// A conversation that is still itself.
    pub(crate) fn found(&self, id: &str) -> Result<&Conversation, Fail> {
        let held = self.conversation(id).ok_or_else(|| Fail::not_found("Conversation"))?;
        match self.root(id) {
            Some(root) if root.id != held.id => Err(Fail::merged(&root.id)),
            _ => Ok(held),
        }
    }

    fn all(&self, call: &Call<'_>) -> Answer {
        let mut statuses: Vec<String> =
            call.query.many("q[statuses]").into_iter().map(str::to_owned).collect();
        if let Some(q) = call.query.one("q") {
            let q: Value =
                serde_json::from_str(q).map_err(|_| Fail::field("q", "is not an object"))?;
            statuses.extend(texts(q.get("statuses"), "q.statuses")?);
        }
        let items: Vec<usize> = self
            .conversations
            .iter()
            .rev()
            .filter(|held| held.merged_into.is_none() && held.channel.is_some())
            .filter(|held| {
                statuses.is_empty() || statuses.iter().any(|status| status == held.shown_status())
            })
            .map(|held| held.index)
            .collect();
        let name = |at: usize| self.conversations[at].id.clone();
        self.page(call, &items, 100, name, |at| self.show_conversation(&self.conversations[at]))
    }

    fn reply(&mut self, call: &Call<'_>, id: &str) -> Answer {
        call.caller.needs(&["messages:send"])?;
        let fields = call.fields()?;
        let archive = fields.flag("options", "archive", true)?;
        let tags = texts(fields.inner("options", "tag_ids"), "options.tag_ids")?;
        self.tags_known(&tags)?;
        let index = self.composed(call, id, &fields)?;
        let source = self.author_source(call, index);
        self.dispatch(index, source, call.now);
        for tag in &tags {
            self.tag(id, tag, call.caller.source(), call.now);
        }
        if archive {
            self.file(id, Status::Archived, call.caller.source(), call.now);
        }
        Ok(accepted(&self.messages[index]))
    }

    /// The message a request describes, in a conversation.
    pub(crate) fn composed(
        &mut self,
        call: &Call<'_>,
        id: &str,
        fields: &Fields,
    ) -> Result<usize, Fail> {
        let held = self.found(id)?.clone();
        let body = fields.required("body")?;
        let author = self.author(fields)?;
        let channel = match fields.text("channel_id")? {
            Some(channel) => self.channel(channel).cloned(),
            None => held.channel.as_deref().and_then(|channel| self.channel(channel)).cloned(),
        };
        let channel = channel.ok_or_else(|| Fail::not_found("Channel"))?;
        let kind = channel.messages().to_owned();
        if fields.text("signature_id")?.is_some() && kind != "email" {
            return Err(Fail::new(403, "Signatures are for mails"));
        }
        check_files(&fields.files)?;
        let mut to = fields.texts("to")?;
        if to.is_empty() {
            to.push(held.recipient.clone());
        }
        let subject = fields.text("subject")?.map(str::to_owned);
        let subject = subject.or_else(|| (kind == "email").then(|| held.subject.clone()));
        Ok(self.write(Written {
            conversation: id,
            direction: Direction::Outbound,
            kind: &kind,
            author: author.as_deref(),
            from: &channel.address,
            to,
            subject: subject.as_deref(),
            body,
            files: &fields.files,
            external: None,
            created: call.now,
        }))
    }

    /// `POST /channels/{id}/messages` begins a conversation.
    pub(crate) fn write_first(&mut self, call: &Call<'_>, channel: &Channel) -> Answer {
        call.caller.needs(&["messages:send"])?;
        let fields = call.fields()?;
        fields.required("body")?;
        let to = fields.texts("to")?;
        let Some(first) = to.first() else { return Err(Fail::field("to", "is required")) };
        let subject = fields.text("subject")?.unwrap_or_default();
        self.author(&fields)?;
        let (id, _) = self.thread(channel, first, first, subject, call.now);
        self.reply(call, &id)
    }

    fn remark(&mut self, call: &Call<'_>, id: &str) -> Answer {
        call.caller.needs(&["comments:write"])?;
        let fields = call.fields()?;
        let body = fields.required("body")?;
        let author = self.author(&fields)?;
        check_files(&fields.files)?;
        let source = author.clone().map_or_else(|| call.caller.source(), Source::Teammate);
        let index = self.comment(id, author.as_deref(), body, &fields.files, source, call.now);
        Ok(json_response(StatusCode::CREATED, &self.show_comment(&self.comments[index])))
    }

    /// Everything is checked before anything is changed.
    fn patch(&mut self, call: &Call<'_>, id: &str) -> Result<Response<Bytes>, Fail> {
        call.caller.needs(&["conversations:write"])?;
        let fields = call.fields()?;
        let assignee = self.assignee(&fields)?;
        let status = match fields.text("status")? {
            None => None,
            Some("archived") => Some(Status::Archived),
            Some("deleted") => Some(Status::Deleted),
            Some("open") => Some(Status::Open),
            Some("spam") => Some(Status::Spam),
            Some(_) => {
                return Err(Fail::field("status", "must be archived, open, deleted or spam"));
            }
        };
        let inbox = fields.text("inbox_id")?.map(str::to_owned);
        if inbox.as_ref().is_some_and(|id| self.show_inbox_by(id).is_null()) {
            return Err(Fail::not_found("Inbox"));
        }
        let tags = fields.has("tag_ids").then(|| fields.texts("tag_ids")).transpose()?;
        self.tags_known(tags.as_deref().unwrap_or_default())?;
        let custom = fields.value("custom_fields").cloned();
        if custom.as_ref().is_some_and(|custom| !custom.is_object()) {
            return Err(Fail::field("custom_fields", "must be an object"));
        }
        let by = call.caller.source();
        if let Some(inbox) = inbox {
            self.relocate(id, &inbox, by.clone(), call.now);
        }
        if let Some(assignee) = assignee {
            self.assign(id, assignee.as_deref(), by.clone(), call.now);
        }
        if let Some(wanted) = tags {
            let held = self.found(id)?.tags.clone();
            for tag in held.iter().filter(|tag| !wanted.contains(tag)) {
                self.untag(id, tag, by.clone(), call.now);
            }
            for tag in &wanted {
                self.tag(id, tag, by.clone(), call.now);
            }
        }
        if let (Some(custom), Some(held)) = (custom, self.conversation_mut(id)) {
            held.fields = custom;
        }
        if let Some(status) = status {
            self.file(id, status, by, call.now);
        }
        Ok(no_content())
    }

    /// Nothing when it is not said, `Some(None)` for nobody.
    fn assignee(&self, fields: &Fields) -> Result<Option<Option<String>>, Fail> {
        match fields.value("assignee_id") {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::String(id)) => Ok(Some(Some(self.teammate(id)?))),
            Some(_) => Err(Fail::field("assignee_id", "must be a string")),
        }
    }

    pub(crate) fn author(&self, fields: &Fields) -> Result<Option<String>, Fail> {
        fields.text("author_id")?.map(|author| self.teammate(author)).transpose()
    }

    fn author_source(&self, call: &Call<'_>, index: usize) -> Source {
        let author = self.messages[index].author.clone();
        author.map_or_else(|| call.caller.source(), Source::Teammate)
    }

    fn tags_known(&self, tags: &[String]) -> Result<(), Fail> {
        let known = |id: &String| self.tags.iter().any(|tag| tag.id == *id);
        if tags.iter().all(known) { Ok(()) } else { Err(Fail::not_found("Tag")) }
    }
}

pub(crate) fn check_files(files: &[Attachment]) -> Result<(), Fail> {
    let size: usize = files.iter().map(|file| file.content.len()).sum();
    if size > MAX_FILES { Err(Fail::new(413, "The attachments are too large")) } else { Ok(()) }
}

fn unknown() -> Fail {
    Fail::not_found("Route")
}

/// 25 MB, all attachments of a request together.
const MAX_FILES: usize = 25 * 1024 * 1024;
