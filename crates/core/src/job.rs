//! Things to do outside, in order.

mod lane;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::assistant::Answer;
use crate::desk::{Case, CaseStatus};
use crate::directory::Contact;
use crate::error::ErrorKind;
use crate::feed::Scope;
use crate::id::{Key, SessionId};
use crate::matching::Match;
use crate::message::{Copy, Delivery};

pub use lane::{Destination, Lane, LaneOwner};

/// One thing to do outside: at most one irreversible call to a provider.
///
/// It refers to contents and never holds them: case, mark and text are read when it is claimed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its number. Later jobs of a lane have higher numbers.
    pub id: JobId,
    /// Whose conversation it serves, unless it reads a feed.
    pub session: Option<SessionId>,
    /// The queue it stands in.
    pub lane: Lane,
    /// What to do.
    pub work: Work,
    /// The epoch in which the assistant may say it; none where nothing is said for the assistant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<u64>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// How many attempts have begun.
    #[serde(default)]
    pub attempts: u32,
    /// When the first attempt began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_at: Option<DateTime<Utc>>,
    /// Whether an earlier attempt may have had its effect.
    #[serde(default)]
    pub tried: bool,
    /// When the latest attempt that may have had its effect was under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<DateTime<Utc>>,
}

/// A job's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub u64);

/// A job as it is created.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// The queue it joins at the end.
    pub lane: Lane,
    /// What to do.
    pub work: Work,
    /// The epoch in which the assistant may say it.
    pub fence: Option<u64>,
}

/// What to do. Complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Write to the case what came late.
    Amend {
        /// Numbers the change.
        n: u64,
        /// The note that holds what came late, unless it is the contact alone.
        note: Option<u64>,
    },
    /// Ask the assistant to answer.
    Answer {
        /// The last message it should see.
        through: u64,
    },
    /// Write entries.
    Append {
        /// The last message to enter.
        through: u64,
    },
    /// Add a file to its entry.
    Attach {
        /// The message it came with.
        seq: u64,
        /// Which file, from 0.
        index: usize,
    },
    /// Ask the provider what became of a part that it took.
    Confirm {
        /// The message.
        seq: u64,
        /// Which part, from 0.
        part: u16,
        /// How often a person asked for it again.
        again: u16,
    },
    /// Make a contact for the customer.
    CreateContact,
    /// Fetch a file.
    Fetch {
        /// The message it came with.
        seq: u64,
        /// Which file, from 0.
        index: usize,
    },
    /// Hand the case to people.
    Handoff {
        /// The note's place in the log.
        note: u64,
    },
    /// Look the customer up.
    Lookup,
    /// Open a case.
    Open {
        /// Which of the session's cases, from 0.
        n: u64,
    },
    /// Read a feed.
    Pull,
    /// Send a part of a message.
    Send {
        /// The message.
        seq: u64,
        /// Which part, from 0.
        part: u16,
        /// How often a person asked for it again.
        again: u16,
    },
    /// Write the case's status.
    SetStatus {
        /// Numbers the change.
        n: u64,
        /// The status.
        status: CaseStatus,
    },
    /// Ask the assistant for a summary.
    Summarise {
        /// The last message it should see.
        through: u64,
    },
}

/// How a job ended; the next input of its session. Complete.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The case was amended.
    Amended(Case),
    /// The assistant answered.
    Answered {
        /// What it proposes.
        answer: Answer,
        /// The last message that it was shown.
        seen: u64,
    },
    /// Entries were written, or refused one by one.
    Appended {
        /// The case, if the desk was asked.
        case: Option<Case>,
        /// The last message whose entry is decided, with all before it.
        through: u64,
        /// What the desk refuses.
        refused: Vec<(u64, Box<str>)>,
    },
    /// A file was added.
    Attached(Case),
    /// The case is over and takes nothing more.
    CaseClosed,
    /// A person holds the case.
    CaseTaken,
    /// A contact was made.
    ContactCreated(Contact),
    /// The job failed for good; what it was for goes on without it.
    Failed(Failure),
    /// A file was fetched, or cannot be.
    Fetched {
        /// Where our copy is.
        copy: Copy,
        /// Its length in bytes.
        size: Option<u64>,
    },
    /// The case was handed to people.
    HandedOff(Case),
    /// The customer was looked up.
    LookedUp {
        /// Who it is.
        found: Match,
        /// The names of the candidates, where it cannot be told.
        candidates: Vec<String>,
    },
    /// The case was opened.
    Opened {
        /// The case.
        case: Case,
        /// Whether it names the contact.
        with_contact: bool,
    },
    /// The provider took the message, or has told what became of it.
    Sent(Delivery),
    /// The status was written, or stays as it is.
    StatusSet(Case),
    /// Nobody knows whether the message was sent.
    Uncertain,
    /// Withheld by us.
    Withheld(Withheld),
}

