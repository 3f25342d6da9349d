//! What Front's API shows. What is null, missing or of an unknown shape is empty: Front adds values
//! without notice.
//!
//! `Debug` shows ids only.
//!
//! Source: Front's core API specification 1.0.0, digest of 2026-11-20.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

#[cfg(test)]
mod tests;

/// A file that came with a message.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Attachment {
    /// Its id, `fil_…`.
    #[serde(deserialize_with = "lenient")]
    pub id: String,
    /// Its name, as the sender says.
    #[serde(deserialize_with = "lenient")]
    pub filename: Option<String>,
    /// Where it can be read with a token.
    #[serde(deserialize_with = "lenient")]
    pub url: Option<String>,
    /// Its media type, as the sender says.
    #[serde(deserialize_with = "lenient")]
    pub content_type: Option<String>,
    /// Its length in bytes.
    #[serde(deserialize_with = "lenient")]
    pub size: Option<u64>,
}

/// A channel.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Channel {
    /// Its id, `cha_…`.
    pub id: String,
    /// Its type: `twilio`, `imap`, `custom`, …
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub kind: String,
    /// Whether Front can use it, where it says so.
    #[serde(deserialize_with = "lenient")]
    pub is_valid: Option<bool>,
}

/// A comment: what people say to each other beside a conversation.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Comment {
    /// Its id, `com_…`.
    pub id: String,
    /// Its text, Markdown.
    #[serde(deserialize_with = "lenient")]
    pub body: String,
    /// Who wrote it.
    #[serde(deserialize_with = "lenient")]
    pub author: Option<Teammate>,
}

/// A company.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Company {
    /// Its id, `cmp_…`.
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
}

/// A contact.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Contact {
    /// Its id, `crd_…`.
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "lenient")]
    pub name: Option<String>,
    /// Its addresses.
    #[serde(deserialize_with = "lenient")]
    pub handles: Vec<Handle>,
}

/// An address of a contact.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Handle {
    /// The address.
    #[serde(deserialize_with = "lenient")]
    pub handle: String,
    /// What kind: `phone`, `email`, …
    #[serde(deserialize_with = "lenient")]
    pub source: String,
}

/// A conversation.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Conversation {
    /// Its id, `cnv_…`.
    pub id: String,
    /// Whose it is.
    #[serde(deserialize_with = "lenient")]
    pub assignee: Option<Teammate>,
    /// `conversation`, or a `discussion` or `task` without a customer.
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub kind: String,
    /// The customer.
    #[serde(deserialize_with = "lenient")]
    pub recipient: Option<Recipient>,
    /// `assigned`, `unassigned`, `archived`, `deleted`, or something new. Empty in a preview.
    #[serde(deserialize_with = "lenient")]
    pub status: String,
    /// What it is about.
    #[serde(deserialize_with = "lenient")]
    pub subject: String,
    /// Its tags.
    #[serde(deserialize_with = "lenient")]
    pub tags: Vec<Tag>,
}

/// Something that happened.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Event {
    /// Its id, `evt_…`: a later event has a larger one.
    pub id: String,
    /// When, in seconds.
    #[serde(deserialize_with = "lenient")]
    pub emitted_at: f64,
    /// What: `inbound`, `assign`, …
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub kind: String,
    /// The conversation it happened to.
    #[serde(deserialize_with = "lenient")]
    pub conversation: Option<Conversation>,
    /// Who or what did it.
    #[serde(deserialize_with = "lenient")]
    pub source: Option<Part>,
    /// What it was done to.
    #[serde(deserialize_with = "lenient")]
    pub target: Option<Part>,
}

/// An inbox.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Inbox {
    /// Its id, `inb_…`.
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
}

/// A message.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Message {
    /// Its id, `msg_…`.
    pub id: String,
    /// What came with it.
    #[serde(deserialize_with = "lenient")]
    pub attachments: Vec<Attachment>,
    /// The teammate who wrote it; none for a customer.
    #[serde(deserialize_with = "lenient")]
    pub author: Option<Teammate>,
    /// Its text, HTML or plain.
    #[serde(deserialize_with = "lenient")]
    pub body: Option<String>,
    /// When, in seconds.
    #[serde(deserialize_with = "lenient")]
    pub created_at: f64,
    /// What kind of draft it is, if it is one.
    #[serde(deserialize_with = "lenient")]
    pub draft_mode: Option<String>,
    /// Why it could not be sent, if it could not.
    #[serde(deserialize_with = "lenient")]
    pub error_type: Option<String>,
    /// Whether it is a draft.
    #[serde(deserialize_with = "lenient")]
    pub is_draft: bool,
    /// Whether a customer wrote it. None in a preview.
    #[serde(deserialize_with = "lenient")]
    pub is_inbound: Option<bool>,
    /// `sms`, `email`, …
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub kind: String,
    /// What else is linked.
    #[serde(rename = "_links", deserialize_with = "lenient")]
    pub links: Links,
    /// What Front called it while it was under way, where it shows that.
    #[serde(deserialize_with = "lenient")]
    pub message_uid: Option<String>,
    /// What the provider calls it.
    #[serde(deserialize_with = "lenient")]
    pub metadata: Metadata,
    /// From whom, to whom.
    #[serde(deserialize_with = "lenient")]
    pub recipients: Vec<Recipient>,
    /// What a mail is about.
    #[serde(deserialize_with = "lenient")]
    pub subject: Option<String>,
    /// Its text, plain.
    #[serde(deserialize_with = "lenient")]
    pub text: Option<String>,
}

