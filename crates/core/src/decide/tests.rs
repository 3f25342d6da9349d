//! What users expect, row by row.

mod cases;
mod closing;
mod confirm;
mod consent;
mod control;
mod files;
mod handoffs;
mod hosted;
mod order;
mod reopening;
mod replies;
mod shapes;

use chrono::{DateTime, TimeDelta, Utc};

use crate::assistant::Answer;
use crate::decide::{Command, Decision, Input, decide};
use crate::desk::{Case, CaseStatus};
use crate::event::{Author, Event, Fact, Holder, Inbound, Reply, Source};
use crate::id::{ChannelId, DeskId, EventId, TenantId};
use crate::identity::{Identity, Proof};
use crate::job::{Job, JobId, NewJob, Outcome, Work};
use crate::message::{Message, Reason, Speaker};
use crate::policy::{ChannelPolicy, DeskPolicy, OpenCase, Policy, World};
use crate::route;
use crate::session::{Conversation, Session};
use crate::thread::Thread;

/// A conversation as it goes on, with everything that was decided about it.
pub(super) struct Story {
    pub(super) policy: Policy,
    pub(super) channel: ChannelPolicy,
    pub(super) desk: Option<DeskPolicy>,
    pub(super) now: DateTime<Utc>,
    pub(super) conversation: Option<Conversation>,
    pub(super) follows: Option<Conversation>,
    pub(super) log: Vec<Message>,
    pub(super) jobs: Vec<NewJob>,
    pub(super) last: Decision,
    pub(super) events: u32,
}

impl Story {
    pub(super) fn new() -> Self {
        let desk = DeskId::new("creatio").unwrap();
        let channel = ChannelId::new("sms-us").unwrap();
        Self {
            policy: Policy::default(),
            channel: ChannelPolicy {
                desk: Some(desk.clone()),
                inactivity: Some(TimeDelta::hours(3)),
                ..ChannelPolicy::new(channel)
            },
            desk: Some(DeskPolicy::new(desk)),
            now: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            conversation: None,
            follows: None,
            log: Vec::new(),
            jobs: Vec::new(),
            last: Decision::default(),
            events: 0,
        }
    }

    pub(super) fn open_at_handoff(mut self) -> Self {
        self.desk.as_mut().unwrap().open_case = OpenCase::Handoff;
        self
    }

    pub(super) fn with_directory(mut self, create: bool) -> Self {
        let desk = self.desk.as_mut().unwrap();
        (desk.directory, desk.create_contacts) = (true, create);
        self
    }

    /// A new session of the same customer, after this one.
    pub(super) fn next_session(self) -> Self {
        Self {
            follows: self.conversation,
            conversation: None,
            log: Vec::new(),
            jobs: Vec::new(),
            ..self
        }
    }

    pub(super) fn pass(&mut self, time: TimeDelta) -> &mut Self {
        self.now += time;
        self
    }

    pub(super) fn input(&mut self, input: Input) -> &mut Self {
        let desk = self.desk.clone();
        let parts = |_: &Message| 1;
        let world = World {
            policy: &self.policy,
            channel: &self.channel,
            desk: desk.as_ref(),
            parts: &parts,
        };
        let conversation = self.conversation.as_mut().unwrap();
        let before = conversation.clone();
        let decision = decide(&world, conversation, input.clone(), self.now);
        let mut again = before;
        let same = decide(&world, &mut again, input, self.now);
        assert_eq!(
            (&same, &again),
            (&decision, &*conversation),
            "the same input, another decision"
        );
        self.log.extend(decision.log.iter().cloned());
        self.jobs.extend(decision.jobs.iter().cloned());
        self.last = decision;
        self
    }

    pub(super) fn event(&mut self, source: Source, thread: Thread, fact: Fact) -> Event {
        self.events += 1;
        let threads = vec![thread];
        let id = EventId::new(
            source.name(),
            format_args!("row-{}-{}", self.now.timestamp(), self.events),
        );
        Event { id, at: self.now, source, threads, author: Author::Person, fact }
    }

    pub(super) fn customer(&mut self, text: &str) -> &mut Self {
        self.inbound(Inbound::text(customer(), text))
    }

