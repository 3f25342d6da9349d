//! What can be done in the company, by whomever.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::State;
use super::data::{
    Attachment, Channel, Comment, Contact, Conversation, Direction, Event, Message, Source, Status,
    Target,
};
use super::ids;

/// A message to be put into a conversation.
pub(crate) struct Written<'a> {
    pub(crate) conversation: &'a str,
    pub(crate) direction: Direction,
    pub(crate) kind: &'a str,
    pub(crate) author: Option<&'a str>,
    pub(crate) from: &'a str,
    pub(crate) to: Vec<String>,
    pub(crate) subject: Option<&'a str>,
    pub(crate) body: &'a str,
    pub(crate) files: &'a [Attachment],
    pub(crate) external: Option<&'a str>,
    pub(crate) created: DateTime<Utc>,
}

impl Event {
    /// Later events have longer ids or, of the same length, larger ones.
    pub(crate) fn order(&self) -> (usize, String) {
        (self.id.len(), self.id.clone())
    }
}

impl State {
    pub(crate) fn conversation(&self, id: &str) -> Option<&Conversation> {
        self.conversations.get(ids::index("cnv", id)?)
    }

    pub(crate) fn conversation_mut(&mut self, id: &str) -> Option<&mut Conversation> {
        self.conversations.get_mut(ids::index("cnv", id)?)
    }

    /// What a conversation has become by merging.
    pub(crate) fn root(&self, id: &str) -> Option<&Conversation> {
        let mut conversation = self.conversation(id)?;
        while let Some(into) = &conversation.merged_into {
            conversation = self.conversation(into)?;
        }
        Some(conversation)
    }

    pub(crate) fn channel(&self, id: &str) -> Option<&Channel> {
        self.config.channels.iter().find(|channel| channel.id == id)
    }

