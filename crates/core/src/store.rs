//! What is kept, and the one way to change it.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::channel::Account;
use crate::error::Error;
use crate::event::{Event, Source};
use crate::feed::{Cursor, Scope};
use crate::id::{AccountId, ChannelId, EventId, SessionId, TenantId};
use crate::job::{Destination, Job, JobId, NewJob, Withheld};
use crate::message::{Message, Update};
use crate::session::Conversation;
use crate::thread::Thread;

/// Keeps sessions, cases, messages, jobs and what was seen.
///
/// # Contract
/// - [`Store::commit`] is atomic and durable: all of a [`Change`] or nothing.
/// - Time comes from arguments only.
/// - Nothing of one tenant is ever seen by another, whatever their ids.
///
/// Its promises are the tests of `handover_conformance::store_tests!`.
///
/// # Errors
/// [`ErrorKind::Unavailable`](crate::error::ErrorKind::Unavailable) when it cannot write or read
/// now; then nothing of the call has happened, or, after a lost connection, all of it may have: a
/// second call finds out.
///
/// # Cancel safety
/// A dropped call has happened as a whole or not at all.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// The conversations behind `threads`: for each thread the open session on it and the newest
    /// one, and for each session so found the open one on its reply thread. No session comes twice.
    async fn load(&self, tenant: &TenantId, threads: &[Thread])
    -> Result<Vec<Conversation>, Error>;

    /// Makes a change.
    async fn commit(&self, change: Change) -> Result<Commit, Error>;

    /// Takes the head of the most urgent lane that `served` can do and whose account is not paused,
    /// with those right behind it that go along, for at most `lease`.
    ///
    /// A head whose lease ran out comes back as tried, last under way when the lease ended. What must not be said any more comes as
    /// withheld: a stale fence, or a send to a recipient who has opted out, as of this transaction.
    async fn claim(
        &self,
        tenant: &TenantId,
        served: &[Served],
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<Claim>, Error>;

    /// Puts claimed jobs back. [`Commit::Lost`] when the lease is no longer live.
    async fn defer(&self, deferral: Deferral) -> Result<Commit, Error>;

    /// What time alone makes due, at most `limit` of each kind.
    async fn due(&self, tenant: &TenantId, now: DateTime<Utc>, limit: usize) -> Result<Due, Error>;

    /// Returns once something may have become due or claimable since the future was made.
    ///
    /// A hint: it may return early, and a change by another process may be noticed late.
    async fn changed(&self, tenant: &TenantId);
}

/// One atomic change.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Whose.
    pub tenant: TenantId,
    /// When.
    pub now: DateTime<Utc>,
    /// The fact that is handled. If it was handled before, or its row is ours, nothing happens.
    pub event: Option<EventId>,
    /// The conversation after the change, carrying the versions it was loaded with.
    pub conversation: Option<Conversation>,
    /// New messages, numbered.
    pub log: Vec<Message>,
    /// Changes to messages in the log.
    pub updates: Vec<Update>,
    /// Names under which the conversation can be found from now on.
    pub threads: Vec<Thread>,
    /// Rows that we are about to write: in every version they are ours.
    pub own: Vec<EventId>,
    /// Entries in the opt-out ledger.
    pub consent: Vec<Consent>,
    /// New jobs, each at the end of its lane.
    pub jobs: Vec<NewJob>,
    /// Feeds to read: each becomes a job, unless one that nobody has claimed is waiting.
    pub pokes: Vec<(Source, Scope)>,
    /// The claimed jobs that end with this change. Without a live lease nothing happens.
    pub settle: Option<Settle>,
    /// An event that belongs nowhere yet. It is not marked as handled: leave `event` empty.
    pub unrouted: Option<Event>,
}

/// What became of a change. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// It is durable.
    Done,
    /// Nothing happened: the lease is no longer live.
    Lost,
    /// Nothing happened: the fact was handled before, or it is our own.
    Seen,
    /// Nothing happened: the conversation has changed; load it and decide again.
    Stale,
}

