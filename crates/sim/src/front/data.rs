use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// Where a conversation is filed. Front shows an open one as `assigned` or `unassigned`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// Out of the inbox.
    Archived,
    /// In the trash.
    Deleted,
    /// In the inbox.
    Open,
    /// Spam, which is shown as `deleted`.
    Spam,
}

/// A conversation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Conversation {
    /// `cnv_…`
    pub id: String,
    /// The inbox it is in.
    pub inbox: String,
    /// The channel it came in on; `None` for a discussion.
    pub channel: Option<String>,
    /// Its subject; empty for texts.
    pub subject: String,
    /// The customer's handle; empty for a discussion.
    pub recipient: String,
    /// Where it is filed.
    pub status: Status,
    /// The teammate it is assigned to.
    pub assignee: Option<String>,
    /// The ids of its tags.
    pub tags: Vec<String>,
    /// The conversation it was merged into.
    pub merged_into: Option<String>,
    /// When it began.
    pub created: DateTime<Utc>,
    /// What the application calls it on whose channel it is.
    pub external: Option<String>,
    pub(crate) index: usize,
    pub(crate) fields: Value,
}

impl Conversation {
    /// What the API calls its status.
    pub fn shown_status(&self) -> &'static str {
        match self.status {
            Status::Archived => "archived",
            Status::Deleted | Status::Spam => "deleted",
            Status::Open if self.assignee.is_some() => "assigned",
            Status::Open => "unassigned",
        }
    }
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Direction {
    /// A customer.
    Inbound,
    /// A teammate, or we through the API.
    Outbound,
}

/// A message or a draft.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Message {
    /// `msg_…`
    pub id: String,
    /// What `202` answered as `message_uid`.
    pub uid: String,
    /// The conversation it is in; that of its time when conversations are merged later.
    pub conversation: String,
    /// Who wrote it.
    pub direction: Direction,
    /// `sms`, `email`, …
    pub kind: String,
    /// The teammate it was written as.
    pub author: Option<String>,
    /// The sender's handle.
    pub from: String,
    /// The recipients' handles.
    pub to: Vec<String>,
    /// The subject of a mail.
    pub subject: Option<String>,
    /// Its text as written: HTML in a mail.
    pub body: String,
    /// When it was written.
    pub created: DateTime<Utc>,
    /// What is attached.
    pub attachments: Vec<Attachment>,
    /// Whether it is a draft that nobody has sent.
    pub draft: bool,
    /// The id its sender outside of Front gave it.
    pub external_id: Option<String>,
    pub(crate) index: usize,
    /// When the API knows it.
    pub(crate) processed: Option<DateTime<Utc>>,
    pub(crate) failure: Option<(DateTime<Utc>, String)>,
    pub(crate) awaits: bool,
    pub(crate) replies: bool,
    /// It was sent elsewhere.
    pub(crate) imported: bool,
}

impl Message {
    /// Why it was not sent, when that is known by now: `error_type`.
    pub fn error(&self, now: DateTime<Utc>) -> Option<&str> {
        self.failure.as_ref().filter(|(at, _)| *at <= now).map(|(_, error)| error.as_str())
    }

    /// Whether the customer gets it, sooner or later.
    pub fn arrives(&self) -> bool {
        self.direction == Direction::Outbound
            && !self.draft
            && !self.awaits
            && !self.imported
            && self.failure.is_none()
            && self.processed.is_some()
    }

    pub(crate) fn shows(&self, now: DateTime<Utc>) -> bool {
        self.processed.is_some_and(|at| at <= now)
    }
}

/// A file of a message or of a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attachment {
    /// `fil_…`; empty before Front has it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its content type.
    pub kind: String,
    /// Its content.
    pub content: Bytes,
}

impl Attachment {
    /// A file to be attached.
    pub fn new(name: &str, kind: &str, content: impl Into<Bytes>) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            content: content.into(),
        }
    }
}

/// An internal comment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Comment {
    /// `com_…`
    pub id: String,
    /// The conversation it is in.
    pub conversation: String,
    /// The teammate it was written as; `None` is the token itself.
    pub author: Option<String>,
    /// Markdown.
    pub body: String,
    /// When it was written.
    pub created: DateTime<Utc>,
    /// What is attached.
    pub attachments: Vec<Attachment>,
}

/// A contact.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contact {
    /// `crd_…`
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its handles: source and handle, `phone` and `+14155550100`.
    pub handles: Vec<(String, String)>,
    pub(crate) more: BTreeMap<String, Value>,
}

/// A tag of the company.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tag {
    /// `tag_…`
    pub id: String,
    /// Its name.
    pub name: String,
}

/// What happened in a conversation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// `evt_…`: the later the event, the larger the number behind it.
    pub id: String,
    /// `inbound`, `archive`, …
    pub kind: &'static str,
    /// When it happens; an event may still lie in the future.
    pub at: DateTime<Utc>,
    /// The conversation.
    pub conversation: String,
    pub(crate) source: Source,
    pub(crate) target: Target,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Api,
    Inboxes(String),
    OauthClient,
    Recipient,
    Rule,
    Teammate(String),
}

/// What it was done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Comment(usize),
    Deleted(String),
    Inboxes(String),
    Message(usize),
    Nothing,
    Tag(String),
    Teammate(String),
}

#[derive(Clone, Debug)]
pub(crate) struct Teammate {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) kind: String,
    pub(crate) name: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Inbox {
    pub(crate) id: String,
    pub(crate) name: String,
    /// `None` is everybody.
    pub(crate) teammates: Option<Vec<String>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) inbox: String,
    pub(crate) kind: String,
    pub(crate) address: String,
    /// Where a partner's channel is posted to.
    pub(crate) webhook_url: Option<String>,
    pub(crate) connected: bool,
    pub(crate) status: &'static str,
}

impl Channel {
    /// The type of its messages.
    pub(crate) fn messages(&self) -> &str {
        match self.kind.as_str() {
            "application" => "custom",
            "twilio" => "sms",
            "imap" | "gmail" | "office365" | "smtp" | "front_mail" | "form" => "email",
            "twilio_whatsapp" => "whatsapp",
            "talkdesk" | "truly" => "call",
            "twitter" => "tweet",
            "twitter_dm" => "tweet_dm",
            other => other,
        }
    }
}
