//! A store that keeps every promise but one.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Waker};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::Account;
use handover_core::error::{Error, ErrorKind};
use handover_core::feed::Scope;
use handover_core::id::{AccountId, ChannelId, EventId, TenantId};
use handover_core::job::{Destination, Withheld, Work};
use handover_core::memory::MemoryStore;
use handover_core::message::Updated;
use handover_core::session::{Conversation, Resolver, SessionState};
use handover_core::store::{Change, Claim, Commit, Deferral, Due, Served, Store};
use handover_core::thread::Thread;

use super::defect::Defect;
use super::notes::Notes;

pub(crate) struct Broken {
    pub(super) inner: MemoryStore,
    defect: Defect,
    reopened: bool,
    fails_at: Arc<AtomicU32>,
    claimers: AtomicU32,
    notes: Mutex<Notes>,
}

impl Broken {
    pub(crate) fn new(
        inner: MemoryStore,
        defect: Defect,
        reopened: bool,
        fails_at: Arc<AtomicU32>,
    ) -> Self {
        let notes = Mutex::default();
        Self { inner, defect, reopened, fails_at, claimers: AtomicU32::new(0), notes }
    }

    pub(super) fn has(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    pub(super) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap()
    }

    /// Spoils a change before it is made.
    fn spoil(&self, change: &mut Change) {
        let Change { tenant, now, .. } = change.clone();
        let mut notes = self.notes();
        if let Some(event) = &mut change.event {
            let known = notes.seen.entry(event.clone()).or_insert((tenant, now));
            let is_old = now - known.1 > TimeDelta::days(1);
            if is_old && self.has(Defect::ForgetsAfterADay) {
                *event = EventId::new("again", event.as_str());
            }
            let version = event.as_str().split_once(' ').map_or("", |(_, version)| version);
            if version.contains('T') && self.has(Defect::OwnInNumberedVersionsOnly) {
                *event = EventId::new("other", event.as_str().replace(' ', "~"));
            }
        }
        if let Some(case) = change.conversation.as_mut().and_then(|one| one.case.as_mut())
            && self.has(Defect::BumpsEveryCase)
        {
            notes.cases += 1;
            case.case.number = Some(notes.cases.to_string().into());
        }
        if change.event.is_some() && self.has(Defect::DropsPokesBesideEvents) {
            change.pokes.clear();
        }
        let all_sends = change.jobs.len() > 2
            && change.jobs.iter().all(|job| matches!(job.work, Work::Send { .. }));
        if self.has(Defect::ReversesSends) && all_sends {
            change.jobs.reverse();
        }
        if self.has(Defect::PokesDuringAReadingAreLost) {
            let is_free = |poke: &_| !notes.reading.contains(poke);
            change.pokes.retain(|poke| poke.1 == Scope::All || is_free(poke));
        }
        if let Some(settle) = &mut change.settle {
            settle.uncertain &= !self.has(Defect::UncertainIsGone);
            let read = notes.read_under(&settle.lease);
            if let (Some(read), Some(cursor)) = (&read, &settle.cursor) {
                notes.cursors.insert(read.0.clone(), cursor.clone());
            }
            notes.reading.retain(|scope| Some(scope) != read.as_ref());
        }
        for update in &mut change.updates {
            if let (Updated::Delivery { part, delivery }, true) =
                (&update.what, self.has(Defect::ReceiptsAsTheyCome))
            {
                update.what = Updated::Decided { part: *part, delivery: delivery.clone() };
            }
        }
    }

    /// What a broken store says before it has even looked.
    fn refusal(&self, change: &Change) -> Option<Commit> {
        let notes = self.notes();
        let seen = change.event.as_ref().and_then(|event| notes.seen.get(event));
        if self.has(Defect::SeenByAll) && seen.is_some_and(|(whose, _)| *whose != change.tenant) {
            return Some(Commit::Seen);
        }
        let lease = change.settle.as_ref().and_then(|settle| notes.leases.get(&settle.lease));
        let is_late = lease.is_some_and(|(until, _)| *until < change.now);
        (is_late && self.has(Defect::LateIsLost)).then_some(Commit::Lost)
    }

    /// Fails if the fixture says so.
    async fn fail(&self, change: &Change) -> Result<(), Error> {
        if self.fails_at.swap(u32::MAX, Ordering::SeqCst) >= WRITES {
            return Ok(());
        }
        if self.has(Defect::FailsHalfWay) {
            self.inner.commit(Change { event: change.event.clone(), ..empty(change) }).await?;
        }
        Err(Error::later(ErrorKind::Unavailable, "the disk is full"))
    }

