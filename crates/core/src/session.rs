//! One conversation while open, and its case.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::desk::{Case, CaseStatus};
use crate::event::Holder;
use crate::id::{CaseId, ChannelId, ContactId, DeskId, SessionId, TenantId};
use crate::identity::{Identity, Name};
use crate::message::{Brief, Message, Reason, Speaker};
use crate::thread::{Side, Thread};

/// One conversation, from a customer's first message until it is resolved.
///
/// It stays under 4 KiB: messages, jobs and the case lie beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Its id, derived from the event that opened it.
    pub id: SessionId,
    /// The version of this shape.
    #[serde(default)]
    pub format: u8,
    /// How often it was stored; 0 before the first time. A commit against another version is stale.
    pub version: u64,
    /// Whose it is.
    pub tenant: TenantId,
    /// The channel the customer is on.
    pub channel: ChannelId,
    /// The desk that helps on this channel.
    pub desk: Option<DeskId>,
    /// Whether that desk hosts the channel and delivers its people's replies itself.
    #[serde(default)]
    pub hosted: bool,
    /// Whether it is still going on.
    pub state: SessionState,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When the customer, the assistant or a person last said something.
    pub last_at: DateTime<Utc>,
    /// Where replies go. It never changes, whatever becomes of the contact.
    pub reply_thread: Thread,
    /// The customer.
    pub customer: Identity,
    /// What the customer is called, where the channel says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The customer as we know them.
    pub contact: ContactId,
    /// Whether the customer has opted out, as far as this conversation tells. The ledger decides.
    #[serde(default)]
    pub opted_out: bool,
    /// Who may speak.
    pub control: Control,
    /// The place of the next message in the log.
    pub next_seq: u64,
    /// The last message of the customer that wants an answer.
    #[serde(default)]
    pub asked: u64,
    /// The last message that an answer took into account, the assistant's or a person's.
    #[serde(default)]
    pub answered: u64,
    /// The last message for which an entry is queued.
    #[serde(default)]
    pub entered: u64,
    /// The last message up to which all entries stand on the case.
    #[serde(default)]
    pub appended: u64,
    /// The case, once one is queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// How many cases this session opened.
    #[serde(default)]
    pub cases: u64,
    /// The case that is over and that this session's own case follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Box<str>>,
    /// The search for the customer in the desk's directory.
    #[serde(default)]
    pub search: Search,
    /// Whether the case names the contact.
    #[serde(default)]
    pub contact_on_case: bool,
    /// The handoff, once one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handoff: Option<HandoffState>,
    /// Files that are stored and whose entries are not queued yet, by message and place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<(u64, usize)>,
    /// Sends that the provider took and has told nothing of since, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<Untold>,
    /// When the provider is asked what became of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untold_until: Option<DateTime<Utc>>,
    /// Until when the closing of the case waits for the assistant's summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<DateTime<Utc>>,
    /// How many changes of the case were made after it was opened: numbers their keys.
    #[serde(default)]
    pub changes: u64,
    /// When time alone changes something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake: Option<DateTime<Utc>>,
}

/// A send that the provider took and has told nothing of since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untold {
    /// The message.
    pub seq: u64,
    /// Which part, from 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub part: u16,
    /// How often a person asked for it again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub again: u16,
    /// Whether the provider is being asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asked: bool,
}

/// Whether a session is still going on. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// It is going on.
    Open,
    /// It is over.
    Resolved {
        /// Since when.
        at: DateTime<Utc>,
        /// Who ended it.
        by: Resolver,
    },
}

/// Who ended a session. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolver {
    /// The assistant: the customer's matter is settled.
    Assistant,
    /// The desk: the case was closed.
    Desk,
    /// Nobody said anything for long.
    Inactivity,
}

/// Who may speak to the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Who.
    pub holder: Holder,
    /// How often that changed. The assistant's speech carries the epoch it was made in.
    pub epoch: u64,
}

/// The search for a customer in a directory. Complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// Not begun.
    #[default]
    Unasked,
    /// Begun; the case waits for it until the deadline.
    Asked {
        /// Until when the case waits.
        deadline: DateTime<Utc>,
    },
    /// Found, or made.
    Found {
        /// What the directory calls the contact.
        contact: Box<str>,
    },
    /// Ended without a contact.
    Empty,
}

