use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{Teammate, lenient, time};

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

/// Links of a thing.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Links {
    /// To what it belongs to.
    #[serde(deserialize_with = "lenient")]
    pub related: Related,
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

/// Somebody a message is from or to.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Recipient {
    /// What else is linked.
    #[serde(rename = "_links", deserialize_with = "lenient")]
    pub links: Links,
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

/// What a message or a recipient belongs to.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Related {
    /// The contact that has the address, if one has.
    #[serde(deserialize_with = "lenient")]
    pub contact: Option<String>,
    /// Its conversation.
    #[serde(deserialize_with = "lenient")]
    pub conversation: Option<String>,
    /// The message it answers.
    #[serde(deserialize_with = "lenient")]
    pub message_replied_to: Option<String>,
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
