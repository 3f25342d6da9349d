//! What two processes on one database could do to each other, each as a trial that tells what went
//! wrong. The right store passes them all; each mutant fails the one that is named beside it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use handover_core::archive::Archive;
use handover_core::channel::Account;
use handover_core::event::{Author, Event, Fact, Source};
use handover_core::feed::Scope;
use handover_core::id::{AccountId, DeskId, EventId};
use handover_core::job::{Destination, Lane, NewJob, Work};
use handover_core::store::{Change, Claim, Commit, Consent, Served, Settle, Store};
use handover_core::thread::Thread;

use super::place::Place;
use crate::Postgres;
use crate::tests::support::{LEASE, at, channel, event, opening, served, session, tenant};

/// Two stores on one database, as in two processes.
pub(super) struct Pair {
    pub(super) one: Arc<Postgres>,
    pub(super) other: Arc<Postgres>,
}

/// Nothing, or what went wrong.
pub(super) type Verdict = Result<(), String>;

impl Pair {
    pub(super) async fn open(place: &Place) -> Self {
        Self { one: place.open().await, other: place.open().await }
    }

    /// Makes two changes at the same time.
    async fn commit(&self, one: Change, other: Change) -> (Commit, Commit) {
        let (first, second) = (Arc::clone(&self.one), Arc::clone(&self.other));
        let first = tokio::spawn(async move { first.commit(one).await.unwrap() });
        let second = tokio::spawn(async move { second.commit(other).await.unwrap() });
        (first.await.unwrap(), second.await.unwrap())
    }
}

/// Two messages of a new customer open one conversation, whoever takes them in.
pub(super) async fn a_thread_has_one_open_session(pair: &Pair) -> Verdict {
    for round in 0..ROUNDS {
        let (mut one, mut other) = (opening(2 * round, at(0)), opening(2 * round + 1, at(0)));
        let thread = Thread::channel(&channel(), format!("customer {round}"));
        for change in [&mut one, &mut other] {
            change.conversation.as_mut().unwrap().session.reply_thread = thread.clone();
            change.threads = vec![thread.clone()];
        }
        let ends = pair.commit(one, other).await;
        if !matches!(ends, (Commit::Done, Commit::Stale) | (Commit::Stale, Commit::Done)) {
            return Err(format!("two conversations on one thread: {ends:?}"));
        }
    }
    Ok(())
}

/// A fact that two processes are told of is handled by one of them.
pub(super) async fn an_event_is_handled_once(pair: &Pair) -> Verdict {
    for round in 0..ROUNDS {
        let address = session(round, at(0)).customer.value;
        let consent = Consent {
            channel: channel(),
            address,
            allowed: false,
            at: at(0),
            source: "STOP".into(),
        };
        let change = Change {
            event: Some(event(round)),
            consent: vec![consent],
            ..Change::new(tenant(), at(0))
        };
        let ends = pair.commit(change.clone(), change).await;
        if !matches!(ends, (Commit::Done, Commit::Seen) | (Commit::Seen, Commit::Done)) {
            return Err(format!("an event was handled twice: {ends:?}"));
        }
    }
    Ok(())
}

/// What is queued behind a job that is just being settled has its turn.
pub(super) async fn a_lane_never_loses_its_head(pair: &Pair) -> Verdict {
    let feed = (Source::Desk(desk()), Scope::All);
    let poke = || Change { pokes: vec![feed.clone()], ..Change::new(tenant(), at(0)) };
    let read = [served_by(Destination::Feed(Source::Desk(desk())), None)];
    pair.one.commit(poke()).await.unwrap();
    for round in 0..ROUNDS {
        let claim = pair.one.claim(&tenant(), &read, at(0), LEASE).await.unwrap();
        let Some(claim) = claim else { return Err(format!("a lane stands still, round {round}")) };
        pair.commit(ending(&claim), poke()).await;
    }
    Ok(())
}

/// Whoever settles late, and whoever claims again, never both have the job.
pub(super) async fn a_job_is_settled_or_claimed_again(pair: &Pair) -> Verdict {
    for round in 0..ROUNDS {
        pair.one.commit(opening(round, at(0))).await.unwrap();
        let late = pair.one.claim(&tenant(), &served(), at(0), LEASE).await.unwrap().unwrap();
        let (one, change) = (Arc::clone(&pair.one), ending(&late));
        let settled = tokio::spawn(async move { one.commit(change).await.unwrap() });
        let other = Arc::clone(&pair.other);
        let claimed =
            tokio::spawn(
                async move { other.claim(&tenant(), &served(), at(61), LEASE).await.unwrap() },
            );
        match (settled.await.unwrap(), claimed.await.unwrap()) {
            (Commit::Done, None) => {}
            (Commit::Lost, Some(again)) => {
                pair.other.commit(ending(&again)).await.unwrap();
            }
            (Commit::Lost, None) => return Err("a job is nobody's".into()),
            (_, again) => {
                let again = again.map(|claim| claim.jobs[0].id);
                return Err(format!("a job was settled, and claimed again: {again:?}"));
            }
        }
    }
    Ok(())
}

