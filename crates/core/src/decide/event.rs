//! Facts from outside.

use chrono::{DateTime, Utc};

use super::{Turn, notes};
use crate::desk::CaseStatus;
use crate::event::{Author, Event, Fact, Holder, Reply, Report};
use crate::identity::Identity;
use crate::job::Withheld;
use crate::message::{Delivery, DeliveryState, Speaker, Update, Updated};
use crate::session::{CaseRecord, HandoffStage, Resolver, SessionState};
use crate::thread::Thread;

impl Turn<'_> {
    pub(super) fn event(&mut self, event: Event) {
        match event.fact.clone() {
            Fact::Message(inbound) => self.customer_wrote(event, inbound),
            Fact::Reply(reply) if event.author == Author::Person || reply.automatic => {
                self.person_wrote(event, reply);
            }
            Fact::CaseStatus(_) if self.is_former(&event.threads) => {}
            Fact::CaseStatus(status) => self.status_is(status, event.author, event.at),
            Fact::Assigned { holder, owner } => self.assigned(holder, owner.as_deref(), event.at),
            Fact::Receipt(report) => self.receipt(report),
            Fact::Joined { holder } => self.joined(holder, event.at),
            Fact::Merged { into, taken, .. } => self.merged(&event.threads, into, taken),
            Fact::Consent { allowed } => self.consent_is(allowed, "provider"),
            Fact::Edited { seq } => {
                self.note(notes::edited(seq));
            }
            // Who wrote it is not known to be a person: it neither speaks nor takes control.
            Fact::Reply(_) => {}
        }
    }

    /// A reply is always delivered. It takes control of an open session, and of one that reopens
    /// because its case is still open.
    fn person_wrote(&mut self, event: Event, reply: Reply) {
        let is_former = self.is_former(&event.threads);
        let record = self.conversation.case.as_mut().filter(|_| !is_former);
        if let Some(record) = record.filter(|_| reply.status == Some(CaseStatus::Open)) {
            record.case.status = CaseStatus::Open;
        }
        let case_is_open = match reply.status {
            Some(status) => status == CaseStatus::Open,
            None => self.conversation.case.as_ref().is_some_and(CaseRecord::is_open),
        };
        let is_automatic = reply.automatic;
        let is_delivered = reply.delivered || self.is_mailed(&reply);
        let session = self.session();
        if !session.is_open() && case_is_open && !is_automatic && !is_former {
            session.state = SessionState::Open;
        }
        if session.is_open() && !is_automatic && !self.is_older_than_holder(event.at) {
            self.person_takes_over();
        }
        let message = self.log(Speaker::Person { name: reply.author }, reply.text, event.at);
        message.event = Some(event.id);
        message.files = reply.files;
        message.written_on = event.threads.into_iter().next();
        let seq = message.seq;
        if is_delivered {
            let delivery = Delivery { state: DeliveryState::Sent, ..Delivery::pending() };
            message.deliveries = vec![delivery];
        } else {
            self.send(None);
        }
        if !is_automatic {
            self.session().answered = seq;
        }
    }

    /// Whether this happened in a hosted conversation before it was put into another: it opens and
    /// closes nothing any more.
    fn is_former(&self, threads: &[Thread]) -> bool {
        let record = self.conversation.case.as_ref();
        let mut cases = record.filter(|_| self.conversation.session.hosted).into_iter();
        cases.any(|record| {
            let mut former = record.former.iter();
            former.any(|name| threads.contains(&Thread::case(&record.desk, name.clone())))
        })
    }

    /// The desk put the case into another: both names lead here from now on. Where another session
    /// goes on there, this one is over.
    fn merged(&mut self, names: &[Thread], into: Box<str>, taken: bool) {
        let channel = self.session().hosted.then(|| self.session().channel.clone());
        let Some(record) = self.conversation.case.as_mut() else { return };
        let was_alias = record.case.alias.as_ref().is_some_and(|alias| {
            names.contains(&Thread::case(&record.desk, alias.clone())) && *alias != into
        });
        if was_alias {
            let before = record.case.alias.replace(into.clone());
            before.into_iter().for_each(|name| record.remember(name));
        } else if record.case.reference != into {
            record.rename(into.clone());
        }
        if taken {
            self.accept_handoff();
            return self.resolve(Resolver::Desk);
        }
        let desk = self.conversation.case.as_ref().map(|record| record.desk.clone());
        self.decision.threads.extend(desk.map(|desk| Thread::case(&desk, into.clone())));
        let hosted = channel.map(|channel| Thread::channel(&channel, into));
        self.decision.threads.extend(hosted);
    }

    /// Another conversation was put into this one. The assistant does not go on here with what it no
    /// longer had there.
    fn joined(&mut self, holder: Holder, at: DateTime<Utc>) {
        if holder == Holder::Assistant
            || !self.assistant_may_speak()
            || self.is_older_than_holder(at)
        {
            return;
        }
        if let Some(record) = self.conversation.case.as_mut() {
            record.holder_at = Some(at);
        }
        self.session().control.give(holder);
    }

    /// Whether the customer of a channel of e-mail has it from the desk already.
    fn is_mailed(&self, reply: &Reply) -> bool {
        let customer = &self.conversation.session.customer;
        let theirs = customer.value.trim().to_lowercase();
        self.world.channel.mail
            && *customer.scheme == *Identity::EMAIL
            && reply.mailed_to.iter().any(|mailbox| mailbox.trim().to_lowercase() == theirs)
    }

    /// The desk tells a case's status as of `at`; what is older than what it told is no news.
    fn status_is(&mut self, status: CaseStatus, author: Author, at: DateTime<Utc>) {
        let Some(record) = self.conversation.case.as_mut() else { return };
        if record.status_at.is_some_and(|known| at < known) {
            return;
        }
        record.status_at = Some(at);
        if author != Author::Person && self.is_put_away_unanswered(status) {
            return;
        }
        self.reopens(status, author);
        self.case_is(status);
    }

    /// Whether a conversation was put away, and the customer has asked what nobody has answered, nor
    /// anybody has taken over. Only a person may mean that: a program did not see it, and it may have
    /// been us, who settled what was asked before.
    pub(super) fn is_put_away_unanswered(&self, status: CaseStatus) -> bool {
        let session = &self.conversation.session;
        session.hosted
            && session.is_open()
            && status == CaseStatus::Resolved
            && session.control.holder != Holder::Person
            && session.asked > session.answered
    }

    /// Compared with what we last wrote or read, so the same status twice changes nothing.
    pub(super) fn case_is(&mut self, status: CaseStatus) {
        let Some(record) = self.conversation.case.as_mut() else { return };
        let was_open = record.is_open();
        record.case.status = status;
        if !was_open || status == CaseStatus::Open {
            return;
        }
        self.resolve(Resolver::Desk);
    }

    /// Where the desk hosts the channel, a person who reopens the conversation reopens the session.
    fn reopens(&mut self, status: CaseStatus, author: Author) {
        let was_over = self.conversation.case.as_ref().is_some_and(|record| !record.is_open());
        let session = self.session();
        if session.hosted && was_over && status == CaseStatus::Open && author == Author::Person {
            session.state = SessionState::Open;
        }
    }

    pub(super) fn person_takes_over(&mut self) {
        self.session().control.give(Holder::Person);
        self.accept_handoff();
    }

    fn assigned(&mut self, holder: Holder, owner: Option<&str>, at: DateTime<Utc>) {
        if self.is_older_than_holder(at) || !self.session().is_open() {
            return;
        }
        let Some(record) = self.conversation.case.as_mut() else { return };
        if owner.is_some() && owner == record.case.owner.as_deref() {
            // It was us who gave it to them.
            return;
        }
        if self.world.desk.is_none_or(|desk| !desk.assignment_takes_control) {
            // Somebody has it: nobody is waited for any more. Who speaks, their reply will tell.
            if holder == Holder::Person {
                self.accept_handoff();
            }
            return;
        }
        record.holder_at = Some(at);
        self.session().control.give(holder);
        match holder {
            Holder::Person => self.accept_handoff(),
            // A person gave it back, with whatever is not answered yet.
            Holder::Assistant => {
                let session = self.session();
                session.handoff = None;
                let (asked, answered) = (session.asked, session.answered);
                if asked > answered {
                    self.wants_answer(asked);
                }
            }
            Holder::Nobody => {}
        }
    }

    /// Whether the desk has told since who holds the case.
    fn is_older_than_holder(&self, at: DateTime<Utc>) -> bool {
        let record = self.conversation.case.as_ref();
        record.and_then(|record| record.holder_at).is_some_and(|known| at < known)
    }

    /// A report without a key was given one before it came here, if it could be told which: where it
    /// fits several sends, the provider is asked.
    fn receipt(&mut self, report: Report) {
        let delivery = report.delivery;
        let Some(key) = report.key else { return self.ask_for_untold() };
        let Some((session, seq, part)) = key.sent() else { return };
        if session != self.session().id {
            return;
        }
        if delivery.state > DeliveryState::Accepted {
            self.is_told(seq, part);
        }
        if delivery.state == DeliveryState::Failed {
            self.was_lost(seq, &delivery);
        }
        self.decision.updates.push(Update { seq, what: Updated::Delivery { part, delivery } });
    }

    pub(super) fn resolve(&mut self, by: Resolver) {
        let now = self.now;
        let session = self.session();
        if session.is_open() {
            session.state = SessionState::Resolved { at: now, by };
            session.control.revoke();
        }
    }

    pub(super) fn accept_handoff(&mut self) {
        if let Some(handoff) = &mut self.session().handoff {
            handoff.stage = HandoffStage::Accepted;
        }
    }

    pub(super) fn withheld(&mut self, seq: u64, part: u16, why: Withheld) {
        let delivery = Delivery {
            state: DeliveryState::Withheld,
            code: Some(why.name().into()),
            ..Delivery::pending()
        };
        self.decision.updates.push(Update { seq, what: Updated::Delivery { part, delivery } });
        self.note(notes::withheld(seq, why));
    }
}