    pub(crate) fn uid(&mut self, what: &str) -> String {
        self.made += 1;
        let name = format!("front {what} {}", self.made);
        Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).simple().to_string()
    }

    /// Something happens at `at`: everybody hears of it.
    pub(crate) fn emit(
        &mut self,
        kind: &'static str,
        conversation: &str,
        source: Source,
        target: Target,
        at: DateTime<Utc>,
    ) {
        self.emit_unless(false, kind, conversation, source, target, at);
    }

    /// [`State::emit`], past the rules when `unruled`.
    pub(crate) fn emit_unless(
        &mut self,
        unruled: bool,
        kind: &'static str,
        conversation: &str,
        source: Source,
        target: Target,
        at: DateTime<Utc>,
    ) {
        self.made += 1;
        let event = Event {
            id: ids::event(at, self.made),
            kind,
            at,
            conversation: conversation.to_owned(),
            source,
            target,
        };
        self.tell(&event, unruled);
        self.events.push(event);
    }

    pub(crate) fn begin(
        &mut self,
        inbox: &str,
        channel: Option<&str>,
        recipient: &str,
        subject: &str,
        now: DateTime<Utc>,
    ) -> String {
        let index = self.conversations.len();
        let id = ids::id("cnv", index);
        self.conversations.push(Conversation {
            id: id.clone(),
            inbox: inbox.to_owned(),
            channel: channel.map(str::to_owned),
            subject: subject.to_owned(),
            recipient: recipient.to_owned(),
            status: Status::Open,
            assignee: None,
            tags: Vec::new(),
            merged_into: None,
            created: now,
            index,
            fields: serde_json::json!({}),
            external: None,
        });
        id
    }

    /// Puts a message there; it is not processed yet.
    pub(crate) fn write(&mut self, written: Written<'_>) -> usize {
        let index = self.messages.len();
        let uid = self.uid("message");
        let attachments = self.keep(written.files);
        self.messages.push(Message {
            id: ids::id("msg", index),
            uid,
            conversation: written.conversation.to_owned(),
            direction: written.direction,
            kind: written.kind.to_owned(),
            author: written.author.map(str::to_owned),
            from: written.from.to_owned(),
            to: written.to,
            subject: written.subject.map(str::to_owned),
            body: written.body.to_owned(),
            created: written.created,
            attachments,
            draft: false,
            external_id: written.external.map(str::to_owned),
            index,
            processed: None,
            failure: None,
            awaits: false,
            replies: false,
            imported: false,
        });
        index
    }

    pub(crate) fn comment(
        &mut self,
        conversation: &str,
        author: Option<&str>,
        body: &str,
        files: &[Attachment],
        source: Source,
        now: DateTime<Utc>,
    ) -> usize {
        let index = self.comments.len();
        let attachments = self.keep(files);
        self.comments.push(Comment {
            id: ids::id("com", index),
            conversation: conversation.to_owned(),
            author: author.map(str::to_owned),
            body: body.to_owned(),
            created: now,
            attachments,
        });
        self.emit("comment", conversation, source, Target::Comment(index), now);
        index
    }

    /// Assigns or, with nobody, unassigns. Nothing happens when that is so already.
    pub(crate) fn assign(
        &mut self,
        conversation: &str,
        to: Option<&str>,
        source: Source,
        now: DateTime<Utc>,
    ) {
        let Some(held) = self.conversation_mut(conversation) else { return };
        if held.assignee.as_deref() == to {
            return;
        }
        let before = std::mem::replace(&mut held.assignee, to.map(str::to_owned));
        let (kind, whom) = match to {
            Some(to) => ("assign", Some(to.to_owned())),
            None => ("unassign", before),
        };
        let target = whom.map_or(Target::Nothing, Target::Teammate);
        self.emit(kind, conversation, source, target, now);
    }

    /// Archives, reopens, deletes or restores. Nothing happens when that is so already.
    pub(crate) fn file(
        &mut self,
        conversation: &str,
        status: Status,
        source: Source,
        now: DateTime<Utc>,
    ) {
        let Some(held) = self.conversation_mut(conversation) else { return };
        let before = std::mem::replace(&mut held.status, status);
        let kind = match (before, status) {
            (before, status) if before == status => return,
            (_, Status::Archived) => "archive",
            (_, Status::Deleted | Status::Spam) => "trash",
            (Status::Deleted | Status::Spam, Status::Open) => "restore",
            (_, Status::Open) => "reopen",
        };
        self.emit(kind, conversation, source, Target::Nothing, now);
    }

    pub(crate) fn tag(
        &mut self,
        conversation: &str,
        tag: &str,
        source: Source,
        now: DateTime<Utc>,
    ) {
        let Some(held) = self.conversation_mut(conversation) else { return };
        if !held.tags.iter().any(|own| own == tag) {
            held.tags.push(tag.to_owned());
            self.emit("tag", conversation, source, Target::Tag(tag.to_owned()), now);
        }
    }

    pub(crate) fn untag(
        &mut self,
        conversation: &str,
        tag: &str,
        source: Source,
        now: DateTime<Utc>,
    ) {
        let Some(held) = self.conversation_mut(conversation) else { return };
        let before = held.tags.len();
        held.tags.retain(|own| own != tag);
        if held.tags.len() < before {
            self.emit("untag", conversation, source, Target::Tag(tag.to_owned()), now);
        }
    }

    pub(crate) fn relocate(
        &mut self,
        conversation: &str,
        inbox: &str,
        source: Source,
        now: DateTime<Utc>,
    ) {
        let Some(held) = self.conversation_mut(conversation) else { return };
        if held.inbox != inbox {
            inbox.clone_into(&mut held.inbox);
            self.emit("move", conversation, source, Target::Inboxes(inbox.to_owned()), now);
        }
    }

    /// Everything of `from` is in `into` from now on.
    pub(crate) fn merge(&mut self, from: &str, into: &str, source: Source, now: DateTime<Utc>) {
        let messages = self.messages.iter_mut().map(|message| &mut message.conversation);
        let comments = self.comments.iter_mut().map(|comment| &mut comment.conversation);
        for held in messages.chain(comments).filter(|held| *held == from) {
            into.clone_into(held);
        }
        if let Some(merged) = self.conversation_mut(from) {
            merged.merged_into = Some(into.to_owned());
        }
        let target = Target::Deleted(from.to_owned());
        self.emit("conversations_merged", into, source, target, now);
    }

    /// The conversation a new message on a channel belongs to, opened or begun for it.
    pub(crate) fn thread(
        &mut self,
        channel: &Channel,
        key: &str,
        handle: &str,
        subject: &str,
        now: DateTime<Utc>,
    ) -> (String, bool) {
        let key = (channel.id.clone(), key.to_owned());
        let known = self.threads.get(&key).and_then(|id| self.root(id));
        let known = known
            .filter(|known| !matches!(known.status, Status::Deleted | Status::Spam))
            .map(|known| known.id.clone());
        if let Some(id) = known {
            return (id, false);
        }
        let id = self.begin(&channel.inbox, Some(&channel.id), handle, subject, now);
        self.threads.insert(key, id.clone());
        if self.config.auto_contacts && !self.contacts.iter().any(|contact| contact.has(handle)) {
            let source = if handle.contains('@') { "email" } else { "phone" };
            let contact = Contact {
                id: ids::id("crd", self.contacts.len()),
                name: None,
                handles: vec![(source.to_owned(), handle.to_owned())],
                more: std::collections::BTreeMap::new(),
            };
            self.contacts.push(contact);
        }
        (id, true)
    }

    /// A customer's message arrives at a channel, in the conversation of `key`.
    pub(crate) fn receive(
        &mut self,
        channel: &Channel,
        key: &str,
        written: Written<'_>,
        now: DateTime<Utc>,
    ) -> (String, usize) {
        let subject = written.subject.unwrap_or_default();
        let (id, new) = self.thread(channel, key, written.from, subject, now);
        let index = self.write(Written { conversation: &id, ..written });
        self.messages[index].processed = Some(now);
        let status = self.conversation(&id).map(|held| held.status);
        if let Some(held) = self.conversation_mut(&id) {
            held.status = Status::Open;
        }
        let source = Source::Inboxes(channel.inbox.clone());
        self.emit("inbound", &id, source, Target::Message(index), now);
        if status == Some(Status::Archived) && self.config.reopen_events {
            self.emit("reopen", &id, Source::Recipient, Target::Nothing, now);
        }
        if let Some(teammate) = self.config.assign_new_to.clone().filter(|_| new) {
            self.assign(&id, Some(&teammate), Source::Rule, now);
        }
        (id, index)
    }

    fn keep(&mut self, files: &[Attachment]) -> Vec<Attachment> {
        let mut kept = Vec::new();
        for file in files {
            let file = Attachment { id: ids::id("fil", self.files.len()), ..file.clone() };
            self.files.push(file.clone());
            kept.push(file);
        }
        kept
    }
}