    /// What a broken store makes of a refusal.
    async fn after(&self, change: Change, commit: Commit) -> Result<Commit, Error> {
        match commit {
            Commit::Stale if self.has(Defect::StaleIsSeen) => {
                self.inner.commit(Change { event: change.event.clone(), ..empty(&change) }).await?;
                Ok(commit)
            }
            Commit::Lost if self.has(Defect::StaleBeforeLost) => {
                let Some(Conversation { session, .. }) = change.conversation else {
                    return Ok(commit);
                };
                let name = [Thread::session(session.id)];
                let found = self.inner.load(&change.tenant, &name).await?;
                let is_stale = found.iter().any(|one| one.session.version != session.version);
                Ok(if is_stale { Commit::Stale } else { commit })
            }
            Commit::Stale if self.has(Defect::TakesOverThreads) => {
                let Some(Conversation { session, .. }) = &change.conversation else {
                    return Ok(commit);
                };
                let thread = session.reply_thread.clone();
                for mut open in self.inner.load(&change.tenant, &[thread]).await? {
                    if open.session.id == session.id {
                        return Ok(commit);
                    }
                    let by = Resolver::Inactivity;
                    open.session.state = SessionState::Resolved { at: change.now, by };
                    let conversation = Some(open);
                    self.inner.commit(Change { conversation, ..empty(&change) }).await?;
                }
                self.inner.commit(change).await
            }
            Commit::Done if self.has(Defect::ReleasesTheRest) => {
                if let Some(settle) = change.settle {
                    self.inner.defer(Deferral::release(settle.lease, change.now)).await?;
                }
                Ok(commit)
            }
            commit => Ok(commit),
        }
    }

    /// Spoils what a worker says it serves.
    fn spoil_served(&self, served: &[Served]) -> Vec<Served> {
        let mut served = served.to_vec();
        let media = Destination::Media(ChannelId::new("sms").unwrap());
        let own = Account::new(AccountId::new("files").unwrap());
        for one in &mut served {
            if self.has(Defect::IgnoresTheBatch) {
                one.batch = 100;
            }
            let free = if one.account.per_second.is_some() {
                self.has(Defect::FilesAreFree)
            } else {
                self.has(Defect::FilesIgnorePauses)
            };
            if one.destination == media && free {
                one.account = own.clone();
            }
        }
        let none = !served.is_empty() && served.iter().all(|one| one.destination != media);
        if self.has(Defect::ServesFilesToAll) && none {
            served.push(Served { destination: media, account: own, batch: 1 });
        }
        served
    }

    /// Spoils a claim after it was made.
    fn spoil_claim(&self, claim: &mut Claim, now: DateTime<Utc>) {
        let fenced = claim.jobs[0].fence.is_some();
        let is_answer = matches!(claim.jobs[0].work, Work::Answer { .. });
        match (self.defect, claim.withheld) {
            (Defect::AnswersUnfenced, Some(Withheld::Overtaken)) if is_answer => {
                claim.withheld = None;
            }
            (Defect::OptOutForRepliesOnly, Some(Withheld::OptedOut)) if fenced => {
                claim.withheld = None;
            }
            (Defect::CursorsAreLostOnRestart, _) if self.reopened => claim.cursor = None,
            _ => {}
        }
        for job in &mut claim.jobs {
            if self.has(Defect::FirstAttemptIsTheLast) {
                job.first_at = Some(now);
            }
            if self.has(Defect::StampsTheWallClock) {
                job.created_at = SystemTime::now().into();
            }
        }
        let mut notes = self.notes();
        if self.has(Defect::CursorOfTheLost)
            && let Some((source, Scope::All)) = notes.read_under(&claim.lease)
        {
            claim.cursor = notes.cursors.get(&source).cloned().or_else(|| claim.cursor.take());
        }
        if let Some(conversation) = &mut claim.conversation {
            self.strip(conversation);
            let first = notes.conversations.entry(conversation.session.id);
            let first = first.or_insert_with(|| conversation.clone()).clone();
            if self.has(Defect::ShowsTheFirstConversation) {
                *conversation = first;
            }
        }
    }

    fn strip(&self, conversation: &mut Conversation) {
        if let Some(case) = conversation.case.as_mut().filter(|_| self.has(Defect::BumpsEveryCase))
        {
            case.case.number = None;
        }
    }
}

