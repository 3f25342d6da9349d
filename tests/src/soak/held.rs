//! A SQLite store for whose threads time waits.

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

use super::hold::Hold;

/// Clones share the store.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) inner: Sqlite,
    pub(super) hold: Hold,
}

impl Held {
    async fn held<T>(&self, call: impl Future<Output = T>) -> T {
        let _inside = self.hold.enter();
        call.await
    }
}

#[async_trait]
impl Store for Held {
    async fn load(&self, tenant: &TenantId, of: &[Thread]) -> Result<Vec<Conversation>, Error> {
        self.held(self.inner.load(tenant, of)).await
    }

    async fn commit(&self, change: Change) -> Result<Commit, Error> {
        self.held(self.inner.commit(change)).await
    }

    async fn claim(
        &self,
        tenant: &TenantId,
        served: &[Served],
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<Claim>, Error> {
        self.held(self.inner.claim(tenant, served, now, lease)).await
    }

    async fn defer(&self, deferral: Deferral) -> Result<Commit, Error> {
        self.held(self.inner.defer(deferral)).await
    }

    async fn due(&self, tenant: &TenantId, now: DateTime<Utc>, limit: usize) -> Result<Due, Error> {
        self.held(self.inner.due(tenant, now, limit)).await
    }

    fn changed<'a, 'b, 'c>(
        &'a self,
        tenant: &'b TenantId,
    ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'c>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        self.inner.changed(tenant)
    }
}

#[async_trait]
impl Archive for Held {
    async fn messages(
        &self,
        tenant: &TenantId,
        session: SessionId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Message>, Error> {
        self.held(self.inner.messages(tenant, session, after, limit)).await
    }

    async fn message_of(
        &self,
        tenant: &TenantId,
        event: &EventId,
    ) -> Result<Option<(SessionId, Message)>, Error> {
        self.held(self.inner.message_of(tenant, event)).await
    }

    async fn sessions(
        &self,
        tenant: &TenantId,
        open_only: bool,
        before: Option<DateTime<Utc>>,
        limit: usize,
    ) -> Result<Vec<Session>, Error> {
        self.held(self.inner.sessions(tenant, open_only, before, limit)).await
    }

    async fn jobs(
        &self,
        tenant: &TenantId,
        which: Jobs,
        limit: usize,
    ) -> Result<Vec<JobView>, Error> {
        self.held(self.inner.jobs(tenant, which, limit)).await
    }

    async fn pauses(&self, tenant: &TenantId) -> Result<Vec<Pause>, Error> {
        self.held(self.inner.pauses(tenant)).await
    }

    async fn replay(&self, of: &TenantId, job: JobId, now: DateTime<Utc>) -> Result<bool, Error> {
        self.held(self.inner.replay(of, job, now)).await
    }

    async fn resume(&self, tenant: &TenantId, account: &AccountId) -> Result<(), Error> {
        self.held(self.inner.resume(tenant, account)).await
    }

    async fn decided(&self, tenant: &TenantId, job: JobId) -> Result<bool, Error> {
        self.held(self.inner.decided(tenant, job)).await
    }

    async fn forget(&self, tenant: &TenantId, session: SessionId) -> Result<Vec<String>, Error> {
        self.held(self.inner.forget(tenant, session)).await
    }

    async fn forget_before(
        &self,
        tenant: &TenantId,
        time: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        self.held(self.inner.forget_before(tenant, time, limit)).await
    }

    async fn contacts(&self, tenant: &TenantId, of: &Identity) -> Result<Vec<Contact>, Error> {
        self.held(self.inner.contacts(tenant, of)).await
    }

    async fn counts(&self, tenant: &TenantId) -> Result<Counts, Error> {
        self.held(self.inner.counts(tenant)).await
    }
}