/// Where a handoff stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandoffState {
    /// Why.
    pub reason: Reason,
    /// How far.
    pub stage: HandoffStage,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// Until when it waits for the assistant's summary.
    pub summary_deadline: DateTime<Utc>,
    /// Until when a person should have taken it, or an alarm is raised.
    pub accept_deadline: DateTime<Utc>,
    /// The note's place in the log, once it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<u64>,
    /// The assistant's summary, between its arrival and the note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brief: Option<Box<Brief>>,
}

/// How far a handoff got. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoffStage {
    /// Asked for.
    Requested,
    /// The desk has it.
    Offered,
    /// A person acted.
    Accepted,
    /// The desk would not take it.
    Declined,
    /// Nobody acted in time; the alarm was raised. A later act still accepts it.
    TimedOut,
}

/// A case, as kept once for all sessions that share it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseRecord {
    /// Its id.
    pub id: CaseId,
    /// How often it was stored; 0 before the first time.
    pub version: u64,
    /// Which desk has it.
    pub desk: DeskId,
    /// What we last wrote or read. Before the desk has answered, the reference is our own id.
    pub case: Case,
    /// What the desk called it before it was merged into another, latest last: what happened then
    /// may be told under these names yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<Box<str>>,
    /// Whether the desk has answered.
    pub opened: bool,
    /// When the desk last told who holds it, by the desk's clock: what is older is no news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder_at: Option<DateTime<Utc>>,
    /// When the desk last told its status, by the desk's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_at: Option<DateTime<Utc>>,
}

/// A session and its case, as they are loaded and committed together.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// The session.
    pub session: Session,
    /// Its case, once one is queued.
    pub case: Option<CaseRecord>,
}

impl Session {
    /// Whether it is going on.
    pub fn is_open(&self) -> bool {
        self.state == SessionState::Open
    }

    /// The last message's place in the log; 0 when there is none.
    pub fn last_seq(&self) -> u64 {
        self.next_seq - 1
    }

    /// What the directory calls the customer, if that is known.
    pub fn contact_reference(&self) -> Option<&str> {
        match &self.search {
            Search::Found { contact } => Some(contact),
            _ => None,
        }
    }
}

impl CaseRecord {
    /// A case that is not stored yet, and that the desk has not answered for.
    pub fn new(id: CaseId, desk: DeskId, case: Case) -> Self {
        Self {
            id,
            version: 0,
            desk,
            case,
            former: Vec::new(),
            opened: false,
            holder_at: None,
            status_at: None,
        }
    }

    /// The case's thread on its desk.
    pub fn thread(&self) -> Thread {
        Thread::case(&self.desk, self.case.reference.clone())
    }

    /// Whether `thread` names the case, by its reference, its other name or a former one.
    pub fn is_named(&self, thread: &Thread) -> bool {
        let others = self.case.alias.iter().chain(&self.former);
        let mut names = std::iter::once(&self.case.reference).chain(others);
        thread.side == Side::Desk(self.desk.clone()) && names.any(|name| *name == thread.address)
    }

    /// Takes in that the desk calls it otherwise by now.
    pub(crate) fn rename(&mut self, reference: Box<str>) {
        let before = std::mem::replace(&mut self.case.reference, reference);
        self.remember(before);
    }

    /// Keeps a name that the desk does not use any more.
    pub(crate) fn remember(&mut self, name: Box<str>) {
        self.former.retain(|known| *known != name);
        self.former.push(name);
        let many = self.former.len().saturating_sub(FORMER);
        self.former.drain(..many);
    }

    /// Whether a message has to be entered on this case: not if it was written there, and where
    /// the desk hosts the channel, only if it is a note of ours.
    pub fn takes(&self, message: &Message, hosted: bool) -> bool {
        let stands_there = message.written_on.as_ref().is_some_and(|case| self.is_named(case));
        !stands_there && (!hosted || message.author == Speaker::Relay)
    }

    /// Whether people may still work on it.
    pub fn is_open(&self) -> bool {
        self.case.status == CaseStatus::Open
    }
}

impl Control {
    /// Gives control to `holder`. A change raises the epoch.
    pub fn give(&mut self, holder: Holder) {
        if self.holder != holder {
            self.holder = holder;
            self.revoke();
        }
    }

    /// Makes everything stale that the assistant has not said yet.
    pub fn revoke(&mut self) {
        self.epoch += 1;
    }
}

impl HandoffState {
    /// Whether a person is still being waited for.
    pub fn is_waiting(&self) -> bool {
        matches!(self.stage, HandoffStage::Requested | HandoffStage::Offered)
    }
}

/// How many former names of a case are kept.
const FORMER: usize = 8;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(n: &u16) -> bool {
    *n == 0
}