/// Many claimers of two processes never get the same job.
pub(super) async fn no_job_is_claimed_by_two(pair: &Pair) -> Verdict {
    for number in 0..200 {
        pair.one.commit(opening(number, at(0))).await.unwrap();
    }
    let stores = [&pair.one, &pair.other];
    let claimers: Vec<_> = (0..32)
        .map(|n| {
            let store = Arc::clone(stores[n % 2]);
            tokio::spawn(async move {
                let mut taken = Vec::new();
                let served = served();
                while let Some(claim) = store.claim(&tenant(), &served, at(1), LEASE).await.unwrap()
                {
                    taken.extend(claim.jobs.into_iter().map(|job| job.id));
                }
                taken
            })
        })
        .collect();
    let mut all = HashSet::new();
    for claimer in claimers {
        for job in claimer.await.unwrap() {
            if !all.insert(job) {
                return Err(format!("{job:?} was given out twice"));
            }
        }
    }
    if all.len() < 200 { Err(format!("only {} jobs were given out", all.len())) } else { Ok(()) }
}

/// What an account takes a second is shared by all processes.
pub(super) async fn a_budget_is_shared(pair: &Pair) -> Verdict {
    let on_budget = [served_by(Destination::Assistant, Some(2.0))];
    for number in 0..3 * ROUNDS {
        pair.one.commit(opening(number, at(0))).await.unwrap();
    }
    for round in 0..ROUNDS {
        // A long rest, after which two at once are allowed.
        let now = at(60 * i64::try_from(round).unwrap());
        let stores = [&pair.one, &pair.other];
        let claimers: Vec<_> = (0..8)
            .map(|n| {
                let (store, served) = (Arc::clone(stores[n % 2]), on_budget.clone());
                let long = Duration::from_secs(86_400);
                tokio::spawn(
                    async move { store.claim(&tenant(), &served, now, long).await.unwrap() },
                )
            })
            .collect();
        let mut count = 0;
        for claimer in claimers {
            count += usize::from(claimer.await.unwrap().is_some());
        }
        if count != 2 {
            return Err(format!("{count} calls at once on an account that takes two"));
        }
    }
    Ok(())
}

/// An event that belongs nowhere comes back when its conversation begins at the same moment.
pub(super) async fn an_unrouted_event_finds_its_session(pair: &Pair) -> Verdict {
    for round in 0..ROUNDS {
        let change = opening(round, at(0));
        let stranded = Event {
            id: EventId::new("late", round),
            at: at(0),
            source: Source::Channel(channel()),
            threads: change.threads.clone(),
            author: Author::Person,
            fact: Fact::CaseStatus(handover_core::desk::CaseStatus::Open),
        };
        let id = stranded.id.clone();
        let strand = Change { unrouted: Some(stranded), ..Change::new(tenant(), at(0)) };
        pair.commit(change, strand).await;
        let due = pair.one.due(&tenant(), at(0), 10).await.unwrap().events;
        if !due.iter().any(|event| event.id == id) {
            return Err(format!("an event was not told of its session, round {round}"));
        }
        let handled = Change { event: Some(id), ..Change::new(tenant(), at(0)) };
        pair.one.commit(handled).await.unwrap();
    }
    Ok(())
}

/// Two parts of one conversation are numbered by one of two who write at the same time.
pub(super) async fn a_conversation_is_changed_by_one_at_a_time(pair: &Pair) -> Verdict {
    let first = opening(1, at(0));
    let id = first.conversation.as_ref().unwrap().session.id;
    pair.one.commit(first).await.unwrap();
    for round in 0..ROUNDS {
        let mut found = pair.one.load(&tenant(), &[Thread::session(id)]).await.unwrap();
        let lane = Lane::session(id, Destination::Channel(channel()));
        let job = NewJob::new(lane, Work::Send { seq: 1, part: 0, again: 0 });
        let change =
            Change { conversation: found.pop(), jobs: vec![job], ..Change::new(tenant(), at(0)) };
        let ends = pair.commit(change.clone(), change).await;
        if !matches!(ends, (Commit::Done, Commit::Stale) | (Commit::Stale, Commit::Done)) {
            return Err(format!("two changes of one version: {ends:?}, round {round}"));
        }
    }
    let jobs = pair.one.counts(&tenant()).await.unwrap().jobs;
    if jobs != ROUNDS as u64 + 1 { Err(format!("{jobs} jobs of {ROUNDS} changes")) } else { Ok(()) }
}

pub(super) fn ending(claim: &Claim) -> Change {
    let jobs = claim.jobs.iter().map(|job| job.id).collect();
    let lease = claim.lease.clone();
    let settle = Some(Settle { lease, jobs, uncertain: false, cursor: None });
    Change { settle, ..Change::new(tenant(), at(0)) }
}

fn served_by(destination: Destination, per_second: Option<f64>) -> Served {
    let id = AccountId::new("one").unwrap();
    Served { destination, account: Account { id, per_second }, batch: 1 }
}

fn desk() -> DeskId {
    DeskId::new("creatio").unwrap()
}

/// How often each is tried.
const ROUNDS: usize = 60;
