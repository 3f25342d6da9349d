//! A store that tells when all jobs of a customer are done.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use handover_core::archive::{Archive, Counts, JobView, Jobs};
use handover_core::directory::Contact;
use handover_core::error::Error;
use handover_core::id::{AccountId, EventId, SessionId, TenantId};
use handover_core::identity::Identity;
use handover_core::job::JobId;
use handover_core::message::Message;
use handover_core::session::{Conversation, Session};
use handover_core::store::{Change, Claim, Commit, Deferral, Due, Pause, Served, Store};
use handover_core::thread::Thread;
use handover_store::Sqlite;
use tokio::sync::oneshot;

/// The store underneath, watched.
#[derive(Debug)]
pub(crate) struct Watched {
    store: Sqlite,
    waiting: Mutex<HashMap<Box<str>, Waiting>>,
}

#[derive(Debug)]
struct Waiting {
    jobs: usize,
    done: oneshot::Sender<()>,
}

impl Watched {
    pub(crate) fn new(store: Sqlite) -> Arc<Self> {
        Arc::new(Self { store, waiting: Mutex::default() })
    }

    /// Resolves once the customer has had jobs and all of them are done.
    pub(crate) fn done(&self, customer: &str) -> oneshot::Receiver<()> {
        let (done, is_done) = oneshot::channel();
        self.waiting().insert(customer.into(), Waiting { jobs: 0, done });
        is_done
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Box<str>, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, customer: &str, more: usize, fewer: usize) {
        let mut waiting = self.waiting();
        let Some(entry) = waiting.get_mut(customer) else { return };
        entry.jobs = (entry.jobs + more).saturating_sub(fewer);
        if entry.jobs == 0
            && fewer > 0
            && let Some(entry) = waiting.remove(customer)
        {
            // Whoever no longer waits does not need to know.
            entry.done.send(()).ok();
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
        self.store.load(tenant, threads).await
    }

    async fn commit(&self, change: Change) -> Result<Commit, Error> {
        let customer = change.conversation.as_ref().map(|c| c.session.customer.value.clone());
        let more = change.jobs.len();
        let fewer = change.settle.as_ref().map_or(0, |settle| settle.jobs.len());
        let commit = self.store.commit(change).await?;
        if let (Commit::Done, Some(customer)) = (commit, customer) {
            self.count(&customer, more, fewer);
        }
        Ok(commit)
    }

    async fn claim(
        &self,
        tenant: &TenantId,
        served: &[Served],
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<Claim>, Error> {
        self.store.claim(tenant, served, now, lease).await
    }

    async fn defer(&self, deferral: Deferral) -> Result<Commit, Error> {
        self.store.defer(deferral).await
    }

    async fn due(&self, tenant: &TenantId, now: DateTime<Utc>, limit: usize) -> Result<Due, Error> {
        self.store.due(tenant, now, limit).await
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
        self.store.messages(tenant, session, after, limit).await
    }

    async fn message_of(
        &self,
        tenant: &TenantId,
        event: &EventId,
    ) -> Result<Option<(SessionId, Message)>, Error> {
        self.store.message_of(tenant, event).await
    }

    async fn sessions(
        &self,
        tenant: &TenantId,
        open_only: bool,
        before: Option<DateTime<Utc>>,
        limit: usize,
    ) -> Result<Vec<Session>, Error> {
        self.store.sessions(tenant, open_only, before, limit).await
    }

    async fn jobs(
        &self,
        tenant: &TenantId,
        which: Jobs,
        limit: usize,
    ) -> Result<Vec<JobView>, Error> {
        self.store.jobs(tenant, which, limit).await
    }

    async fn pauses(&self, tenant: &TenantId) -> Result<Vec<Pause>, Error> {
        self.store.pauses(tenant).await
    }

    async fn replay(
        &self,
        tenant: &TenantId,
        job: JobId,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        self.store.replay(tenant, job, now).await
    }

    async fn resume(&self, tenant: &TenantId, account: &AccountId) -> Result<(), Error> {
        self.store.resume(tenant, account).await
    }

    async fn decided(&self, tenant: &TenantId, job: JobId) -> Result<bool, Error> {
        self.store.decided(tenant, job).await
    }

    async fn forget(&self, tenant: &TenantId, session: SessionId) -> Result<Vec<String>, Error> {
        self.store.forget(tenant, session).await
    }

    async fn forget_before(
        &self,
        tenant: &TenantId,
        time: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        self.store.forget_before(tenant, time, limit).await
    }

    async fn contacts(
        &self,
        tenant: &TenantId,
        identity: &Identity,
    ) -> Result<Vec<Contact>, Error> {
        self.store.contacts(tenant, identity).await
    }

    async fn counts(&self, tenant: &TenantId) -> Result<Counts, Error> {
        self.store.counts(tenant).await
    }
}
