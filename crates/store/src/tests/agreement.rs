//! A store answers as core's memory does, over long random histories.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use handover_conformance::store::FullStore;
use handover_core::archive::{Archive, Jobs};
use handover_core::channel::Account;
use handover_core::desk::{Case, CaseStatus};
use handover_core::error::Error;
use handover_core::event::{Author, Event, Fact, Source};
use handover_core::feed::{Cursor, Scope};
use handover_core::id::{AccountId, CaseId, DeskId};
use handover_core::job::{Destination, Lane, NewJob, Work};
use handover_core::memory::MemoryStore;
use handover_core::message::{Delivery, DeliveryState, Message, Speaker, Update, Updated};
use handover_core::session::{CaseRecord, Conversation, Resolver, SessionState};
use handover_core::store::{Change, Claim, Consent, Deferral, Pause, Served, Settle, Store};
use handover_core::thread::Thread;
use uuid::Uuid;

use super::support::{LEASE, at, channel, event, session, tenant};

/// A number made from a seed, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn index(&mut self, sides: usize) -> usize {
        usize::try_from(self.roll(sides as u64)).unwrap()
    }
}

struct World {
    seed: u64,
    dice: Dice,
    file: Arc<dyn FullStore>,
    memory: MemoryStore,
    now: DateTime<Utc>,
    claims: Vec<Claim>,
    events: usize,
}

/// Compares new, empty stores with core's memory: one history for each seed, and all that can be
/// seen after every so many steps.
pub(crate) async fn agree<S: FullStore>(
    seeds: Range<u64>,
    every: u32,
    open: impl AsyncFn() -> Arc<S>,
) {
    for seed in seeds {
        let mut world = World {
            seed,
            dice: Dice(seed),
            file: open().await,
            memory: MemoryStore::new(),
            now: at(0),
            claims: Vec::new(),
            events: 0,
        };
        for step in 1..=240 {
            world.step().await;
            if step % every == 0 {
                world.compare().await;
            }
        }
    }
}

impl World {
    async fn step(&mut self) {
        self.now += TimeDelta::seconds(i64::try_from(self.dice.roll(15)).unwrap());
        match self.dice.roll(12) {
            0..=3 => self.change().await,
            4..=6 => self.claim().await,
            7 | 8 => self.settle().await,
            9 => self.defer().await,
            10 => self.decide().await,
            _ => self.forget().await,
        }
    }

    async fn change(&mut self) {
        let number = self.dice.index(8);
        let threads = [self.thread(number), Thread::session(session(number, at(0)).id)];
        let mut found = self.file.load(&tenant(), &threads[1..]).await.unwrap();
        let mut change = Change::new(tenant(), self.now);
        if self.dice.roll(4) > 0 {
            change.event = Some(event(self.dice.index(self.events + 2)));
            self.events += 1;
        }
        let mut conversation = found.pop().unwrap_or_else(|| self.conversation(number));
        self.edit(&mut conversation);
        let seq = conversation.session.next_seq;
        if self.dice.roll(2) == 0 {
            let mut message = Message::new(seq, Speaker::Customer, "text", self.now);
            message.event.clone_from(&change.event);
            message.deliveries = vec![Delivery::pending()];
            conversation.session.next_seq += 1;
            change.log.push(message);
        }
        if seq > 1 {
            let delivery = Delivery { state: DeliveryState::Sent, ..Delivery::pending() };
            let what = Updated::Delivery { part: 0, delivery };
            change.updates.push(Update { seq: 1 + self.dice.roll(seq), what });
        }
        for _ in 0..self.dice.roll(4) {
            let job = self.job(&conversation);
            change.jobs.push(job);
        }
        change.threads = match self.dice.roll(3) {
            0 => vec![],
            1 => vec![threads[0].clone()],
            _ => vec![
                threads[0].clone(),
                Thread::customer(&channel(), &session(number, at(0)).customer),
            ],
        };
        if self.dice.roll(6) == 0 {
            change.own.push(event(self.dice.index(self.events + 9)));
        }
        if self.dice.roll(6) == 0 {
            let address = session(self.dice.index(8), at(0)).customer.value;
            let allowed = self.dice.roll(2) == 0;
            let at = self.now - TimeDelta::seconds(i64::try_from(self.dice.roll(40)).unwrap());
            let source = "STOP".into();
            change.consent.push(Consent { channel: channel(), address, allowed, at, source });
        }
        if self.dice.roll(5) == 0 {
            let scope = if self.dice.roll(2) == 0 { Scope::All } else { Scope::Thread("c".into()) };
            change.pokes.push((Source::Desk(desk()), scope));
        }
        if self.dice.roll(6) == 0 {
            change.unrouted = Some(self.unrouted());
        }
        if self.dice.roll(5) > 0 {
            change.conversation = Some(conversation);
        } else {
            (change.log, change.updates, change.jobs) = (vec![], vec![], vec![]);
        }
        self.commit(change).await;
    }

