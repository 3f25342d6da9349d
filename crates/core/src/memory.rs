//! A store in memory: for tests, for trying things out, and to measure other stores against.

mod archive;
mod claim;
mod commit;
mod heads;
mod shelf;

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::id::TenantId;
use crate::session::Conversation;
use crate::store::{Change, Claim, Commit, Deferral, Due, Served, Store};
use crate::thread::Thread;

use shelf::Shelf;

/// A [`Store`] and [`Archive`](crate::archive::Archive) that forgets everything with the process.
///
/// Clones share what is kept.
#[derive(Clone, Default)]
pub struct MemoryStore {
    shelves: Arc<Mutex<HashMap<TenantId, Shelf>>>,
    changed: Arc<event_listener::Event>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `action` on what is kept for `tenant`.
    fn with<T>(&self, tenant: &TenantId, action: impl FnOnce(&mut Shelf) -> T) -> T {
        let mut shelves = self.lock();
        if let Some(shelf) = shelves.get_mut(tenant) {
            return action(shelf);
        }
        action(shelves.entry(tenant.clone()).or_default())
    }

    /// A panic while the lock is held can only come from a broken invariant of ours; what it leaves
    /// is no worse for the next caller than for this one.
    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, Shelf>> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn load(
        &self,
        tenant: &TenantId,
        threads: &[Thread],
    ) -> Result<Vec<Conversation>, Error> {
        Ok(self.with(tenant, |shelf| shelf.load(threads)))
    }

    async fn commit(&self, change: Change) -> Result<Commit, Error> {
        let tenant = change.tenant.clone();
        let done = self.with(&tenant, |shelf| shelf.commit(change));
        if done == Commit::Done {
            self.changed.notify(usize::MAX);
        }
        Ok(done)
    }

    async fn claim(
        &self,
        tenant: &TenantId,
        served: &[Served],
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<Claim>, Error> {
        Ok(self.with(tenant, |shelf| shelf.claim(tenant, served, now, lease)))
    }

    async fn defer(&self, deferral: Deferral) -> Result<Commit, Error> {
        let tenant = deferral.lease.tenant.clone();
        let done = self.with(&tenant, |shelf| shelf.defer(deferral));
        self.changed.notify(usize::MAX);
        Ok(done)
    }

    async fn due(&self, tenant: &TenantId, now: DateTime<Utc>, limit: usize) -> Result<Due, Error> {
        Ok(self.with(tenant, |shelf| shelf.due(now, limit)))
    }

    /// Written out, because it listens from the moment it is called and not from its first poll.
    fn changed<'a, 'b, 'c>(
        &'a self,
        _tenant: &'b TenantId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'c>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(self.changed.listen())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
