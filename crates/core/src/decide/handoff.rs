//! Asking for a person.

use super::Turn;
use crate::event::Holder;
use crate::job::Work;
use crate::message::{Reason, Speaker};
use crate::session::{HandoffStage, HandoffState};

impl Turn<'_> {
    /// Asks for a person. Nothing happens while one is asked for or has control already.
    pub(super) fn hand_off(&mut self, reason: Reason) {
        let is_taken = self.session().control.holder != Holder::Assistant;
        if is_taken || !self.session().is_open() {
            return;
        }
        let now = self.now;
        let policy = self.world.policy;
        let through = self.session().last_seq();
        let summary_deadline = if self.world.channel.assistant && through > 0 {
            now + policy.summary_deadline
        } else {
            now
        };
        let session = self.session();
        session.control.give(Holder::Nobody);
        session.handoff = Some(HandoffState {
            reason,
            stage: HandoffStage::Requested,
            requested_at: now,
            summary_deadline,
            accept_deadline: now + policy.accept_deadline,
            note: None,
            brief: None,
        });
        if summary_deadline > now {
            self.ask(Work::Summarise { through });
        }
    }

    /// Says something in the assistant's name, in the epoch that holds now.
    pub(super) fn say(&mut self, text: &str) {
        let (now, epoch) = (self.now, self.session().control.epoch);
        self.log(Speaker::Assistant, text, now);
        self.send(Some(epoch));
    }
}
