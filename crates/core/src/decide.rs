//! What follows from an input. Pure: no IO, no clock, no randomness.

mod answered;
mod case;
mod command;
mod confirm;
mod customer;
mod directory;
mod event;
mod files;
mod handoff;
mod notes;
mod schedule;
mod sent;
mod tick;

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

use crate::event::{Event, Holder};
use crate::id::{DeskId, EventId, Key};
use crate::job::{Destination, Job, Lane, NewJob, Outcome, Work};
use crate::message::{Delivery, Message, Speaker, Update};
use crate::policy::World;
use crate::session::{Conversation, Session};
use crate::store::{Change, Consent};
use crate::thread::Thread;

pub use command::{Command, Verdict};

/// What a decision is made about. Complete.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A person in charge of the relay says so.
    Command(Command),
    /// A fact from outside that belongs to this conversation.
    Event(Event),
    /// Jobs of this conversation, done in one claim, ended so.
    Outcome(Vec<Job>, Outcome),
    /// Time has passed.
    Tick,
}

/// What follows. The conversation itself was changed in place.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct Decision {
    /// New messages.
    pub log: Vec<Message>,
    /// Changes to messages in the log.
    pub updates: Vec<Update>,
    /// New names of the conversation.
    pub threads: Vec<Thread>,
    /// Rows that we are about to write.
    pub own: Vec<EventId>,
    /// Entries in the opt-out ledger.
    pub consent: Vec<Consent>,
    /// New jobs.
    pub jobs: Vec<NewJob>,
    /// What an operator should hear of now.
    pub alarms: Vec<Alarm>,
}

/// What an operator should hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Alarm {
    /// The assistant failed and a person was asked.
    AssistantFailed,
    /// The desk would not take a handoff.
    HandoffDeclined,
    /// Nobody took a handoff in time.
    HandoffTimedOut,
    /// A message to a customer could not be delivered.
    Undeliverable,
    /// Nobody knows whether a message to a customer was sent.
    Uncertain,
}

/// Decides what follows from `input`, and changes the conversation accordingly.
///
/// The same conversation, input and time always give the same decision.
pub fn decide(
    world: &World<'_>,
    conversation: &mut Conversation,
    input: Input,
    now: DateTime<Utc>,
) -> Decision {
    let mut turn = Turn { world, conversation, now, decision: Decision::default() };
    match input {
        Input::Command(command) => turn.command(command),
        Input::Event(event) => turn.event(event),
        Input::Outcome(jobs, outcome) => turn.outcome(&jobs, outcome),
        Input::Tick => turn.tick(),
    }
    turn.schedule();
    turn.decision
}

/// One decision in the making.
struct Turn<'a> {
    world: &'a World<'a>,
    conversation: &'a mut Conversation,
    now: DateTime<Utc>,
    decision: Decision,
}

impl Turn<'_> {
    fn outcome(&mut self, jobs: &[Job], outcome: Outcome) {
        // A claim holds at least one job, and all are of one kind.
        let Some(job) = jobs.last() else { return };
        match &job.work {
            Work::Answer { .. } | Work::Summarise { .. } => self.assistant_ended(job, outcome),
            Work::Lookup | Work::CreateContact => self.directory_ended(job, outcome),
            Work::Confirm { seq, part, .. } => self.confirm_ended(*seq, *part, outcome),
            Work::Send { seq, part, again } => self.send_ended(job, (*seq, *part, *again), outcome),
            Work::Fetch { seq, index } => self.fetch_ended(*seq, *index, outcome),
            Work::Amend { .. }
            | Work::Append { .. }
            | Work::Attach { .. }
            | Work::Handoff { .. }
            | Work::Open { .. }
            | Work::SetStatus { .. } => self.case_ended(job, outcome),
            Work::Pull => {}
        }
    }

    fn session(&mut self) -> &mut Session {
        &mut self.conversation.session
    }

    /// Appends a message to the log; returns its place.
    fn log(&mut self, author: Speaker, text: impl Into<String>, at: DateTime<Utc>) -> &mut Message {
        let now = self.now;
        let session = self.session();
        let seq = session.next_seq;
        session.next_seq += 1;
        let mut message = Message::new(seq, author, text, at);
        message.logged_at = now;
        message.late = at < session.last_at;
        session.last_at = session.last_at.max(at);
        self.decision.log.push(message);
        let last = self.decision.log.len() - 1;
        &mut self.decision.log[last]
    }

    /// Notes something for the people at the desk. Not something anybody said, so it does not
    /// count as activity.
    fn note(&mut self, text: impl Into<String>) -> u64 {
        let last_at = self.session().last_at;
        let now = self.now;
        let message = self.log(Speaker::Relay, text, now);
        message.late = false;
        let seq = message.seq;
        self.session().last_at = last_at;
        seq
    }

    /// Queues the sending of the message last logged.
    fn send(&mut self, fence: Option<u64>) {
        let Some(message) = self.decision.log.last_mut() else { return };
        let parts = (self.world.parts)(message).max(1);
        message.deliveries = vec![Delivery::pending(); parts];
        let seq = message.seq;
        for part in (0..=u16::MAX).take(parts) {
            self.send_part(seq, part, 0, fence);
        }
    }

    fn send_part(&mut self, seq: u64, part: u16, again: u16, fence: Option<u64>) {
        let session = &self.conversation.session;
        let destination = Destination::Channel(session.channel.clone());
        let lane = Lane::session(session.id, destination);
        let work = Work::Send { seq, part, again };
        self.decision.jobs.push(NewJob { lane, work, fence });
    }

    /// Queues a question to the assistant, in the epoch that holds now.
    fn ask(&mut self, work: Work) {
        let session = &self.conversation.session;
        let lane = Lane::session(session.id, Destination::Assistant);
        let job = NewJob::new(lane, work);
        let is_speech = matches!(job.work, Work::Answer { .. });
        let job = if is_speech { job.fenced(session.control.epoch) } else { job };
        self.decision.jobs.push(job);
    }

    /// Marks the entry of a message as a row of ours.
    fn own_entry(&mut self, desk: &DeskId, seq: u64) {
        let row = Key::entry(self.conversation.session.id, seq).uuid();
        self.decision.own.push(EventId::new(desk.as_str(), row));
    }

    fn assistant_may_speak(&self) -> bool {
        let session = &self.conversation.session;
        session.is_open() && session.control.holder == Holder::Assistant
    }

    fn alarm(&mut self, alarm: Alarm) {
        self.decision.alarms.push(alarm);
    }
}

impl Decision {
    /// Puts the decision into a change.
    pub fn into_change(self, conversation: Conversation, now: DateTime<Utc>) -> Change {
        let tenant = conversation.session.tenant.clone();
        Change {
            conversation: Some(conversation),
            log: self.log,
            updates: self.updates,
            threads: self.threads,
            own: self.own,
            consent: self.consent,
            jobs: self.jobs,
            ..Change::new(tenant, now)
        }
    }
}
