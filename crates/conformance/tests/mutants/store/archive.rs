//! What people read, a little wrong.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::archive::{Archive, Counts, JobView, Jobs};
use handover_core::directory::Contact;
use handover_core::error::Error;
use handover_core::id::{AccountId, EventId, SessionId, TenantId};
use handover_core::identity::Identity;
use handover_core::job::JobId;
use handover_core::message::Message;
use handover_core::session::Session;
use handover_core::store::{Change, Consent, Pause, Store};
use handover_core::thread::Thread;

use super::broken::Broken;
use super::defect::Defect;

#[async_trait]
impl Archive for Broken {
    async fn messages(
        &self,
        tenant: &TenantId,
        session: SessionId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Message>, Error> {
        let back = u64::from(self.has(Defect::PagesOverlap));
        self.inner.messages(tenant, session, after.saturating_sub(back), limit).await
    }

    async fn message_of(
        &self,
        tenant: &TenantId,
        event: &EventId,
    ) -> Result<Option<(SessionId, Message)>, Error> {
        self.inner.message_of(tenant, event).await
    }

    async fn sessions(
        &self,
        tenant: &TenantId,
        open_only: bool,
        before: Option<DateTime<Utc>>,
        limit: usize,
    ) -> Result<Vec<Session>, Error> {
        let mut sessions = self.inner.sessions(tenant, open_only, before, limit).await?;
        if self.has(Defect::OldestFirst) {
            sessions.reverse();
        }
        Ok(sessions)
    }

    async fn jobs(
        &self,
        tenant: &TenantId,
        which: Jobs,
        limit: usize,
    ) -> Result<Vec<JobView>, Error> {
        self.inner.jobs(tenant, which, limit).await
    }

    async fn pauses(&self, tenant: &TenantId) -> Result<Vec<Pause>, Error> {
        self.inner.pauses(tenant).await
    }

    async fn replay(
        &self,
        tenant: &TenantId,
        job: JobId,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let replayed = self.inner.replay(tenant, job, now).await?;
        let before = !self.notes().replayed.insert(job);
        Ok(replayed || before && self.has(Defect::ReplaysTwice))
    }

    async fn resume(&self, tenant: &TenantId, account: &AccountId) -> Result<(), Error> {
        self.inner.resume(tenant, account).await
    }

    async fn decided(&self, tenant: &TenantId, job: JobId) -> Result<bool, Error> {
        self.inner.decided(tenant, job).await
    }

    async fn forget(&self, tenant: &TenantId, session: SessionId) -> Result<Vec<String>, Error> {
        if self.has(Defect::ForgetsTheOptOut) {
            let found = self.inner.load(tenant, &[Thread::session(session)]).await?;
            let allowed = found.into_iter().map(|one| Consent {
                channel: one.session.channel,
                address: one.session.customer.value,
                allowed: true,
                at: one.session.created_at + TimeDelta::days(1),
                source: "forgotten".into(),
            });
            let now = DateTime::UNIX_EPOCH;
            let consent = allowed.collect();
            self.inner.commit(Change { consent, ..Change::new(tenant.clone(), now) }).await?;
        }
        self.inner.forget(tenant, session).await
    }

    async fn forget_before(
        &self,
        tenant: &TenantId,
        time: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        let more = if self.has(Defect::ForgetsADayMore) { 1 } else { 0 };
        self.inner.forget_before(tenant, time + TimeDelta::days(more), limit).await
    }

    async fn contacts(
        &self,
        tenant: &TenantId,
        identity: &Identity,
    ) -> Result<Vec<Contact>, Error> {
        self.inner.contacts(tenant, identity).await
    }

    async fn counts(&self, tenant: &TenantId) -> Result<Counts, Error> {
        self.inner.counts(tenant).await
    }
}
