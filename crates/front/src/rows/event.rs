use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Conversation, lenient, time};

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

/// What kind of thing a part is.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Meta {
    /// `teammate`, `inboxes`, `message`, `rule`, …
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub kind: String,
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

impl Event {
    /// When it happened.
    pub fn at(&self) -> Option<DateTime<Utc>> {
        time(self.emitted_at)
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
