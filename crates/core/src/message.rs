//! What was said, in order.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::EventId;
use crate::thread::Thread;

/// One thing said in a session, or noted about it.
///
/// Messages are appended in the order of `seq`, from 1, and never change but for `files` and
/// `deliveries`. `Debug` leaves out text and names.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The place in the session's log, from 1.
    pub seq: u64,
    /// Who said it.
    pub author: Speaker,
    /// When it was said, by the clock of where it was said.
    pub at: DateTime<Utc>,
    /// When it came into the log.
    pub logged_at: DateTime<Utc>,
    /// Whether it was said before the message above it and only arrived later.
    #[serde(default, skip_serializing_if = "is_false")]
    pub late: bool,
    /// What was said, as plain text.
    pub text: String,
    /// What came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// Whether it was said to the provider and not to us: STOP, START, HELP. The assistant never
    /// sees it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub aside: bool,
    /// The event that brought it, if it came from outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// The case it was written on, where it already stands and need not be entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_on: Option<Thread>,
    /// The message that did not reach the customer, if that is what a note tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undelivered: Option<u64>,
    /// What a handoff note or a late amendment says, besides its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brief: Option<Box<Brief>>,
    /// How far it got on its way to the customer: one for each part that is sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
}

/// Who speaks. Complete.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The AI, or a text of ours in its name.
    Assistant,
    /// The customer.
    Customer,
    /// A person at the desk.
    Person {
        /// Their name, where the desk tells it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Box<str>>,
    },
    /// The relay itself: a note for the people at the desk. Never sent to a customer.
    Relay,
}

/// What a handoff says to the person who takes over. Nothing in it is invented.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// Why a person is needed, if this is a handoff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What has been said so far, in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// How the customer feels, in the assistant's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<String>,
    /// The customer's language, as BCP 47 or the assistant's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Values for the desk's columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// Why a person is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The assistant decided so.
    AssistantDecided,
    /// The assistant kept failing or was too slow.
    AssistantFailed,
    /// No assistant answers on this channel.
    AssistantOff,
    /// The customer asked for a person.
    CustomerAsked,
    /// The assistant did not know an answer, repeatedly.
    NoAnswer,
    /// An operator said so.
    Operator,
    /// The assistant's reply could not be delivered.
    Undeliverable,
}

/// A value for a column of the desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The column, as the configuration names it.
    pub column: Box<str>,
    /// The value, as text.
    pub value: String,
}

/// A file that came with a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What the channel calls it: what `fetch` is given.
    pub reference: String,
    /// Its name, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its media type, as the sender says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Its length in bytes, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Where our copy is.
    #[serde(default)]
    pub copy: Copy,
}

/// Where our copy of a file is. Complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Copy {
    /// It is still to be fetched.
    #[default]
    Pending,
    /// It is stored under this name.
    Stored(String),
    /// It could not be fetched; the message keeps its name as a stub.
    Missing,
}

/// How far a part of a message got on its way to the customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// How far.
    pub state: DeliveryState,
    /// What the provider calls the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<Box<str>>,
    /// Another id under which the provider tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<Box<str>>,
    /// Why it went no further, in the provider's code or our own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Box<str>>,
    /// Whether it went out after somebody else had taken control.
    #[serde(default, skip_serializing_if = "is_false")]
    pub overtaken: bool,
}

/// How far a message got. Complete; a state never gives way to an earlier one, but for
/// [`Updated::Unconfirmed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waiting to be sent.
    Pending,
    /// It may have been sent; a person has to look.
    Uncertain,
    /// Withheld by us: overtaken, opted out or too old.
    Withheld,
    /// The provider took it.
    Accepted,
    /// The provider sent it on.
    Sent,
    /// Refused, or lost on the way after it was taken.
    Failed,
    /// It arrived.
    Delivered,
    /// It was read.
    Read,
}

impl Message {
    /// A message as it comes into the log.
    pub fn new(seq: u64, author: Speaker, text: impl Into<String>, at: DateTime<Utc>) -> Self {
        Self {
            seq,
            author,
            at,
            logged_at: at,
            late: false,
            text: text.into(),
            files: Vec::new(),
            aside: false,
            event: None,
            written_on: None,
            undelivered: None,
            brief: None,
            deliveries: Vec::new(),
        }
    }
}

