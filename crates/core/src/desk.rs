//! Where humans work.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::blobs::Content;
use crate::channel::{Account, Attempt};
use crate::error::Error;
use crate::id::{ChannelId, DeskId, EventId, Key, SessionId};
use crate::identity::Identity;
use crate::message::{Brief, File, Speaker};

/// Writes to a desk. Every call is idempotent on its key: rows get ids made from it, and on any
/// doubt the row is read by id; an error code decides nothing.
///
/// # Errors
/// [`ErrorKind::Taken`](crate::error::ErrorKind::Taken) and
/// [`ErrorKind::Closed`](crate::error::ErrorKind::Closed) tell that a person holds the case, or that
/// it is over: inputs, not failures.
///
/// # Cancel safety
/// Every call may be dropped and made again with the same key.
#[async_trait]
pub trait Desk: fmt::Debug + Send + Sync + 'static {
    /// The desk's name.
    fn id(&self) -> &DeskId;

    /// What the desk can do.
    fn capabilities(&self) -> DeskCapabilities;

    /// Opens a case. Twice with the same key is one case.
    async fn open(&self, opening: &Opening, attempt: &Attempt) -> Result<Case, Error>;

    /// Writes entries, in order. The answer has one outcome for each entry, in the same order.
    async fn append(
        &self,
        case: &Case,
        about: &About,
        entries: &[Entry],
        attempt: &Attempt,
    ) -> Result<Appended, Error>;

    /// Adds a file to an entry that stands on the case. Only called where
    /// [`DeskCapabilities::files`] says so.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::error::ErrorKind::Invalid) or
    /// [`ErrorKind::TooLong`](crate::error::ErrorKind::TooLong) for a file that the desk does not
    /// take, before any IO: the entry names it all the same.
    async fn attach(
        &self,
        case: &Case,
        about: &About,
        attachment: &Attachment,
        attempt: &Attempt,
    ) -> Result<Case, Error>;

    /// Writes what came late: contact, summary, fields. Leaves alone what a person edited.
    async fn amend(
        &self,
        case: &Case,
        amendment: &Amendment,
        attempt: &Attempt,
    ) -> Result<Case, Error>;

    /// Hands the case to people: description, fields, owner and group.
    async fn hand_off(
        &self,
        case: &Case,
        handoff: &Handoff,
        attempt: &Attempt,
    ) -> Result<Case, Error>;

    /// Writes a status, if owner and status are as we left them and no person wrote since.
    ///
    /// [`CaseStatus::Open`] opens a resolved case again, whoever resolved it, because the customer
    /// wrote: what was entered when it was resolved is cleared. One that is final is
    /// [`ErrorKind::Closed`](crate::error::ErrorKind::Closed).
    async fn set_status(
        &self,
        case: &Case,
        status: CaseStatus,
        attempt: &Attempt,
    ) -> Result<Case, Error>;
}

/// What a desk can do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DeskCapabilities {
    /// The account at the provider that its calls count against.
    pub account: Account,
    /// The most entries one [`Desk::append`] is given.
    pub batch: usize,
    /// Whether giving a case to a person means that this person speaks from now on.
    pub assignment_takes_control: bool,
    /// Whether the desk takes files: [`Desk::attach`].
    pub files: bool,
}

/// A case, and what we last wrote or read of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// What the desk calls it.
    pub reference: Box<str>,
    /// Another name under which the desk tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<Box<str>>,
    /// The number people use for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Box<str>>,
    /// Where it stands.
    #[serde(default)]
    pub status: CaseStatus,
    /// Who it belonged to when we last looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Box<str>>,
    /// A digest of each column as we left it. A column that differs now belongs to a person.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<Box<str>, u64>,
}

/// Where a case stands. Complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// People may still work on it.
    #[default]
    Open,
    /// It is solved, and may come back.
    Resolved,
    /// It is over for good.
    Final,
}

/// What every call about a case tells of the conversation behind it.
#[derive(Clone, PartialEq, Eq)]
pub struct About {
    /// The session.
    pub session: SessionId,
    /// The channel the customer is on.
    pub channel: ChannelId,
    /// The customer.
    pub customer: Identity,
    /// The page of the session.
    pub link: Option<Url>,
    /// What the customer said first.
    pub first_words: String,
}

/// A case to open.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// Names the case.
    pub key: Key,
    /// The conversation.
    pub about: About,
    /// When it began.
    pub at: DateTime<Utc>,
    /// The contact in the desk's directory, if one was found in time.
    pub contact: Option<Box<str>>,
    /// The case this one follows, if that one is over.
    pub parent: Option<Box<str>>,
}

/// One message as logged on a case.
#[derive(Clone, PartialEq)]
pub struct Entry {
    /// Names the entry.
    pub key: Key,
    /// The message's place in its session.
    pub seq: u64,
    /// Who said it.
    pub author: Speaker,
    /// When it was said.
    pub at: DateTime<Utc>,
    /// The full text.
    pub text: String,
    /// What came with it: named, not carried.
    pub files: Vec<File>,
    /// The page of the session: on a session's first entry, and wherever files are named.
    pub link: Option<Url>,
    /// The person's reply that did not reach the customer, if that is what the entry tells.
    pub undelivered: Option<EventId>,
}

/// What became of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The case, as far as the call told more of it.
    pub case: Case,
    /// One for each entry, in the same order.
    pub outcomes: Vec<EntryOutcome>,
}

/// A file to add to an entry.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Names the file.
    pub key: Key,
    /// The entry it belongs to.
    pub entry: Key,
    /// Who sent it.
    pub author: Speaker,
    /// When.
    pub at: DateTime<Utc>,
    /// Its name and type.
    pub file: File,
    /// Its bytes.
    pub content: Content,
}

/// What became of one entry. Complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryOutcome {
    /// It stands on the case.
    Written,
    /// The desk refuses it and will again.
    Refused {
        /// The desk's code or our word.
        code: Box<str>,
    },
    /// Not decided: it was not reached, or its answer was lost. To be written again.
    Undecided,
}

/// What came late.
#[derive(Clone, Debug, PartialEq)]
pub struct Amendment {
    /// Names the change.
    pub key: Key,
    /// The conversation.
    pub about: About,
    /// The contact, if it has been found by now.
    pub contact: Option<Box<str>>,
    /// Summary and fields, if they are known by now.
    pub brief: Option<Brief>,
}

/// A case to hand to people.
#[derive(Clone, Debug, PartialEq)]
pub struct Handoff {
    /// Names the handoff.
    pub key: Key,
    /// The conversation.
    pub about: About,
    /// What the person must know. Its text stands on the case as an entry already.
    pub brief: Brief,
}

impl DeskCapabilities {
    /// A desk that takes `batch` entries in one call.
    pub fn new(account: Account, batch: usize) -> Self {
        Self { account, batch, assignment_takes_control: false, files: false }
    }

    /// States that the desk takes files.
    #[must_use]
    pub fn with_files(mut self) -> Self {
        self.files = true;
        self
    }

    /// States that giving a case to a person means that this person speaks.
    #[must_use]
    pub fn with_control_by_assignment(mut self) -> Self {
        self.assignment_takes_control = true;
        self
    }
}

impl Case {
    /// A case that was just opened.
    pub fn new(reference: impl Into<Box<str>>) -> Self {
        Self { reference: reference.into(), ..Self::default() }
    }
}

impl fmt::Debug for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("About")
            .field("session", &self.session)
            .field("channel", &self.channel)
            .field("customer", &self.customer)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("key", &self.key)
            .field("author", &self.author)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}
