//! Facts from outside.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::desk::CaseStatus;
use crate::id::{ChannelId, DeskId, EventId, Key};
use crate::identity::{Identity, Name};
use crate::message::{Delivery, DeliveryState, File};
use crate::thread::Thread;

/// A fact from outside: somebody said something, or something has changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Names the fact. A redelivery, or the same fact by another door, has the same id.
    pub id: EventId,
    /// When it happened, by the provider's clock.
    pub at: DateTime<Utc>,
    /// Whose fact it is.
    pub source: Source,
    /// The conversation it belongs to, under every name the source knows; best first. The first
    /// thread of a customer's message is the one replies go to.
    pub threads: Vec<Thread>,
    /// Who caused it.
    pub author: Author,
    /// What happened.
    pub fact: Fact,
}

/// Whose fact an event is. Complete.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A channel.
    Channel(ChannelId),
    /// A desk.
    Desk(DeskId),
}

/// Who caused an event. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// A machine: a rule, an autoresponder, another bot.
    Machine,
    /// We did: an echo.
    Ours,
    /// A person.
    Person,
    /// It cannot be told. Treated as not a person: it neither speaks nor takes control.
    Unknown,
}

impl Source {
    /// The source's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Channel(channel) => channel.as_str(),
            Self::Desk(desk) => desk.as_str(),
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fact {
    /// A case was given to somebody, or to nobody.
    Assigned {
        /// Who holds it now.
        holder: Holder,
        /// What the desk calls them, where that tells whether it was us who gave it to them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Box<str>>,
    },
    /// A case has this status now.
    CaseStatus(CaseStatus),
    /// The provider says whether the customer takes messages from us at all.
    Consent {
        /// Whether the customer does.
        allowed: bool,
    },
    /// A reply was edited after it had become a message. Recorded, never sent again.
    Edited {
        /// The message that the customer has.
        seq: u64,
    },
    /// A hosted conversation that `holder` had was put into this one, whose session goes on: what
    /// nobody has is the assistant's no more than it was there.
    Joined {
        /// Who had it.
        holder: Holder,
    },
    /// The desk put a conversation that it hosts, or a case of ours that it works, into another.
    Merged {
        /// What the desk calls that one.
        into: Box<str>,
        /// Who has that one, if somebody was given it and the desk tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        holder: Option<Holder>,
        /// Whether another open session goes on there. The relay finds that out before it decides.
        #[serde(default)]
        taken: bool,
    },
    /// A customer wrote to us.
    Message(Inbound),
    /// A provider reports how far one of our sends got.
    Receipt(Report),
    /// A person at the desk wrote to the customer.
    Reply(Reply),
}

/// What a customer wrote.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Inbound {
    /// Who wrote.
    pub from: Identity,
    /// What they are called, where the channel says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The text, plain.
    pub text: String,
    /// What came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// What the text says about being written to at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentWord>,
    /// Where the conversation stands at a desk that hosts the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosted: Option<Hosted>,
}

/// A word by which a customer opts out or in, or asks for help. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentWord {
    /// A question about the service; answered by the provider.
    Help,
    /// The customer takes messages again.
    Start,
    /// The customer wants no more messages.
    Stop,
}

/// Where a conversation stands at the desk that hosts its channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hosted {
    /// What the desk calls the conversation.
    pub case: Box<str>,
    /// Who holds it, by the desk's own rules.
    pub holder: Holder,
    /// The contact in the desk's directory, where the desk tells: nobody needs to look it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Box<str>>,
}

/// Who may speak to the customer. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// The assistant.
    Assistant,
    /// Nobody yet: a person is being waited for.
    Nobody,
    /// A person.
    Person,
}

/// How far one of our sends got, as its provider tells.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The key of the send, where the provider tells it back. Without it the send is known by the
    /// provider's id, and else by its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// The text that was sent, where the provider tells nothing that names the send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What is known now.
    pub delivery: Delivery,
}

/// What a person at the desk wrote to the customer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Their name, where the desk tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Box<str>>,
    /// The text, plain.
    pub text: String,
    /// What is to go with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// Whether the desk delivers it itself, so that we only record it.
    #[serde(default)]
    pub delivered: bool,
    /// The mailboxes that the desk itself has sent it to, by e-mail. Where the customer is reached by
    /// e-mail, at one of them, we only record it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mailed_to: Vec<Box<str>>,
    /// Whether the desk wrote it by itself for the customer: an autoreply. It is delivered like a
    /// person's, and neither takes control nor answers anything.
    #[serde(default)]
    pub automatic: bool,
    /// Where the case stood when it was written, as far as the source told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CaseStatus>,
}

impl Inbound {
    /// A plain text.
    pub fn text(from: Identity, text: impl Into<String>) -> Self {
        Self { from, name: None, text: text.into(), files: Vec::new(), consent: None, hosted: None }
    }
}

impl Reply {
    /// A plain text that we have to deliver.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            author: None,
            text: text.into(),
            files: Vec::new(),
            delivered: false,
            mailed_to: Vec::new(),
            automatic: false,
            status: None,
        }
    }
}

impl Report {
    /// A report on the send that had this key.
    pub fn on(key: Key, delivery: Delivery) -> Self {
        Self { key: Some(key), text: None, delivery }
    }

    /// A report on the send that the provider has under an id of its own.
    ///
    /// `text` is what was sent, and tells which one it is where the id is news to us.
    pub fn of(
        provider_id: impl Into<Box<str>>,
        text: Option<String>,
        state: DeliveryState,
    ) -> Self {
        let provider_id = Some(provider_id.into());
        Self { key: None, text, delivery: Delivery { state, provider_id, ..Delivery::pending() } }
    }
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Report")
            .field("key", &self.key)
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Inbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbound")
            .field("from", &self.from)
            .field("files", &self.files)
            .field("consent", &self.consent)
            .field("hosted", &self.hosted)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply")
            .field("files", &self.files)
            .field("delivered", &self.delivered)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