/// A change to a message that is in the log already.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// Which message.
    pub seq: u64,
    /// What changes.
    pub what: Updated,
}

/// What changes in a message. Complete: nothing else of a message ever does.
#[derive(Clone, Debug, PartialEq)]
pub enum Updated {
    /// How far a part got: merged, never set back.
    Delivery {
        /// Which part, from 0.
        part: u16,
        /// What is newly known.
        delivery: Delivery,
    },
    /// A person decided what became of an uncertain part: replaces what is there, unless the
    /// provider has told more of it meanwhile.
    Decided {
        /// Which part, from 0.
        part: u16,
        /// What the person says.
        delivery: Delivery,
    },
    /// The provider took a part, has told nothing of it and does not know it: it is uncertain now,
    /// unless more was told meanwhile.
    Unconfirmed {
        /// Which part, from 0.
        part: u16,
    },
    /// A file was fetched, or could not be.
    File {
        /// Which file, from 0.
        index: usize,
        /// Where our copy is.
        copy: Copy,
        /// Its length in bytes.
        size: Option<u64>,
    },
}

impl Message {
    /// Takes in a change. A part or file that the message does not have is passed over.
    pub fn apply(&mut self, what: &Updated) {
        match what {
            Updated::Delivery { part, delivery } => {
                if let Some(known) = self.deliveries.get_mut(usize::from(*part)) {
                    known.merge(delivery);
                }
            }
            Updated::Decided { part, delivery } => {
                let known = self.deliveries.get_mut(usize::from(*part));
                if let Some(known) = known.filter(|known| known.state <= DeliveryState::Uncertain) {
                    known.clone_from(delivery);
                }
            }
            Updated::Unconfirmed { part } => {
                let known = self.deliveries.get_mut(usize::from(*part));
                if let Some(known) = known.filter(|known| known.state == DeliveryState::Accepted) {
                    known.state = DeliveryState::Uncertain;
                }
            }
            Updated::File { index, copy, size } => {
                if let Some(file) = self.files.get_mut(*index) {
                    file.copy.clone_from(copy);
                    file.size = size.or(file.size);
                }
            }
        }
    }
}

impl Delivery {
    /// A delivery that has not begun.
    pub fn pending() -> Self {
        Self {
            state: DeliveryState::Pending,
            provider_id: None,
            alias: None,
            code: None,
            overtaken: false,
        }
    }

    /// Takes in what is newly known. A state never goes back, and the provider's ids are kept.
    pub fn merge(&mut self, newer: &Self) {
        if newer.state >= self.state {
            self.state = newer.state;
            self.code = newer.code.clone().or_else(|| self.code.take());
        }
        for id in [&newer.provider_id, &newer.alias].into_iter().flatten() {
            if self.is_called(id) {
                continue;
            }
            let free = match self.provider_id {
                None => &mut self.provider_id,
                Some(_) => &mut self.alias,
            };
            free.get_or_insert_with(|| id.clone());
        }
        self.overtaken |= newer.overtaken;
    }
}

impl Delivery {
    /// Whether the provider tells of it under this id.
    pub fn is_called(&self, id: &str) -> bool {
        [&self.provider_id, &self.alias].into_iter().flatten().any(|known| **known == *id)
    }
}

impl File {
    /// A file still to be fetched.
    pub fn new(reference: impl Into<String>, media_type: Option<String>) -> Self {
        Self {
            reference: reference.into(),
            name: None,
            media_type,
            size: None,
            copy: Copy::Pending,
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("seq", &self.seq)
            .field("author", &self.author)
            .field("at", &self.at)
            .field("chars", &self.text.chars().count())
            .field("files", &self.files.len())
            .field("deliveries", &self.deliveries)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Speaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Assistant => "Assistant",
            Self::Customer => "Customer",
            Self::Person { .. } => "Person",
            Self::Relay => "Relay",
        })
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("size", &self.size)
            .field("copy", &self.copy)
            .finish_non_exhaustive()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests;
