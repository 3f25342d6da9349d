//! A send ended.

use super::{Alarm, Turn, notes};
use crate::error::ErrorKind;
use crate::job::{Failure, Job, Outcome, Withheld};
use crate::message::{Delivery, DeliveryState, Reason, Update, Updated};
use crate::session::Resolver;

impl Turn<'_> {
    /// The sending of a message's part ended, asked for so often `again`.
    pub(super) fn send_ended(
        &mut self,
        job: &Job,
        (seq, part, again): (u64, u16, u16),
        outcome: Outcome,
    ) {
        match outcome {
            Outcome::Sent(delivery) => {
                self.wait_to_be_told(seq, part, again, &delivery);
                self.sent(job, seq, part, delivery);
            }
            Outcome::Failed(failure) => self.send_failed(job, seq, part, &failure),
            Outcome::CaseTaken => {
                self.withheld(seq, part, Withheld::Overtaken);
                // While a person is asked for, it is no news that the assistant has it no longer.
                if self.assistant_may_speak() {
                    self.person_takes_over();
                }
            }
            Outcome::Withheld(why) => {
                self.withheld(seq, part, why);
                if why == Withheld::TooOld && job.fence.is_some() {
                    self.hand_off(Reason::AssistantFailed);
                }
            }
            _ => self.uncertain(seq, part),
        }
    }

    fn sent(&mut self, job: &Job, seq: u64, part: u16, mut delivery: Delivery) {
        let epoch = self.session().control.epoch;
        if job.fence.is_some_and(|fence| fence != epoch) {
            delivery.overtaken = true;
            self.note(notes::overtaken(seq));
        }
        self.decision.updates.push(Update { seq, what: Updated::Delivery { part, delivery } });
    }

    fn send_failed(&mut self, job: &Job, seq: u64, part: u16, failure: &Failure) {
        if failure.kind == ErrorKind::OptedOut {
            self.consent_is(false, "provider");
        }
        let code = failure.code.clone().unwrap_or_else(|| notes::word(failure.kind).into());
        let delivery =
            Delivery { state: DeliveryState::Failed, code: Some(code), ..Delivery::pending() };
        self.undelivered(seq, notes::refused(seq, failure));
        self.decision.updates.push(Update { seq, what: Updated::Delivery { part, delivery } });
        self.alarm(Alarm::Undeliverable);
        if failure.kind == ErrorKind::Closed {
            // The conversation is gone, and nobody could take it over.
            return self.resolve(Resolver::Desk);
        }
        if job.fence.is_some() && failure.kind != ErrorKind::OptedOut {
            self.hand_off(Reason::Undeliverable);
        }
    }

    /// Notes that a message did not reach the customer, for people and for the desk.
    pub(super) fn undelivered(&mut self, seq: u64, text: String) {
        self.note(text);
        if let Some(note) = self.decision.log.last_mut() {
            note.undelivered = Some(seq);
        }
    }

    fn uncertain(&mut self, seq: u64, part: u16) {
        let delivery = Delivery { state: DeliveryState::Uncertain, ..Delivery::pending() };
        self.decision.updates.push(Update { seq, what: Updated::Delivery { part, delivery } });
        self.nobody_can_tell(seq);
    }

    /// A person has to find out what became of a message.
    pub(super) fn nobody_can_tell(&mut self, seq: u64) {
        self.note(notes::uncertain(seq));
        self.alarm(Alarm::Uncertain);
    }
}
