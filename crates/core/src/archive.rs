//! Reading what is kept, for people and tools.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::directory::Contact;
use crate::error::Error;
use crate::id::{AccountId, EventId, SessionId, TenantId};
use crate::identity::Identity;
use crate::job::{Job, JobId};
use crate::message::Message;
use crate::session::Session;
use crate::store::Pause;

/// Reads what is kept, and the few things a person may do to it besides speaking to the relay.
///
/// # Cancel safety
/// A dropped call has happened as a whole or not at all.
#[async_trait]
pub trait Archive: fmt::Debug + Send + Sync + 'static {
    /// Messages of a session with a place after `after`, oldest first, at most `limit`.
    async fn messages(
        &self,
        tenant: &TenantId,
        session: SessionId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Message>, Error>;

    /// The message that an event became.
    async fn message_of(
        &self,
        tenant: &TenantId,
        event: &EventId,
    ) -> Result<Option<(SessionId, Message)>, Error>;

    /// Sessions, newest first, at most `limit`, older than `before` if that is given.
    async fn sessions(
        &self,
        tenant: &TenantId,
        open_only: bool,
        before: Option<DateTime<Utc>>,
        limit: usize,
    ) -> Result<Vec<Session>, Error>;

    /// Jobs that `which` names, oldest first, at most `limit`.
    async fn jobs(
        &self,
        tenant: &TenantId,
        which: Jobs,
        limit: usize,
    ) -> Result<Vec<JobView>, Error>;

    /// Accounts that are paused.
    async fn pauses(&self, tenant: &TenantId) -> Result<Vec<Pause>, Error>;

    /// Takes a parked job up again at once. False if there is no such parked job.
    async fn replay(
        &self,
        tenant: &TenantId,
        job: JobId,
        now: DateTime<Utc>,
    ) -> Result<bool, Error>;

    /// Ends an account's pause.
    async fn resume(&self, tenant: &TenantId, account: &AccountId) -> Result<(), Error>;

    /// Removes an uncertain job from the list, once a person has decided. False if it is not there.
    async fn decided(&self, tenant: &TenantId, job: JobId) -> Result<bool, Error>;

    /// Removes a session with its messages, jobs and names. What was seen stays seen, and the
    /// opt-out ledger stays. Returns the names of the files that were stored for it.
    async fn forget(&self, tenant: &TenantId, session: SessionId) -> Result<Vec<String>, Error>;

    /// [`Archive::forget`] for every session that ended before `time`, at most `limit`.
    async fn forget_before(
        &self,
        tenant: &TenantId,
        time: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<String>, Error>;

    /// Our own contacts with this identity.
    async fn contacts(&self, tenant: &TenantId, identity: &Identity)
    -> Result<Vec<Contact>, Error>;

    /// How much of everything there is.
    async fn counts(&self, tenant: &TenantId) -> Result<Counts, Error>;
}

/// Which jobs to list. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Jobs {
    /// Those that will be tried again because an attempt failed.
    Failing,
    /// Those that wait for a person to mend something.
    Parked,
    /// Those of one session, whatever their state.
    Session(SessionId),
    /// Those of which nobody knows whether they happened.
    Uncertain,
}

/// A job and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobView {
    /// The job.
    pub job: Job,
    /// How it stands.
    pub state: JobState,
    /// Why it is parked or waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Box<str>>,
    /// When it may be claimed.
    pub not_before: DateTime<Utc>,
}

/// How a job stands. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Somebody is at it.
    Claimed,
    /// It waits for a person to mend something, and its lane with it.
    Parked,
    /// It may have happened; a person decides. Its lane has gone on.
    Uncertain,
    /// It waits for its turn.
    Waiting,
}

/// How much of everything there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Sessions that are open.
    pub open_sessions: u64,
    /// Jobs that are waiting or claimed.
    pub jobs: u64,
    /// Jobs that are parked.
    pub parked: u64,
    /// Jobs that are uncertain.
    pub uncertain: u64,
    /// Events that belong nowhere yet.
    pub unrouted: u64,
}
