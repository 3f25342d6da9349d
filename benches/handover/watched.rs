//! A store that tells when all jobs of a customer are done.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use handover_core::error::Error;
use handover_core::id::TenantId;
use handover_core::session::Conversation;
use handover_core::store::{Change, Claim, Commit, Deferral, Due, Served, Store};
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
