//! Drives a relay on tokio: the only place that spawns and sleeps.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use handover_core::error::Error;
use handover_core::event::Source;
use handover_core::feed::Scope;
use handover_core::id::AccountId;
use handover_core::store::{Claim, Served};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use crate::relay::Relay;

/// How a relay is driven.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How many claims are worked on at once, for each account at a provider.
    pub concurrency: usize,
    /// How long a stop waits for calls that are under way.
    pub grace: Duration,
    /// How often each feed is read although nobody said that there is something to read.
    pub poll: Vec<(Source, Duration)>,
}

/// The longest sleep: what another process has changed is noticed at least that often.
const LONGEST_NAP: Duration = Duration::from_secs(5);

/// The shortest sleep while budgeted work may be waiting.
const SHORTEST_NAP: Duration = Duration::from_millis(20);

/// How long after the last work more of it may be waiting for a budget.
const BUSY: Duration = Duration::from_secs(60);

/// How often time is looked at while there is always something else to do.
const TICK: Duration = Duration::from_millis(200);

/// The pause after the store has failed.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

impl Default for Options {
    fn default() -> Self {
        Self { concurrency: 8, grace: Duration::from_secs(20), poll: Vec::new() }
    }
}

impl Options {
    /// Reads the feed of `source` every `interval`.
    #[must_use]
    pub fn poll(mut self, source: Source, interval: Duration) -> Self {
        self.poll.push((source, interval));
        self
    }

    /// Works on `claims` claims at once, for each account at a provider.
    #[must_use]
    pub fn concurrency(mut self, claims: usize) -> Self {
        self.concurrency = claims.max(1);
        self
    }
}

/// Runs the relay until `stop` is ready, then finishes what is under way and returns.
///
/// Each account at a provider has slots of its own, so that one that is slow holds back no other.
/// What is not finished within the grace period is put back as tried.
pub async fn run(relay: Relay, options: Options, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    let slots = Slots::new(&relay, options.concurrency);
    let (too_late, is_too_late) = watch::channel(false);
    let mut working = JoinSet::new();
    let mut polling = JoinSet::new();
    for (source, interval) in options.poll {
        polling.spawn(poll(relay.clone(), source, interval));
    }
    retry(|| relay.resume_accounts(), &mut stop).await;
    let mut pace = Pace::default();
    loop {
        while working.try_join_next().is_some() {}
        let parts = Arc::clone(&relay.parts);
        let mut changed = pin!(parts.store.changed(&parts.tenant));
        // Registers the interest before the store is asked, so that no change falls between.
        let has_changed = futures_util::poll!(changed.as_mut()).is_ready();
        let free = slots.free(&relay);
        let is_full = free.len() < relay.parts.served.len();
        let nap = match pace.next(&relay, &free).await {
            Next::Work(claim) => {
                let slot = slots.take(&relay, &claim);
                let (relay, is_too_late) = (relay.clone(), is_too_late.clone());
                working.spawn(async move {
                    work(&relay, claim, is_too_late).await;
                    drop(slot);
                });
                Duration::ZERO
            }
            Next::Nap(nap) => nap,
        };
        tokio::select! {
            biased;
            () = &mut stop => break,
            () = std::future::ready(()), if nap.is_zero() || has_changed => {}
            () = changed, if !has_changed => {}
            Some(_) = working.join_next(), if is_full => {}
            () = tokio::time::sleep(nap) => {}
        }
    }
    polling.shutdown().await;
    let deadline = Instant::now() + options.grace;
    while let Ok(Some(_)) = tokio::time::timeout_at(deadline, working.join_next()).await {}
    too_late.send_replace(true);
    while working.join_next().await.is_some() {}
}

/// How many claims may be worked on at once, account by account.
struct Slots(BTreeMap<AccountId, Arc<Semaphore>>);

impl Slots {
    fn new(relay: &Relay, each: usize) -> Self {
        let accounts = relay.parts.accounts().into_iter();
        Self(accounts.map(|account| (account, Arc::new(Semaphore::new(each)))).collect())
    }