#[async_trait]
impl Store for Broken {
    async fn load(
        &self,
        tenant: &TenantId,
        threads: &[Thread],
    ) -> Result<Vec<Conversation>, Error> {
        let mut found = self.inner.load(tenant, threads).await?;
        found.iter_mut().for_each(|conversation| self.strip(conversation));
        if self.has(Defect::FindsTheFirstOnly) {
            found.truncate(1);
        }
        Ok(found)
    }

    async fn commit(&self, mut change: Change) -> Result<Commit, Error> {
        self.spoil(&mut change);
        if let Some(refusal) = self.refusal(&change) {
            return Ok(refusal);
        }
        self.fail(&change).await?;
        let mut second = empty(&change);
        if self.has(Defect::CommitsInTwoSteps) {
            std::mem::swap(&mut second.pokes, &mut change.pokes);
        }
        let commit = self.inner.commit(change.clone()).await?;
        if commit == Commit::Done && !second.pokes.is_empty() {
            tokio::task::yield_now().await;
            self.inner.commit(second).await?;
        }
        self.after(change, commit).await
    }

    async fn claim(
        &self,
        tenant: &TenantId,
        served: &[Served],
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<Claim>, Error> {
        if self.has(Defect::SharesAmongMany) {
            let crowd = Crowd::join(&self.claimers);
            tokio::task::yield_now().await;
            let last = self.notes().last.clone();
            if crowd.is_crowd() && last.is_some() {
                return Ok(last);
            }
        }
        let mut served = self.spoil_served(served);
        if self.has(Defect::FilesFirst) {
            let is_media = |one: &Served| matches!(one.destination, Destination::Media(_));
            let first: Vec<_> = served.iter().filter(|one| is_media(one)).cloned().collect();
            if let Some(claim) = self.inner.claim(tenant, &first, now, lease).await? {
                return Ok(Some(claim));
            }
            served.retain(|one| !is_media(one));
        }
        let Some(mut claim) = self.inner.claim(tenant, &served, now, lease).await? else {
            return Ok(None);
        };
        self.notes().claimed(&claim, now + lease);
        self.spoil_claim(&mut claim, now);
        Ok(Some(claim))
    }

    async fn defer(&self, mut deferral: Deferral) -> Result<Commit, Error> {
        deferral.counted |= self.has(Defect::CountsReleases);
        if let Some(pause) = deferral.pause.as_mut().filter(|_| self.has(Defect::PausesEndAlone)) {
            pause.until.get_or_insert(deferral.now + TimeDelta::days(365));
        }
        if !deferral.parked && self.has(Defect::FailuresHaveNoReason) {
            deferral.reason = None;
        }
        let lease = self.notes().leases.get(&deferral.lease).cloned();
        let is_over = lease.is_some_and(|(until, _)| until < deferral.now);
        match self.inner.defer(deferral).await? {
            Commit::Lost if is_over && self.has(Defect::DefersForTheLost) => Ok(Commit::Done),
            commit => Ok(commit),
        }
    }

    async fn due(&self, tenant: &TenantId, now: DateTime<Utc>, limit: usize) -> Result<Due, Error> {
        let limit = if self.has(Defect::DueHasNoLimit) { usize::MAX } else { limit };
        let mut due = self.inner.due(tenant, now, limit).await?;
        if self.has(Defect::FirstThreadOnly) {
            let mut found = Vec::new();
            for event in due.events {
                if !self.inner.load(tenant, &event.threads[..1]).await?.is_empty() {
                    found.push(event);
                }
            }
            due.events = found;
        }
        Ok(due)
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
        if self.has(Defect::WakesNobody) {
            return Box::pin(std::future::pending());
        }
        let mut listening = self.inner.changed(tenant);
        let mut context = Context::from_waker(Waker::noop());
        if listening.as_mut().poll(&mut context).is_ready() {
            return Box::pin(std::future::ready(()));
        }
        listening
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broken").field("defect", &self.defect).finish_non_exhaustive()
    }
}

/// Counts those who claim at the same time.
struct Crowd<'a>(&'a AtomicU32);

impl<'a> Crowd<'a> {
    fn join(claimers: &'a AtomicU32) -> Self {
        claimers.fetch_add(1, Ordering::SeqCst);
        Self(claimers)
    }

    fn is_crowd(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 1
    }
}

impl Drop for Crowd<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn empty(change: &Change) -> Change {
    Change::new(change.tenant.clone(), change.now)
}

/// How many writes a commit of this store is said to have.
const WRITES: u32 = 3;
