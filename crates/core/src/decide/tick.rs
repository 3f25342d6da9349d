//! Time has passed. What the case and the handoff wait for is looked at after every input.

use super::{Alarm, Turn, notes};
use crate::event::Holder;
use crate::session::{HandoffStage, Resolver};

impl Turn<'_> {
    pub(super) fn tick(&mut self) {
        let now = self.now;
        if self.inactive_at().is_some_and(|at| at <= now) {
            self.resolve(Resolver::Inactivity);
        }
        let handoff = self.session().handoff.as_mut();
        if let Some(handoff) = handoff.filter(|h| h.is_waiting() && h.accept_deadline <= now) {
            handoff.stage = HandoffStage::TimedOut;
            self.note(notes::NOBODY_TOOK_IT);
            self.alarm(Alarm::HandoffTimedOut);
        }
    }

    /// When the conversation is over if nobody says anything. A person's or a waiting one never is.
    pub(super) fn inactive_at(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        let session = &self.conversation.session;
        let may_end = session.is_open() && session.control.holder == Holder::Assistant;
        let after = self.world.channel.inactivity.filter(|_| may_end)?;
        Some(session.last_at.max(session.created_at) + after)
    }
}