    /// What may be claimed now.
    fn free(&self, relay: &Relay) -> Vec<Served> {
        let has_slot = |served: &&Served| {
            self.0.get(&served.account.id).is_some_and(|slots| slots.available_permits() > 0)
        };
        relay.parts.served.iter().filter(has_slot).cloned().collect()
    }

    /// A slot of the account that the claim's calls count against.
    fn take(&self, relay: &Relay, claim: &Claim) -> Option<OwnedSemaphorePermit> {
        let destination = &claim.jobs.first()?.lane.destination;
        let served = relay.parts.served.iter().find(|s| s.destination == *destination)?;
        Arc::clone(self.0.get(&served.account.id)?).try_acquire_owned().ok()
    }
}

enum Next {
    Nap(Duration),
    Work(Box<Claim>),
}

/// When time was last looked at, and when something is due next.
#[derive(Default)]
struct Pace {
    ticked: Option<Instant>,
    due: Option<Instant>,
    /// When work was last found.
    found: Option<Instant>,
}

impl Pace {
    async fn next(&mut self, relay: &Relay, free: &[Served]) -> Next {
        if self.ticked.is_none_or(|at| at.elapsed() >= TICK)
            && let Err(error) = self.tick(relay).await
        {
            return failed(&error);
        }
        match relay.claim_of(free).await {
            Ok(Some(claim)) => {
                self.found = Some(Instant::now());
                return Next::Work(Box::new(claim));
            }
            Ok(None) => {}
            Err(error) => return failed(&error),
        }
        // Nothing to do now: when will there be?
        if let Err(error) = self.tick(relay).await {
            return failed(&error);
        }
        let until = self.due.map(|due| due.saturating_duration_since(Instant::now()));
        Next::Nap(until.unwrap_or(LONGEST_NAP).min(self.longest_nap(free)))
    }

    /// Where calls are budgeted, work may be waiting for the next one, as long as there was some
    /// lately. The store knows when a budget is spent, not when somebody would want it.
    fn longest_nap(&self, free: &[Served]) -> Duration {
        let was_busy = self.found.is_some_and(|found| found.elapsed() < BUSY);
        let rates = free.iter().filter_map(|served| served.account.per_second);
        let next =
            rates.filter(|_| was_busy).map(|rate| Duration::from_secs_f64(1.0 / rate.max(0.2)));
        next.min().unwrap_or(LONGEST_NAP).clamp(SHORTEST_NAP, LONGEST_NAP)
    }

    async fn tick(&mut self, relay: &Relay) -> Result<(), Error> {
        let due = relay.tick().await?;
        let now = Instant::now();
        let until = due.map(|due| (due - relay.parts.now()).to_std().unwrap_or_default());
        self.due = until.map(|until| now + until.min(LONGEST_NAP));
        self.ticked = Some(now);
        Ok(())
    }
}

fn failed(error: &Error) -> Next {
    tracing::warn!(%error, "the store failed");
    Next::Nap(AFTER_FAILURE)
}

/// Does a claim. When the grace period of a stop is over, the jobs go back as tried.
async fn work(relay: &Relay, claim: Box<Claim>, mut is_too_late: watch::Receiver<bool>) {
    let lease = claim.lease.clone();
    let done = tokio::select! {
        done = relay.work(*claim) => done,
        // The sender outlives all work.
        () = async { drop(is_too_late.wait_for(|late| *late).await) } => relay.put_back(lease).await,
    };
    if let Err(error) = done {
        tracing::warn!(%error, "a job could not be settled: it comes back when its lease runs out");
    }
}

async fn poll(relay: Relay, source: Source, interval: Duration) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = relay.accept(Vec::new(), vec![(source.clone(), Scope::All)]).await {
            tracing::warn!(%error, "a feed could not be queued for reading");
        }
    }
}

async fn retry<F, T>(call: impl Fn() -> F, stop: &mut (impl Future<Output = ()> + Unpin))
where
    F: Future<Output = Result<T, Error>>,
{
    while let Err(error) = call().await {
        tracing::warn!(%error, "the store failed");
        tokio::select! {
            biased;
            () = &mut *stop => return,
            () = tokio::time::sleep(AFTER_FAILURE) => {}
        }
    }
}