/// What the provider of a message calls it.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Metadata {
    /// Its id there; of a partner channel's message the id that we gave.
    #[serde(deserialize_with = "lenient")]
    pub external_id: Option<String>,
}

/// Links of a thing.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Links {
    /// To what it belongs to.
    #[serde(deserialize_with = "lenient")]
    pub related: Related,
}

/// What a message belongs to.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Related {
    /// Its conversation.
    #[serde(deserialize_with = "lenient")]
    pub conversation: Option<String>,
    /// The message it answers.
    #[serde(deserialize_with = "lenient")]
    pub message_replied_to: Option<String>,
}

/// Who or what an event is about.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Part {
    /// What kind of thing.
    #[serde(rename = "_meta", deserialize_with = "lenient")]
    pub meta: Meta,
    /// The thing, or several.
    pub data: Value,
}

/// What kind of thing a part is.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Meta {
    /// `teammate`, `inboxes`, `message`, `rule`, …
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub kind: String,
}

/// Somebody a message is from or to.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Recipient {
    /// The address.
    #[serde(deserialize_with = "lenient")]
    pub handle: String,
    /// The name.
    #[serde(deserialize_with = "lenient")]
    pub name: Option<String>,
    /// `from`, `to`, `cc`, …
    #[serde(deserialize_with = "lenient")]
    pub role: String,
}

/// A tag.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Tag {
    /// Its id, `tag_…`.
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
}

/// A teammate, a person or a machine.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Teammate {
    /// Its id, `tea_…`.
    pub id: String,
    /// The first name.
    #[serde(deserialize_with = "lenient")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(deserialize_with = "lenient")]
    pub last_name: Option<String>,
    /// `user`, `ai`, `rule`, … where Front says so.
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub kind: Option<String>,
}

/// A page of a list.
#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub(crate) struct Page<T> {
    #[serde(rename = "_results", default)]
    pub(crate) results: Vec<T>,
    #[serde(rename = "_pagination", default, deserialize_with = "lenient")]
    pub(crate) pagination: Pagination,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Pagination {
    #[serde(deserialize_with = "lenient")]
    pub(crate) next: Option<String>,
}

/// A message that Front took to send.
#[derive(Deserialize)]
pub(crate) struct Accepted {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) message_uid: Option<String>,
}

impl Event {
    /// When it happened.
    pub fn at(&self) -> Option<DateTime<Utc>> {
        time(self.emitted_at)
    }
}

impl Message {
    /// When it was written.
    pub fn at(&self) -> Option<DateTime<Utc>> {
        time(self.created_at)
    }

    /// Whether it is whole: a preview has its id and links only.
    pub fn is_whole(&self) -> bool {
        self.is_inbound.is_some()
    }
}

impl Part {
    /// The things, as rows of one kind. One or several are read alike.
    pub fn rows<T: DeserializeOwned>(&self) -> Vec<T> {
        match &self.data {
            Value::Array(list) => list.iter().filter_map(|row| T::deserialize(row).ok()).collect(),
            Value::Object(_) => T::deserialize(&self.data).into_iter().collect(),
            _ => Vec::new(),
        }
    }
}

/// Seconds since 1970, with fractions. Zero is no time.
pub(crate) fn time(seconds: f64) -> Option<DateTime<Utc>> {
    let micros = seconds * 1e6;
    if !micros.is_finite() || micros <= 0.0 || micros > 1e17 {
        return None;
    }
    DateTime::from_timestamp_micros(micros.round() as i64)
}

fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    value: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(value)?;
    Ok(T::deserialize(value).unwrap_or_default())
}

macro_rules! debug_id {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("id", &self.id).finish_non_exhaustive()
            }
        }
    )*};
}

macro_rules! debug_nothing {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

debug_id!(
    Attachment,
    Channel,
    Comment,
    Company,
    Contact,
    Conversation,
    Event,
    Inbox,
    Message,
    Tag,
    Teammate
);
debug_nothing!(Handle, Links, Meta, Metadata, Part, Recipient, Related);
