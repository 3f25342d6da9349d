//! What the exhibits have in common: wrappers that do the right thing but for one call.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use handover_core::error::Error;
use handover_core::event::Event;
use handover_core::feed::{Cursor, Feed, FeedCapabilities, Page, Scope};
use handover_core::id::TenantId;
use handover_core::session::Conversation;
use handover_core::store::{Change, Claim, Commit, Deferral, Due, Served, Store};
use handover_core::thread::Thread;
use handover_core::webhook::{Received, Rejection, Webhook};

use crate::simulation::{Bug, Parts};

/// A store with one mistake in it.
#[async_trait]
pub(super) trait Mistake: fmt::Debug + Send + Sync + 'static {
    async fn load(
        &self,
        right: &dyn Store,
        tenant: &TenantId,
        threads: &[Thread],
    ) -> Result<Vec<Conversation>, Error> {
        right.load(tenant, threads).await
    }

    async fn commit(&self, right: &dyn Store, change: Change) -> Result<Commit, Error> {
        right.commit(change).await
    }

    /// What is claimed, after the right store gave it out.
    fn claimed(&self, _claim: &mut Claim) {}

    async fn defer(&self, right: &dyn Store, deferral: Deferral) -> Result<Commit, Error> {
        right.defer(deferral).await
    }

    fn due(&self, _due: &mut Due) {}
}

#[derive(Debug)]
struct Wrong<M> {
    right: Arc<dyn Store>,
    mistake: M,
}

#[async_trait]
impl<M: Mistake> Store for Wrong<M> {
    async fn load(
        &self,
        tenant: &TenantId,
        threads: &[Thread],
    ) -> Result<Vec<Conversation>, Error> {
        self.mistake.load(&*self.right, tenant, threads).await
    }

    async fn commit(&self, change: Change) -> Result<Commit, Error> {
        self.mistake.commit(&*self.right, change).await
    }

    async fn claim(
        &self,
        tenant: &TenantId,
        served: &[Served],
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<Claim>, Error> {
        let mut claim = self.right.claim(tenant, served, now, lease).await?;
        if let Some(claim) = &mut claim {
            self.mistake.claimed(claim);
        }
        Ok(claim)
    }

    async fn defer(&self, deferral: Deferral) -> Result<Commit, Error> {
        self.mistake.defer(&*self.right, deferral).await
    }

    async fn due(&self, tenant: &TenantId, now: DateTime<Utc>, limit: usize) -> Result<Due, Error> {
        let mut due = self.right.due(tenant, now, limit).await?;
        self.mistake.due(&mut due);
        Ok(due)
    }

    async fn changed(&self, tenant: &TenantId) {
        self.right.changed(tenant).await;
    }
}

/// A store with a mistake in every process.
pub(super) fn store<M: Mistake>(mistake: impl Fn() -> M + Send + 'static) -> Bug {
    Bug::of(move |parts| {
        let right = Arc::clone(&parts.store);
        parts.store = Arc::new(Wrong { right, mistake: mistake() });
    })
}

/// Changes every page of events, and what every webhook says, on the way in.
type Misreading = dyn Fn(&mut Vec<Event>, bool) + Send + Sync;

/// A source that is read wrongly. The flag tells a feed's page from a webhook's events.
struct Misread<T: ?Sized> {
    right: Arc<T>,
    change: Arc<Misreading>,
}

impl<T: ?Sized> fmt::Debug for Misread<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Misread").finish_non_exhaustive()
    }
}

#[async_trait]
impl Feed for Misread<dyn Feed> {
    fn capabilities(&self) -> FeedCapabilities {
        self.right.capabilities()
    }

    async fn pull(&self, scope: &Scope, after: Option<&Cursor>) -> Result<Page, Error> {
        let mut page = self.right.pull(scope, after).await?;
        (self.change)(&mut page.events, true);
        Ok(page)
    }
}

impl Webhook for Misread<dyn Webhook> {
    fn receive(
        &self,
        request: &http::Request<bytes::Bytes>,
        now: DateTime<Utc>,
    ) -> Result<Received, Rejection> {
        let mut received = self.right.receive(request, now)?;
        (self.change)(&mut received.events, false);
        Ok(received)
    }
}

/// Puts a change of events into every feed and webhook.
pub(super) fn events(change: impl Fn(&mut Vec<Event>, bool) + Send + Sync + 'static) -> Bug {
    let change: Arc<Misreading> = Arc::new(change);
    Bug::of(move |parts: &mut Parts| {
        let feed = |right: Arc<dyn Feed>| -> Arc<dyn Feed> {
            Arc::new(Misread { right, change: Arc::clone(&change) })
        };
        let webhook = |right: Arc<dyn Webhook>| -> Arc<dyn Webhook> {
            Arc::new(Misread { right, change: Arc::clone(&change) })
        };
        parts.desk_feed = feed(Arc::clone(&parts.desk_feed));
        parts.desk_webhook = webhook(Arc::clone(&parts.desk_webhook));
        parts.channel_feed = parts.channel_feed.take().map(feed);
        parts.channel_webhook = parts.channel_webhook.take().map(webhook);
    })
}
