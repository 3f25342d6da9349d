//! A small world in a store, and short words to act in it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::archive::{Counts, JobView, Jobs};
use handover_core::channel::Account;
use handover_core::desk::Case;
use handover_core::event::{Holder, Source};
use handover_core::id::{
    AccountId, CaseId, ChannelId, ContactId, DeskId, EventId, Key, SessionId, TenantId,
};
use handover_core::identity::{Identity, Proof};
use handover_core::job::{Destination, Lane, NewJob, Work};
use handover_core::message::{Message, Speaker};
use handover_core::session::{
    CaseRecord, Control, Conversation, Resolver, Search, Session, SessionState,
};
use handover_core::store::{Change, Claim, Commit, Deferral, Served, Settle};
use handover_core::thread::Thread;

use super::{FullStore, StoreFixture};
use crate::violation::{Violation, ensure_eq};

/// How long the kit's claims are leased.
pub(super) const LEASE: Duration = Duration::from_mins(1);

/// One tenant in a store.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) store: Arc<dyn FullStore>,
    pub(super) tenant: TenantId,
}

/// Everything that can be seen of one session.
#[derive(Debug)]
pub(super) struct Picture {
    conversations: Vec<Conversation>,
    messages: Vec<Message>,
    jobs: Vec<JobView>,
    counts: Counts,
}

impl Scene {
    pub(super) async fn open(fixture: &dyn StoreFixture) -> Self {
        Self { store: fixture.open().await, tenant: tenant("acme") }
    }

    /// The same store, seen by another tenant.
    pub(super) fn of(&self, name: &str) -> Self {
        Self { store: Arc::clone(&self.store), tenant: tenant(name) }
    }

    /// A change of nothing at second `now`.
    pub(super) fn change(&self, now: i64) -> Change {
        Change::new(self.tenant.clone(), at(now))
    }

    /// A change of nothing that handles `event`.
    pub(super) fn event(&self, now: i64, event: &str) -> Change {
        Change { event: Some(event_id(event)), ..self.change(now) }
    }

    pub(super) async fn commit(&self, change: Change) -> Result<Commit, Violation> {
        Ok(self.store.commit(change).await?)
    }

    /// Commits what must be done.
    pub(super) async fn done(&self, change: Change) -> Result<(), Violation> {
        let commit = self.commit(change).await?;
        ensure_eq!(commit, Commit::Done, "a change that nothing stands against");
        Ok(())
    }

    /// A new session on the reply thread `name`, with one message, and `jobs` in their lanes.
    pub(super) async fn begin(
        &self,
        now: i64,
        name: &str,
        jobs: Vec<NewJob>,
    ) -> Result<SessionId, Violation> {
        let session = self.session(now, name);
        let id = session.id;
        self.done(Change { jobs, ..self.opening(now, session) }).await?;
        Ok(id)
    }

    /// The change that stores a new session with its first message and its thread.
    pub(super) fn opening(&self, now: i64, session: Session) -> Change {
        Change {
            log: vec![message(1, "hello", now)],
            threads: vec![session.reply_thread.clone()],
            conversation: Some(Conversation { session, case: None }),
            ..self.change(now)
        }
    }

    /// A session as it is before it is stored, with room for one message.
    pub(super) fn session(&self, now: i64, name: &str) -> Session {
        let identity = customer(name);
        Session {
            id: session_id(name),
            format: 0,
            version: 0,
            tenant: self.tenant.clone(),
            channel: sms(),
            desk: Some(desk()),
            hosted: false,
            state: SessionState::Open,
            created_at: at(now),
            last_at: at(now),
            reply_thread: reply_thread(name),
            name: None,
            contact: ContactId::derive(&self.tenant, &identity.scheme, &identity.value),
            customer: identity,
            opted_out: false,
            control: Control { holder: Holder::Assistant, epoch: 0 },
            next_seq: 2,
            asked: 0,
            answered: 0,
            entered: 0,
            appended: 0,
            case: None,
            cases: 0,
            parent: None,
            search: Search::Unasked,
            contact_on_case: false,
            handoff: None,
            files: Vec::new(),
            untold: Vec::new(),
            untold_until: None,
            closing: None,
            changes: 0,
            wake: None,
        }
    }

    /// Adds jobs for a session.
    pub(super) async fn queue(
        &self,
        now: i64,
        session: SessionId,
        jobs: Vec<NewJob>,
    ) -> Result<(), Violation> {
        let conversation = Some(self.load(session).await?);
        self.done(Change { conversation, jobs, ..self.change(now) }).await
    }