    /// An event that nobody has handled: it is never the event of a change.
    fn unrouted(&mut self) -> Event {
        let number = self.dice.index(8);
        let id = handover_core::id::EventId::new("late", self.dice.roll(5));
        let fact = Fact::CaseStatus(CaseStatus::Open);
        let threads = match self.dice.roll(2) {
            0 => vec![self.thread(number)],
            _ => vec![Thread::session(session(number, at(0)).id)],
        };
        let source = Source::Channel(channel());
        Event { id, at: self.now, source, threads, author: Author::Person, fact }
    }

    async fn commit(&mut self, change: Change) {
        let file = self.file.commit(change.clone()).await;
        let memory = self.memory.commit(change.clone()).await;
        self.same(&format!("{change:?}"), file, memory);
    }

    fn conversation(&mut self, number: usize) -> Conversation {
        let mut session = session(number, self.now);
        session.next_seq = 1;
        session.reply_thread = self.thread(number);
        Conversation { session, case: None }
    }

    /// Several sessions share a reply thread.
    fn thread(&self, number: usize) -> Thread {
        Thread::channel(&channel(), format!("thread {}", number % 5))
    }

    fn edit(&mut self, conversation: &mut Conversation) {
        let session = &mut conversation.session;
        match self.dice.roll(8) {
            0 => {
                session.state = SessionState::Resolved { at: self.now, by: Resolver::Inactivity };
                session.wake = None;
            }
            1 => session.state = SessionState::Open,
            2 => session.control.revoke(),
            3 => session.wake = Some(self.now + TimeDelta::seconds(30)),
            4 => session.version += 1,
            5 | 6 if conversation.case.is_none() => {
                let id = CaseId(Uuid::from_u128(u128::from(self.dice.roll(3))));
                let case = Case::new("case");
                session.case = Some(id);
                conversation.case = Some(CaseRecord::new(id, desk(), case));
            }
            7 => {
                if let Some(case) = &mut conversation.case {
                    case.case.status = CaseStatus::Resolved;
                }
            }
            _ => {}
        }
    }

    fn job(&mut self, conversation: &Conversation) -> NewJob {
        let session = &conversation.session;
        let through = session.last_seq();
        match self.dice.roll(4) {
            0 => NewJob::new(
                Lane::session(session.id, Destination::Assistant),
                Work::Answer { through },
            )
            .fenced(session.control.epoch),
            1 | 2 => {
                let case = session.case.unwrap_or(CaseId(Uuid::nil()));
                NewJob::new(Lane::case(case, &desk()), Work::Append { through })
            }
            _ => {
                let lane = Lane::session(session.id, Destination::Channel(channel()));
                NewJob::new(lane, Work::Send { seq: 1, part: 0, again: 0 })
            }
        }
    }

    async fn claim(&mut self) {
        let account =
            |name: &str, per_second| Account { id: AccountId::new(name).unwrap(), per_second };
        let all = [
            (Destination::Assistant, account("ai", None), 4),
            (Destination::Channel(channel()), account("sms", Some(0.2)), 1),
            (Destination::Desk(desk()), account("desk", Some(2.0)), 3),
            (Destination::Feed(Source::Desk(desk())), account("desk", Some(2.0)), 1),
        ];
        let first = self.dice.index(2);
        let served: Vec<_> = all[first..]
            .iter()
            .map(|(destination, account, batch)| Served {
                destination: destination.clone(),
                account: account.clone(),
                batch: *batch,
            })
            .collect();
        let file = self.file.claim(&tenant(), &served, self.now, LEASE).await;
        let memory = self.memory.claim(&tenant(), &served, self.now, LEASE).await;
        if let Ok(Some(claim)) = &file {
            self.claims.push(claim.clone());
        }
        self.same("claim", file, memory);
    }

    async fn settle(&mut self) {
        if self.claims.is_empty() {
            return;
        }
        let claim = self.claims[self.dice.index(self.claims.len())].clone();
        let jobs = claim.jobs.iter().map(|job| job.id);
        let jobs = if self.dice.roll(3) == 0 { jobs.take(1).collect() } else { jobs.collect() };
        let uncertain = self.dice.roll(5) == 0;
        let cursor = Some(Cursor(self.dice.roll(1000).to_string().into()));
        let settle = Settle { lease: claim.lease, jobs, uncertain, cursor };
        let change = Change { settle: Some(settle), ..Change::new(tenant(), self.now) };
        self.commit(change).await;
    }

