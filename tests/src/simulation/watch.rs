//! A store that is watched: what was committed, and what was given out after it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use handover_core::error::Error;
use handover_core::id::{SessionId, TenantId};
use handover_core::job::Work;
use handover_core::memory::MemoryStore;
use handover_core::session::Conversation;
use handover_core::store::{Change, Claim, Commit, Deferral, Due, Served, Store};
use handover_core::thread::Thread;

use super::gate::point;

/// A store with a point before and after each write, and a notebook.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) inner: MemoryStore,
    notes: Arc<Mutex<Notes>>,
}

/// What was committed, in the order of commits.
#[derive(Debug, Default)]
pub(super) struct Notes {
    epochs: HashMap<SessionId, u64>,
    allowed: HashMap<Box<str>, bool>,
    pub(super) violations: Vec<String>,
    /// What was claimed last.
    pub(super) last: std::collections::VecDeque<String>,
    pub(super) reached: BTreeMap<&'static str, u64>,
}

impl Watched {
    pub(super) fn new() -> Self {
        Self { inner: MemoryStore::new(), notes: Arc::default() }
    }

    pub(super) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap()
    }
}

impl Notes {
    pub(super) fn reach(&mut self, what: &'static str) {
        *self.reached.entry(what).or_default() += 1;
    }

    fn committed(&mut self, change: &Change) {
        if let Some(Conversation { session, .. }) = &change.conversation {
            self.epochs.insert(session.id, session.control.epoch);
        }
        for consent in &change.consent {
            self.allowed.insert(consent.address.clone(), consent.allowed);
        }
    }

    fn claimed(&mut self, claim: &Claim) {
        let names = claim.jobs.iter().map(|job| format!("{} {}", job.work.name(), job.attempts));
        self.last.extend(names);
        let excess = self.last.len().saturating_sub(8);
        self.last.drain(..excess);
        let Some(Conversation { session, .. }) = &claim.conversation else { return };
        if claim.withheld.is_some() {
            return self.reach("withheld at the claim");
        }
        for job in &claim.jobs {
            let is_stale =
                job.fence.is_some_and(|fence| self.epochs.get(&session.id) != Some(&fence));
            if is_stale {
                self.violations.push(format!("a stale {} was given out", job.work.name()));
            }
            let is_send = matches!(job.work, Work::Send { .. });
            if is_send && self.allowed.get(&session.customer.value) == Some(&false) {
                self.violations.push("a send to an opted-out customer was given out".into());
            }
            if job.tried {
                self.reach("a job came back as tried");
            }
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
        let found = self.inner.load(tenant, threads).await;
        point().await;
        found
    }

    async fn commit(&self, change: Change) -> Result<Commit, Error> {
        point().await;
        let seen = change.clone();
        let done = self.inner.commit(change).await;
        match &done {
            Ok(Commit::Done) => self.notes().committed(&seen),
            Ok(Commit::Lost) => self.notes().reach("a lease was lost"),
            Ok(Commit::Seen) => self.notes().reach("a fact came again"),
            Ok(Commit::Stale) => self.notes().reach("a decision was stale"),
            Err(_) => {}
        }
        point().await;
        done
    }

    async fn claim(
        &self,
        tenant: &TenantId,
        served: &[Served],
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<Claim>, Error> {
        let claim = self.inner.claim(tenant, served, now, lease).await;
        if let Ok(Some(claim)) = &claim {
            self.notes().claimed(claim);
            point().await;
        }
        claim
    }

    async fn defer(&self, deferral: Deferral) -> Result<Commit, Error> {
        point().await;
        self.inner.defer(deferral).await
    }

    async fn due(&self, tenant: &TenantId, now: DateTime<Utc>, limit: usize) -> Result<Due, Error> {
        self.inner.due(tenant, now, limit).await
    }

    async fn changed(&self, tenant: &TenantId) {
        self.inner.changed(tenant).await;
    }
}
