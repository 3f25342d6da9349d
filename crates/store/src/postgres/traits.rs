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
use tokio_postgres::Row;

use super::claim::Wanted;
use super::forget::Which;
use super::query::Query;
use super::{Postgres, archive, defer, due, forget, load};
use crate::change::Encoded;
use crate::failure::{Failure, stumbled};
use crate::json::{PARKED, UNCERTAIN};
use crate::nanos::nanos;
use crate::numbers::{int, limit};

#[async_trait]
impl Store for Postgres {
    async fn load(
        &self,
        tenant: &TenantId,
        threads: &[Thread],
    ) -> Result<Vec<Conversation>, Error> {
        let Some(key) = self.tenant(tenant).await? else { return Ok(Vec::new()) };
        let rows = self.one(load::load(key, threads)).await?;
        Ok(load::read(&rows)?)
    }

    async fn commit(&self, change: Change) -> Result<Commit, Error> {
        let tenant = change.tenant.clone();
        let commit = self.writers()?.commits.call(Encoded::new(change)?).await?;
        if commit == Commit::Done {
            self.shared.notices.tell(&tenant);
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
        self.writers()?.claims.call(Wanted::new(tenant, served, now, lease)).await
    }

    async fn defer(&self, deferral: Deferral) -> Result<Commit, Error> {
        let tenant = &deferral.lease.tenant;
        let Some(key) = self.tenant(tenant).await? else { return Ok(Commit::Lost) };
        let back = self.write(tenant, defer::defer(key, &deferral)).await?;
        Ok(if back == 0 { Commit::Lost } else { Commit::Done })
    }

    async fn due(&self, tenant: &TenantId, now: DateTime<Utc>, limit: usize) -> Result<Due, Error> {
        let Some(key) = self.tenant(tenant).await? else { return Ok(Due::default()) };
        let answers = self.read(&due::due(key, now, limit)).await?;
        Ok(due::read(&answers)?)
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
impl Archive for Postgres {
    async fn messages(
        &self,
        tenant: &TenantId,
        session: SessionId,
        after: u64,
        most: usize,
    ) -> Result<Vec<Message>, Error> {
        let query = |key| {
            let query = Query::new(archive::MESSAGES).with(key).with(session.0);
            query.with(int(after)).with(limit(most))
        };
        self.list(tenant, query, archive::message).await
    }

    async fn message_of(
        &self,
        tenant: &TenantId,
        event: &EventId,
    ) -> Result<Option<(SessionId, Message)>, Error> {
        let query = |key| Query::new(archive::MESSAGE_OF).with(key).with(event.as_str());
        Ok(self.list(tenant, query, archive::message_of).await?.pop())
    }

    async fn sessions(
        &self,
        tenant: &TenantId,
        open_only: bool,
        before: Option<DateTime<Utc>>,
        most: usize,
    ) -> Result<Vec<Session>, Error> {
        let sql = if open_only { archive::OPEN_SESSIONS } else { archive::SESSIONS };
        // Without an end, a time that no session has.
        let before = before.map_or(i64::MAX, nanos);
        let query = |key| Query::new(sql).with(key).with(before).with(limit(most));
        self.list(tenant, query, archive::session).await
    }

    async fn jobs(
        &self,
        tenant: &TenantId,
        which: Jobs,
        most: usize,
    ) -> Result<Vec<JobView>, Error> {
        let held = |key, state: i64| {
            // Both states are small.
            let state = i16::try_from(state).unwrap_or_default();
            Query::new(archive::HELD_JOBS).with(key).with(state).with(limit(most))
        };
        let query = |key| match which {
            Jobs::Failing => Query::new(archive::FAILING_JOBS).with(key).with(limit(most)),
            Jobs::Parked => held(key, PARKED),
            Jobs::Session(id) => {
                Query::new(archive::SESSION_JOBS).with(key).with(id.0).with(limit(most))
            }
            Jobs::Uncertain => held(key, UNCERTAIN),
        };
        self.list(tenant, query, archive::job).await
    }

    async fn pauses(&self, tenant: &TenantId) -> Result<Vec<Pause>, Error> {
        let query = |key| Query::new(archive::PAUSES).with(key);
        Ok(self.list(tenant, query, archive::pause).await?.into_iter().flatten().collect())
    }

    async fn replay(
        &self,
        tenant: &TenantId,
        job: JobId,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let Some(key) = self.tenant(tenant).await? else { return Ok(false) };
        Ok(self.write(tenant, defer::replay(key, job, now)).await? > 0)
    }

    async fn resume(&self, tenant: &TenantId, account: &AccountId) -> Result<(), Error> {
        if let Some(key) = self.tenant(tenant).await? {
            self.write(tenant, defer::resume(key, account)).await?;
        }
        Ok(())
    }

    async fn decided(&self, tenant: &TenantId, job: JobId) -> Result<bool, Error> {
        let Some(key) = self.tenant(tenant).await? else { return Ok(false) };
        Ok(self.write(tenant, defer::decided(key, job)).await? > 0)
    }

    async fn forget(&self, tenant: &TenantId, session: SessionId) -> Result<Vec<String>, Error> {
        self.forgotten(tenant, Which::One(session)).await
    }

    async fn forget_before(
        &self,
        tenant: &TenantId,
        time: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        self.forgotten(tenant, Which::Before(time, limit)).await
    }

    async fn contacts(
        &self,
        tenant: &TenantId,
        identity: &Identity,
    ) -> Result<Vec<Contact>, Error> {
        let query = |key| {
            let query = Query::new(archive::CONTACTS).with(key);
            query.with(&*identity.scheme).with(&*identity.value)
        };
        self.list(tenant, query, archive::contact).await
    }

    async fn counts(&self, tenant: &TenantId) -> Result<Counts, Error> {
        let query = |key| Query::new(archive::COUNTS).with(key);
        Ok(self.list(tenant, query, archive::counts).await?.pop().unwrap_or_default())
    }
}

impl Postgres {
    /// What is made of each row of a statement about a tenant.
    async fn list<'a, T>(
        &self,
        tenant: &TenantId,
        query: impl FnOnce(i32) -> Query<'a>,
        read: impl Fn(&Row) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Error> {
        let Some(key) = self.tenant(tenant).await? else { return Ok(Vec::new()) };
        let rows = self.one(query(key)).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    async fn one(&self, query: Query<'_>) -> Result<Vec<Row>, Error> {
        Ok(self.read(&[query]).await?.pop().unwrap_or_default())
    }

    /// On a task of its own, which goes on when the caller is dropped.
    async fn forgotten(&self, tenant: &TenantId, which: Which) -> Result<Vec<String>, Error> {
        self.writers()?;
        let Some(key) = self.tenant(tenant).await? else { return Ok(Vec::new()) };
        let (store, tenant) = (self.clone(), tenant.clone());
        let work = tokio::spawn(async move {
            let files = forget::forget(&store.shared.connections, key, which).await?;
            store.shared.notices.tell(&tenant);
            Ok::<_, Failure>(files)
        });
        Ok(work.await.map_err(|_| stumbled())??)
    }
}
