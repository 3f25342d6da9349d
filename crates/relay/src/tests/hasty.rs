//! A store that another thread changes all the time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use handover_core::error::Error;
use handover_core::id::TenantId;
use handover_core::memory::MemoryStore;
use handover_core::session::Conversation;
use handover_core::store::{Change, Claim, Commit, Deferral, Due, Served, Store};
use handover_core::thread::Thread;

/// A change falls right between the making of every second `changed` and its first poll.
#[derive(Debug)]
pub(super) struct Hasty(pub(super) MemoryStore, pub(super) AtomicU32);

#[async_trait]
impl Store for Hasty {
    async fn load(&self, of: &TenantId, threads: &[Thread]) -> Result<Vec<Conversation>, Error> {
        self.0.load(of, threads).await
    }

    async fn commit(&self, change: Change) -> Result<Commit, Error> {
        self.0.commit(change).await
    }

    async fn claim(
        &self,
        tenant: &TenantId,
        served: &[Served],
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<Claim>, Error> {
        self.0.claim(tenant, served, now, lease).await
    }

    async fn defer(&self, deferral: Deferral) -> Result<Commit, Error> {
        self.0.defer(deferral).await
    }

    async fn due(&self, tenant: &TenantId, now: DateTime<Utc>, limit: usize) -> Result<Due, Error> {
        self.0.due(tenant, now, limit).await
    }

    async fn changed(&self, tenant: &TenantId) {
        if self.1.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            return;
        }
        self.0.changed(tenant).await;
    }
}