/// Why a job failed for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong.
    pub kind: ErrorKind,
    /// The provider's code, or our word.
    pub code: Option<Box<str>>,
}

/// Why we withhold what was to be sent. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// The recipient opted out.
    OptedOut,
    /// Somebody else has control by now.
    Overtaken,
    /// It waited too long.
    TooOld,
}

impl Job {
    /// The key of its effect, or of the effect that it asks about; none where there is none.
    pub fn key(&self) -> Option<Key> {
        let session = self.session?;
        match self.work {
            Work::Amend { n, .. } => Some(Key::amend(session, n)),
            Work::Append { through } => Some(Key::entry(session, through)),
            Work::Attach { seq, index } => Some(Key::file(session, seq, index)),
            Work::Handoff { note } => Some(Key::handoff(session, note)),
            Work::Open { n } => Some(Key::open(session, n)),
            Work::Confirm { seq, part, again } | Work::Send { seq, part, again } => {
                Some(Key::send(session, seq, part).again(again))
            }
            Work::SetStatus { n, .. } => Some(Key::status(session, n)),
            _ => None,
        }
    }

    /// Whether `other`, which stands right behind it, may be done in the same claim.
    pub fn takes_along(&self, other: &Self) -> bool {
        let alike = matches!(
            (&self.work, &other.work),
            (Work::Append { .. }, Work::Append { .. }) | (Work::Answer { .. }, Work::Answer { .. })
        );
        alike && self.session == other.session && self.fence == other.fence
    }
}

impl NewJob {
    /// A job that says nothing for the assistant.
    pub fn new(lane: Lane, work: Work) -> Self {
        Self { lane, work, fence: None }
    }

    /// A job that says something for the assistant, in this epoch only.
    #[must_use]
    pub fn fenced(mut self, epoch: u64) -> Self {
        self.fence = Some(epoch);
        self
    }
}

impl Work {
    /// What is claimed first: people's replies and the reading of one case, then answers, handoffs,
    /// entries, and last what nobody waits for. Lower is earlier.
    pub fn priority(&self, lane: &Lane) -> u8 {
        match self {
            Self::Send { .. } => 0,
            Self::Pull if lane.owner != LaneOwner::Feed(Scope::All) => 0,
            Self::Answer { .. } => 1,
            Self::Handoff { .. } | Self::Summarise { .. } => 2,
            Self::Amend { .. }
            | Self::Append { .. }
            | Self::CreateContact
            | Self::Lookup
            | Self::Open { .. }
            | Self::SetStatus { .. } => 3,
            Self::Attach { .. } | Self::Confirm { .. } | Self::Fetch { .. } => 4,
            Self::Pull => 5,
        }
    }

    /// One word for logs and lists.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Amend { .. } => "amend",
            Self::Answer { .. } => "answer",
            Self::Append { .. } => "append",
            Self::Attach { .. } => "attach",
            Self::Confirm { .. } => "confirm",
            Self::CreateContact => "create-contact",
            Self::Fetch { .. } => "fetch",
            Self::Handoff { .. } => "handoff",
            Self::Lookup => "lookup",
            Self::Open { .. } => "open",
            Self::Pull => "pull",
            Self::Send { .. } => "send",
            Self::SetStatus { .. } => "set-status",
            Self::Summarise { .. } => "summarise",
        }
    }
}

impl Withheld {
    /// One word for lists and entries.
    pub fn name(self) -> &'static str {
        match self {
            Self::OptedOut => "opted-out",
            Self::Overtaken => "overtaken",
            Self::TooOld => "too-old",
        }
    }
}