    async fn defer(&mut self) {
        if self.claims.is_empty() {
            return;
        }
        let claim = self.claims[self.dice.index(self.claims.len())].clone();
        let until = self.now + TimeDelta::seconds(i64::try_from(self.dice.roll(40)).unwrap());
        let pause = (self.dice.roll(4) == 0).then(|| Pause {
            account: AccountId::new("ai").unwrap(),
            until: (self.dice.roll(4) > 0).then_some(until),
            reason: "limit".into(),
        });
        let deferral = Deferral {
            until,
            tried: self.dice.roll(2) == 0,
            began: (self.dice.roll(2) == 0).then_some(self.now),
            counted: self.dice.roll(3) > 0,
            parked: self.dice.roll(4) == 0,
            reason: (self.dice.roll(3) == 0).then(|| "login".into()),
            pause,
            ..Deferral::release(claim.lease, self.now)
        };
        let file = self.file.defer(deferral.clone()).await;
        let memory = self.memory.defer(deferral.clone()).await;
        self.same(&format!("{deferral:?}"), file, memory);
    }

    async fn decide(&mut self) {
        let tenant = tenant();
        let parked = self.file.jobs(&tenant, Jobs::Parked, 1).await.unwrap();
        if let Some(view) = parked.first() {
            let file = self.file.replay(&tenant, view.job.id, self.now).await;
            let memory = self.memory.replay(&tenant, view.job.id, self.now).await;
            self.same("replay", file, memory);
        }
        let uncertain = self.file.jobs(&tenant, Jobs::Uncertain, 1).await.unwrap();
        if let Some(view) = uncertain.first() {
            let file = self.file.decided(&tenant, view.job.id).await;
            let memory = self.memory.decided(&tenant, view.job.id).await;
            self.same("decided", file, memory);
        }
        let account = AccountId::new("ai").unwrap();
        let file = self.file.resume(&tenant, &account).await;
        let memory = self.memory.resume(&tenant, &account).await;
        self.same("resume", file, memory);
    }

    async fn forget(&mut self) {
        let id = session(self.dice.index(8), at(0)).id;
        if self.dice.roll(3) == 0 {
            let file = self.file.forget(&tenant(), id).await;
            let memory = self.memory.forget(&tenant(), id).await;
            self.same("forget", file, memory);
        } else if self.dice.roll(3) == 0 {
            let time = self.now - TimeDelta::seconds(300);
            let file = self.file.forget_before(&tenant(), time, 100).await;
            let memory = self.memory.forget_before(&tenant(), time, 100).await;
            self.same("forget before", file, memory);
        }
    }

    /// Compares all that can be seen.
    async fn compare(&self) {
        let (file, memory, tenant) = (&self.file, &self.memory, tenant());
        let counts = (file.counts(&tenant).await, memory.counts(&tenant).await);
        self.same("counts", counts.0, counts.1);
        for now in [self.now, self.now - TimeDelta::seconds(20)] {
            let due = (file.due(&tenant, now, 50).await, memory.due(&tenant, now, 50).await);
            self.same("due", due.0, due.1);
        }
        for number in 0..8 {
            let one = session(number, at(0));
            let customer = Thread::customer(&channel(), &one.customer);
            let threads = [self.thread(number), customer, Thread::session(one.id)];
            let found = (file.load(&tenant, &threads).await, memory.load(&tenant, &threads).await);
            self.same("load", found.0, found.1);
            let log = file.messages(&tenant, one.id, 0, 99).await;
            self.same("messages", log, memory.messages(&tenant, one.id, 0, 99).await);
            let jobs = file.jobs(&tenant, Jobs::Session(one.id), 999).await;
            self.same("jobs", jobs, memory.jobs(&tenant, Jobs::Session(one.id), 999).await);
            let known = file.contacts(&tenant, &one.customer).await;
            self.same("contacts", known, memory.contacts(&tenant, &one.customer).await);
        }
        for which in [Jobs::Failing, Jobs::Parked, Jobs::Uncertain] {
            let jobs = (file.jobs(&tenant, which, 99).await, memory.jobs(&tenant, which, 99).await);
            self.same("jobs", jobs.0, jobs.1);
        }
        for open_only in [false, true] {
            let all = file.sessions(&tenant, open_only, Some(self.now), 99).await;
            self.same("list", all, memory.sessions(&tenant, open_only, Some(self.now), 99).await);
        }
    }

    fn same<T: Debug + PartialEq>(
        &self,
        what: &str,
        file: Result<T, Error>,
        memory: Result<T, Error>,
    ) {
        let (file, memory) = (file.unwrap(), memory.unwrap());
        assert_eq!(file, memory, "store and memory, seed {}, at {}: {what}", self.seed, self.now);
    }
}

fn desk() -> DeskId {
    DeskId::new("creatio").unwrap()
}
