//! The traits, over the functions beside this file.

use std::pin::Pin;
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

use super::claim::Wanted;
use super::{Sqlite, archive, claim, commit, decide, defer, due, forget, load};
use crate::change::Encoded;

#[async_trait]
impl Store for Sqlite {
    async fn load(
        &self,
        tenant: &TenantId,
        threads: &[Thread],
    ) -> Result<Vec<Conversation>, Error> {
        let readers = self.shared.readers.as_ref();
        let found = readers.and_then(|r| r.look(|conn| load::load(conn, tenant, threads)));
        if let Some(found) = found {
            return Ok(found);
        }
        let (tenant, threads) = (tenant.clone(), threads.to_vec());
        self.read(move |conn| load::load(conn, &tenant, &threads)).await
    }

    async fn commit(&self, change: Change) -> Result<Commit, Error> {
        let encoded = Encoded::new(change)?;
        self.write(move |writing| commit::commit(writing, &encoded)).await
    }

    async fn claim(
        &self,
        tenant: &TenantId,
        served: &[Served],
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<Claim>, Error> {
        let wanted = Wanted::new(tenant, served, now, lease);
        let raw = self.write(move |writing| claim::claim(writing, &wanted)).await?;
        Ok(raw.map(|raw| raw.decode(tenant)).transpose()?)
    }

    async fn defer(&self, deferral: Deferral) -> Result<Commit, Error> {
        self.write(move |writing| defer::defer(writing, &deferral)).await
    }

    async fn due(&self, tenant: &TenantId, now: DateTime<Utc>, limit: usize) -> Result<Due, Error> {
        let tenant = tenant.clone();
        self.read(move |conn| due::due(conn, &tenant, now, limit)).await
    }

    /// Written out, because it listens from the moment it is called and not from its first poll.
    fn changed<'a, 'b, 'c>(
        &'a self,
        tenant: &'b TenantId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'c>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(self.shared.wakes.listen(tenant))
    }
}

#[async_trait]
impl Archive for Sqlite {
    async fn messages(
        &self,
        tenant: &TenantId,
        session: SessionId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Message>, Error> {
        let tenant = tenant.clone();
        self.read(move |conn| archive::messages(conn, &tenant, session, after, limit)).await
    }

    async fn message_of(
        &self,
        tenant: &TenantId,
        event: &EventId,
    ) -> Result<Option<(SessionId, Message)>, Error> {
        let (tenant, event) = (tenant.clone(), event.clone());
        self.read(move |conn| archive::message_of(conn, &tenant, &event)).await
    }

    async fn sessions(
        &self,
        tenant: &TenantId,
        open_only: bool,
        before: Option<DateTime<Utc>>,
        limit: usize,
    ) -> Result<Vec<Session>, Error> {
        let tenant = tenant.clone();
        self.read(move |conn| archive::sessions(conn, &tenant, open_only, before, limit)).await
    }

    async fn jobs(
        &self,
        tenant: &TenantId,
        which: Jobs,
        limit: usize,
    ) -> Result<Vec<JobView>, Error> {
        let tenant = tenant.clone();
        self.read(move |conn| archive::jobs(conn, &tenant, which, limit)).await
    }

    async fn pauses(&self, tenant: &TenantId) -> Result<Vec<Pause>, Error> {
        let tenant = tenant.clone();
        self.read(move |conn| archive::pauses(conn, &tenant)).await
    }

    async fn replay(
        &self,
        tenant: &TenantId,
        job: JobId,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let tenant = tenant.clone();
        self.write(move |writing| decide::replay(writing, &tenant, job, now)).await
    }

    async fn resume(&self, tenant: &TenantId, account: &AccountId) -> Result<(), Error> {
        let (tenant, account) = (tenant.clone(), account.clone());
        self.write(move |writing| decide::resume(writing, &tenant, &account)).await
    }

    async fn decided(&self, tenant: &TenantId, job: JobId) -> Result<bool, Error> {
        let tenant = tenant.clone();
        self.write(move |writing| decide::decided(writing, &tenant, job)).await
    }

    async fn forget(&self, tenant: &TenantId, session: SessionId) -> Result<Vec<String>, Error> {
        let tenant = tenant.clone();
        self.write(move |writing| forget::forget(writing, &tenant, session)).await
    }

    async fn forget_before(
        &self,
        tenant: &TenantId,
        time: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        let tenant = tenant.clone();
        self.write(move |writing| forget::forget_before(writing, &tenant, time, limit)).await
    }

    async fn contacts(
        &self,
        tenant: &TenantId,
        identity: &Identity,
    ) -> Result<Vec<Contact>, Error> {
        let (tenant, identity) = (tenant.clone(), identity.clone());
        self.read(move |conn| archive::contacts(conn, &tenant, &identity)).await
    }

    async fn counts(&self, tenant: &TenantId) -> Result<Counts, Error> {
        let tenant = tenant.clone();
        self.read(move |conn| archive::counts(conn, &tenant)).await
    }
}
