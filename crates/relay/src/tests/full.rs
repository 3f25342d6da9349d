//! A store whose disk is full.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use handover_core::error::{Error, ErrorKind};
use handover_core::id::TenantId;
use handover_core::memory::MemoryStore;
use handover_core::session::Conversation;
use handover_core::store::{Change, Claim, Commit, Deferral, Due, Served, Store};
use handover_core::thread::Thread;

#[derive(Debug)]
pub(super) struct Full(pub(super) MemoryStore);

fn full() -> Error {
    Error::later(ErrorKind::Unavailable, "the disk is full")
}

#[async_trait]
impl Store for Full {
    async fn load(
        &self,
        tenant: &TenantId,
        threads: &[Thread],
    ) -> Result<Vec<Conversation>, Error> {
        self.0.load(tenant, threads).await
    }

    async fn commit(&self, _: Change) -> Result<Commit, Error> {
        Err(full())
    }

    async fn claim(
        &self,
        _: &TenantId,
        _: &[Served],
        _: DateTime<Utc>,
        _: Duration,
    ) -> Result<Option<Claim>, Error> {
        Err(full())
    }

    async fn defer(&self, _: Deferral) -> Result<Commit, Error> {
        Err(full())
    }

    async fn due(&self, _: &TenantId, _: DateTime<Utc>, _: usize) -> Result<Due, Error> {
        Err(full())
    }

    async fn changed(&self, tenant: &TenantId) {
        self.0.changed(tenant).await;
    }
}