    /// The conversation of one session.
    pub(super) async fn load(&self, session: SessionId) -> Result<Conversation, Violation> {
        let found = self.find(&[Thread::session(session)]).await?;
        let own = found.into_iter().find(|one| one.session.id == session);
        own.ok_or_else(|| Violation::new("a session is not found under its own id"))
    }

    pub(super) async fn find(&self, threads: &[Thread]) -> Result<Vec<Conversation>, Violation> {
        Ok(self.store.load(&self.tenant, threads).await?)
    }

    /// The ids of the sessions behind `threads`, sorted.
    pub(super) async fn ids(&self, threads: &[Thread]) -> Result<Vec<SessionId>, Violation> {
        let found = self.find(threads).await?;
        let mut ids: Vec<_> = found.into_iter().map(|one| one.session.id).collect();
        ids.sort();
        Ok(ids)
    }

    /// Loads a session, changes it, and commits it.
    pub(super) async fn edit(
        &self,
        now: i64,
        session: SessionId,
        edit: impl FnOnce(&mut Conversation) + Send,
    ) -> Result<(), Violation> {
        let mut conversation = self.load(session).await?;
        edit(&mut conversation);
        let conversation = Some(conversation);
        self.done(Change { conversation, ..self.change(now) }).await
    }

    /// Claims anything that can be claimed.
    pub(super) async fn claim(&self, now: i64) -> Result<Option<Claim>, Violation> {
        self.claim_of(&everything(), now).await
    }

    pub(super) async fn claim_of(
        &self,
        served: &[Served],
        now: i64,
    ) -> Result<Option<Claim>, Violation> {
        Ok(self.store.claim(&self.tenant, served, at(now), LEASE).await?)
    }

    /// Claims what must be there.
    pub(super) async fn claimed(&self, now: i64) -> Result<Claim, Violation> {
        self.claimed_of(&everything(), now).await
    }

    pub(super) async fn claimed_of(&self, served: &[Served], now: i64) -> Result<Claim, Violation> {
        let claim = self.claim_of(served, now).await?;
        claim.ok_or_else(|| Violation::new(format!("nothing is claimable at second {now}")))
    }

    /// Sees that nothing can be claimed.
    pub(super) async fn idle(&self, now: i64, why: &str) -> Result<(), Violation> {
        let works = self.claim(now).await?.map(|claim| works(&claim));
        ensure_eq!(works, None, "{why}, at second {now}");
        Ok(())
    }

    /// Ends all jobs of a claim.
    pub(super) async fn settle(&self, now: i64, claim: &Claim) -> Result<Commit, Violation> {
        self.commit(Change { settle: Some(settlement(claim)), ..self.change(now) }).await
    }

    /// Claims what must be there and ends it.
    pub(super) async fn work(&self, now: i64) -> Result<Vec<Work>, Violation> {
        let claim = self.claimed(now).await?;
        ensure_eq!(self.settle(now, &claim).await?, Commit::Done, "a settlement in time");
        Ok(works(&claim))
    }

    pub(super) async fn defer(&self, deferral: Deferral) -> Result<Commit, Violation> {
        Ok(self.store.defer(deferral).await?)
    }

    /// Puts a claim back until second `until`, after an attempt without effect.
    pub(super) fn back_off(&self, claim: &Claim, now: i64, until: i64) -> Deferral {
        let lease = claim.lease.clone();
        Deferral { until: at(until), counted: true, ..Deferral::release(lease, at(now)) }
    }

    pub(super) async fn jobs(&self, which: Jobs) -> Result<Vec<JobView>, Violation> {
        Ok(self.store.jobs(&self.tenant, which, 100).await?)
    }

    pub(super) async fn messages(&self, session: SessionId) -> Result<Vec<Message>, Violation> {
        Ok(self.store.messages(&self.tenant, session, 0, 1000).await?)
    }

    pub(super) async fn counts(&self) -> Result<Counts, Violation> {
        Ok(self.store.counts(&self.tenant).await?)
    }

    /// Everything that can be seen of a session under all its names.
    pub(super) async fn picture(
        &self,
        session: SessionId,
        threads: &[Thread],
    ) -> Result<Picture, Violation> {
        let mut names = vec![Thread::session(session)];
        names.extend_from_slice(threads);
        let mut conversations = self.find(&names).await?;
        conversations.sort_by_key(|one| one.session.id);
        Ok(Picture {
            conversations,
            messages: self.messages(session).await?,
            jobs: self.jobs(Jobs::Session(session)).await?,
            counts: self.counts().await?,
        })
    }
}