    pub(super) fn inbound(&mut self, inbound: Inbound) -> &mut Self {
        let channel = self.channel.channel.clone();
        let thread = Thread::channel(&channel, "+15550001111|+15552223333");
        let event = self.event(Source::Channel(channel), thread, Fact::Message(inbound));
        if let (None, Fact::Message(inbound)) = (&self.conversation, &event.fact) {
            let tenant = TenantId::new("acme").unwrap();
            self.conversation = route::open(
                &tenant,
                &self.channel,
                self.desk.as_ref(),
                &event,
                inbound,
                self.follows.as_ref(),
                self.now,
            );
        }
        self.input(Input::Event(event))
    }

    pub(super) fn desk_says(&mut self, fact: Fact) -> &mut Self {
        let record = self.conversation.as_ref().unwrap().case.as_ref().unwrap();
        let (desk, thread) = (record.desk.clone(), record.thread());
        let event = self.event(Source::Desk(desk), thread, fact);
        self.input(Input::Event(event))
    }

    pub(super) fn person(&mut self, text: &str) -> &mut Self {
        self.desk_says(Fact::Reply(Reply::text(text)))
    }

    pub(super) fn status(&mut self, status: CaseStatus) -> &mut Self {
        self.desk_says(Fact::CaseStatus(status))
    }

    /// The newest job of this kind ends so.
    pub(super) fn ends(&mut self, work: &str, outcome: Outcome) -> &mut Self {
        let job = self.job(work);
        self.input(Input::Outcome(vec![job], outcome))
    }

    pub(super) fn job(&self, work: &str) -> Job {
        let new = self.jobs.iter().rev().find(|job| job.work.name() == work);
        let new =
            new.unwrap_or_else(|| panic!("no job to {work} among {:?}", self.names())).clone();
        Job {
            id: JobId(1),
            session: Some(self.session().id),
            lane: new.lane,
            work: new.work,
            fence: new.fence,
            created_at: self.now,
            attempts: 1,
            first_at: Some(self.now),
            tried: false,
            last_at: None,
        }
    }

    pub(super) fn answers(&mut self, text: &str) -> &mut Self {
        let answer = Answer { text: Some(text.into()), ..Answer::default() };
        self.ends("answer", Outcome::Answered { answer, seen: 1 })
    }

    pub(super) fn hands_off(&mut self, reason: Reason) -> &mut Self {
        let answer =
            Answer { text: Some("One moment.".into()), handoff: Some(reason), ..Answer::default() };
        self.ends("answer", Outcome::Answered { answer, seen: 1 })
    }

    pub(super) fn opened(&mut self) -> &mut Self {
        let case = self.conversation.as_ref().unwrap().case.as_ref().unwrap().case.clone();
        self.ends("open", Outcome::Opened { case, with_contact: true })
    }

    pub(super) fn command(&mut self, command: Command) -> &mut Self {
        self.input(Input::Command(command))
    }

    pub(super) fn tick(&mut self) -> &mut Self {
        self.input(Input::Tick)
    }

    pub(super) fn session(&self) -> &Session {
        &self.conversation.as_ref().unwrap().session
    }

    pub(super) fn holder(&self) -> Holder {
        self.session().control.holder
    }

    pub(super) fn case(&self) -> &Case {
        &self.conversation.as_ref().unwrap().case.as_ref().unwrap().case
    }

    /// The names of all jobs so far.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.jobs.iter().map(|job| job.work.name()).collect()
    }

    /// The names of the jobs of the last decision.
    pub(super) fn news(&self) -> Vec<&'static str> {
        self.last.jobs.iter().map(|job| job.work.name()).collect()
    }

    pub(super) fn notes(&self) -> Vec<&str> {
        let notes = self.log.iter().filter(|message| message.author == Speaker::Relay);
        notes.map(|message| message.text.as_str()).collect()
    }

    pub(super) fn works(&self) -> Vec<Work> {
        self.jobs.iter().map(|job| job.work.clone()).collect()
    }
}

pub(super) fn customer() -> Identity {
    Identity::tel("+15552223333", Proof::ChannelProven).unwrap()
}