/// An entry in the opt-out ledger.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The channel it is about.
    pub channel: ChannelId,
    /// The recipient's address there.
    pub address: Box<str>,
    /// Whether the recipient takes messages.
    pub allowed: bool,
    /// Since when.
    pub at: DateTime<Utc>,
    /// How we know: the customer's word, or the provider's code.
    pub source: Box<str>,
}

/// A destination that this process can serve, and the account its calls count against.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    /// The destination.
    pub destination: Destination,
    /// The account.
    pub account: Account,
    /// The most jobs to claim together there.
    pub batch: usize,
}

/// Jobs to do, under a lease.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The lease.
    pub lease: Lease,
    /// When the lease runs out.
    pub until: DateTime<Utc>,
    /// The jobs, in order; at least one, all of one lane.
    pub jobs: Vec<Job>,
    /// The conversation they serve, as of this transaction.
    pub conversation: Option<Conversation>,
    /// Why the jobs must not be done.
    pub withheld: Option<Withheld>,
    /// Where the feed was last read to, for the reading of all of it.
    pub cursor: Option<Cursor>,
}

/// The right to settle claimed jobs. It ends when it is used, or when somebody else claims them
/// because it ran out; until then a late settlement counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    /// Whose.
    pub tenant: TenantId,
    /// Its number; a later claim of the same job has another.
    pub token: u64,
}

/// The end of claimed jobs.
#[derive(Clone, Debug, PartialEq)]
pub struct Settle {
    /// The lease they were claimed under.
    pub lease: Lease,
    /// Which of the claimed jobs end; the others stay claimed.
    pub jobs: Vec<JobId>,
    /// Whether they are kept, out of their lane, until a person decides.
    pub uncertain: bool,
    /// Where the feed has been read to.
    pub cursor: Option<Cursor>,
}

/// Claimed jobs to put back.
#[derive(Clone, Debug, PartialEq)]
pub struct Deferral {
    /// The lease they were claimed under. All jobs still claimed under it go back.
    pub lease: Lease,
    /// Now.
    pub now: DateTime<Utc>,
    /// When their lane's head may be claimed again.
    pub until: DateTime<Utc>,
    /// Whether an attempt may have had its effect, this one or an earlier one.
    pub tried: bool,
    /// When that attempt was under way, if it was this one.
    pub began: Option<DateTime<Utc>>,
    /// Whether an attempt was made at all.
    pub counted: bool,
    /// Whether the lane waits for a person: the first of the jobs is parked, and holds the lane.
    pub parked: bool,
    /// What went wrong, if anything did. Fixed words and the provider's code.
    pub reason: Option<Box<str>>,
    /// What the whole account has to wait for.
    pub pause: Option<Pause>,
}

/// A pause of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pause {
    /// Which account.
    pub account: AccountId,
    /// Until when; without it until a person resumes the account.
    pub until: Option<DateTime<Utc>>,
    /// Why.
    pub reason: Box<str>,
}

/// What time alone makes due.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Due {
    /// Sessions whose wake time has come.
    pub sessions: Vec<SessionId>,
    /// Unrouted events for which a session has been found since.
    pub events: Vec<Event>,
    /// When the next session wakes, or the next waiting job, lease or pause ends.
    pub next: Option<DateTime<Utc>>,
}

impl Change {
    /// A change of nothing.
    pub fn new(tenant: TenantId, now: DateTime<Utc>) -> Self {
        Self {
            tenant,
            now,
            event: None,
            conversation: None,
            log: Vec::new(),
            updates: Vec::new(),
            threads: Vec::new(),
            own: Vec::new(),
            consent: Vec::new(),
            jobs: Vec::new(),
            pokes: Vec::new(),
            settle: None,
            unrouted: None,
        }
    }
}

impl Deferral {
    /// Puts a claim back as if it had not been made: for a graceful stop.
    pub fn release(lease: Lease, now: DateTime<Utc>) -> Self {
        Self {
            lease,
            now,
            until: now,
            tried: false,
            began: None,
            counted: false,
            parked: false,
            reason: None,
            pause: None,
        }
    }
}

impl fmt::Debug for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consent")
            .field("channel", &self.channel)
            .field("allowed", &self.allowed)
            .field("at", &self.at)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
