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

mod event;
mod message;

pub use event::{Event, Meta, Part};
pub use message::{Attachment, Links, Message, Metadata, Recipient, Related};

#[cfg(test)]
mod tests;

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