impl Picture {
    /// Sees that everything is as `wanted`.
    pub(super) fn is(&self, wanted: &Self, when: &str) -> Result<(), Violation> {
        ensure_eq!(self.conversations, wanted.conversations, "conversations, {when}");
        ensure_eq!(self.messages, wanted.messages, "messages, {when}");
        ensure_eq!(self.jobs, wanted.jobs, "jobs, {when}");
        ensure_eq!(self.counts, wanted.counts, "counts, {when}");
        Ok(())
    }
}

/// Second `seconds` of the kit's time.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_366_400, 0).unwrap_or_default() + TimeDelta::seconds(seconds)
}

/// Ends all jobs of a claim.
pub(super) fn settlement(claim: &Claim) -> Settle {
    let jobs = claim.jobs.iter().map(|job| job.id).collect();
    Settle { lease: claim.lease.clone(), jobs, uncertain: false, cursor: None }
}

/// What a claim is about.
pub(super) fn works(claim: &Claim) -> Vec<Work> {
    claim.jobs.iter().map(|job| job.work.clone()).collect()
}

/// Every destination there is, each with an account of its own and room for ten jobs.
pub(super) fn everything() -> Vec<Served> {
    let destinations = [
        Destination::Assistant,
        Destination::Channel(sms()),
        Destination::Desk(desk()),
        Destination::Directory(desk()),
        Destination::Feed(Source::Channel(sms())),
        Destination::Feed(Source::Desk(desk())),
        Destination::Media(sms()),
    ];
    let accounts = ["ai", "sms", "desk", "directory", "sms-feed", "desk-feed", "media"];
    let both = destinations.into_iter().zip(accounts);
    both.map(|(destination, name)| served(destination, name)).collect()
}

/// One destination on the account `name`, with room for ten jobs.
pub(super) fn served(destination: Destination, name: &str) -> Served {
    Served { destination, account: Account::new(account(name)), batch: 10 }
}

/// The `n`th sending of a session.
pub(super) fn send(session: &str, n: u64) -> NewJob {
    let lane = Lane::session(session_id(session), Destination::Channel(sms()));
    NewJob::new(lane, sending(n))
}

pub(super) fn sending(seq: u64) -> Work {
    Work::Send { seq, part: 0, again: 0 }
}

/// Entries up to `through` on the session's own case.
pub(super) fn append(session: &str, through: u64) -> NewJob {
    NewJob::new(Lane::case(case_id(session), &desk()), Work::Append { through })
}

/// A question to the assistant.
pub(super) fn answer(session: &str, through: u64) -> NewJob {
    let lane = Lane::session(session_id(session), Destination::Assistant);
    NewJob::new(lane, Work::Answer { through })
}

pub(super) fn message(seq: u64, text: &str, now: i64) -> Message {
    Message::new(seq, Speaker::Customer, text, at(now))
}

/// The record of a session's own case before it is stored.
pub(super) fn case_record(session: &str) -> CaseRecord {
    let id = case_id(session);
    let case = Case::new(id.to_string());
    CaseRecord::new(id, desk(), case)
}

/// Ends a session.
pub(super) fn resolve(conversation: &mut Conversation, now: i64) {
    conversation.session.state = SessionState::Resolved { at: at(now), by: Resolver::Desk };
}

pub(super) fn reply_thread(name: &str) -> Thread {
    Thread::channel(&sms(), format!("+15550001111|{name}"))
}

pub(super) fn customer(name: &str) -> Identity {
    Identity::new(Identity::TEL, name, Proof::ChannelProven)
}

/// The same in every tenant: stores must not rely on ids that differ.
pub(super) fn session_id(name: &str) -> SessionId {
    SessionId::derive(&tenant("any"), &event_id(name))
}

pub(super) fn case_id(session: &str) -> CaseId {
    CaseId(Key::open(session_id(session), 0).uuid())
}

pub(super) fn event_id(row: &str) -> EventId {
    EventId::new("sms", row)
}

pub(super) fn tenant(name: &str) -> TenantId {
    TenantId::new(name).expect("the kit's names are plain")
}

pub(super) fn account(name: &str) -> AccountId {
    AccountId::new(name).expect("the kit's names are plain")
}

pub(super) fn sms() -> ChannelId {
    ChannelId::new("sms").expect("the kit's names are plain")
}

pub(super) fn desk() -> DeskId {
    DeskId::new("desk").expect("the kit's names are plain")
}
