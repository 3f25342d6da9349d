//! A store that is watched: what was committed, and what was given out after it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use handover_core::archive::{Archive, Counts, JobView, Jobs};
use handover_core::directory::Contact;
use handover_core::error::{Error, ErrorKind};
use handover_core::id::{AccountId, EventId, SessionId, TenantId};
use handover_core::identity::Identity;
use handover_core::job::JobId;
use handover_core::message::Message;
use handover_core::session::{Conversation, Session};
use handover_core::store::{Change, Claim, Commit, Deferral, Due, Pause, Served, Store};
use handover_core::thread::Thread;

use super::gate::{point, wait};
use super::notes::SharedNotes;

/// A store as one process sees it: with a point before and after each call, and a notebook.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) store: Arc<dyn Store>,
    pub(super) archive: Arc<dyn Archive>,
    pub(super) process: usize,
    pub(super) notes: SharedNotes,
}

impl Watched {
    fn fails(&self) -> Option<bool> {
        let mut notes = self.notes.lock();
        let fails = notes.store_fails.remove(&self.process);
        match fails {
            Some(true) => notes.reach("a commit succeeded and its answer was lost"),
            Some(false) => notes.reach("a commit failed"),
            None => {}
        }
        fails
    }

    fn note(&self, done: Commit, change: &Change) {
        let mut notes = self.notes.lock();
        if done != Commit::Done {
            let event = change.event.as_ref().map(|event| event.as_str());
            notes.line(|| format!("  commits nothing: {done:?} {}", event.unwrap_or_default()));
        }
        match done {
            Commit::Done => notes.committed(change),
            Commit::Lost => {
                notes.ledger(&change.tenant).lost_lease = true;
                notes.reach("a lease was lost");
            }
            Commit::Seen => notes.reach("a fact came again"),
            Commit::Stale => notes.reach("a decision was stale"),
        }
    }
}

#[async_trait]
impl Store for Watched {
    async fn load(
        &self,
        tenant: &TenantId,
        threads: &[Thread],
    ) -> Result<Vec<Conversation>, Error> {
        let found = wait(self.store.load(tenant, threads));
        point().await;
        found
    }

    async fn commit(&self, change: Change) -> Result<Commit, Error> {
        point().await;
        let fails = self.fails();
        if fails == Some(false) {
            return Err(lost());
        }
        let seen = change.clone();
        let done = wait(self.store.commit(change));
        if let Ok(done) = &done {
            self.note(*done, &seen);
        }
        if fails == Some(true) {
            return Err(lost());
        }
        point().await;
        done
    }

    async fn claim(
        &self,
        tenant: &TenantId,
        served: &[Served],
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<Claim>, Error> {
        let claim = wait(self.store.claim(tenant, served, now, lease));
        if let Ok(Some(claim)) = &claim {
            self.notes.lock().claimed(claim, now);
            point().await;
        }
        claim
    }

    async fn defer(&self, deferral: Deferral) -> Result<Commit, Error> {
        point().await;
        if self.fails() == Some(false) {
            return Err(lost());
        }
        let seen = deferral.clone();
        let done = wait(self.store.defer(deferral));
        if let Ok(Commit::Done) = &done {
            self.notes.lock().deferred(&seen);
        }
        done
    }

    async fn due(&self, tenant: &TenantId, now: DateTime<Utc>, limit: usize) -> Result<Due, Error> {
        wait(self.store.due(tenant, now, limit))
    }

    async fn changed(&self, tenant: &TenantId) {
        self.store.changed(tenant).await;
    }
}

#[async_trait]
impl Archive for Watched {
    async fn messages(
        &self,
        tenant: &TenantId,
        session: SessionId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Message>, Error> {
        let found = wait(self.archive.messages(tenant, session, after, limit));
        point().await;
        found
    }

    async fn message_of(
        &self,
        tenant: &TenantId,
        event: &EventId,
    ) -> Result<Option<(SessionId, Message)>, Error> {
        let found = wait(self.archive.message_of(tenant, event));
        point().await;
        found
    }

    async fn sessions(
        &self,
        tenant: &TenantId,
        open_only: bool,
        before: Option<DateTime<Utc>>,
        limit: usize,
    ) -> Result<Vec<Session>, Error> {
        wait(self.archive.sessions(tenant, open_only, before, limit))
    }

    async fn jobs(
        &self,
        tenant: &TenantId,
        which: Jobs,
        limit: usize,
    ) -> Result<Vec<JobView>, Error> {
        let found = wait(self.archive.jobs(tenant, which, limit));
        point().await;
        found
    }

    async fn pauses(&self, tenant: &TenantId) -> Result<Vec<Pause>, Error> {
        wait(self.archive.pauses(tenant))
    }

    async fn replay(
        &self,
        tenant: &TenantId,
        job: JobId,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        wait(self.archive.replay(tenant, job, now))
    }

    async fn resume(&self, tenant: &TenantId, account: &AccountId) -> Result<(), Error> {
        wait(self.archive.resume(tenant, account))
    }

    async fn decided(&self, tenant: &TenantId, job: JobId) -> Result<bool, Error> {
        wait(self.archive.decided(tenant, job))
    }

    async fn forget(&self, tenant: &TenantId, session: SessionId) -> Result<Vec<String>, Error> {
        wait(self.archive.forget(tenant, session))
    }

    async fn forget_before(
        &self,
        tenant: &TenantId,
        time: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        wait(self.archive.forget_before(tenant, time, limit))
    }

    async fn contacts(
        &self,
        tenant: &TenantId,
        identity: &Identity,
    ) -> Result<Vec<Contact>, Error> {
        wait(self.archive.contacts(tenant, identity))
    }

    async fn counts(&self, tenant: &TenantId) -> Result<Counts, Error> {
        wait(self.archive.counts(tenant))
    }
}

fn lost() -> Error {
    Error::later(ErrorKind::Unavailable, "the store does not answer")
}
