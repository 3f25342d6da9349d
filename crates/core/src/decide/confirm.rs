//! What became of a message that the provider took: accepted is not sent.

use super::{Alarm, Turn, notes};
use crate::job::{Destination, Lane, NewJob, Outcome, Work};
use crate::message::{Delivery, DeliveryState, Update, Updated};
use crate::session::Untold;

/// How many sends of a session are waited for; of more the oldest is asked for at once.
const MOST: usize = 16;

impl Turn<'_> {
    /// The provider took a part: if it tells nothing more of it in time, it is asked.
    pub(super) fn wait_to_be_told(&mut self, seq: u64, part: u16, again: u16, delivery: &Delivery) {
        let is_open = delivery.state == DeliveryState::Accepted && delivery.provider_id.is_some();
        if !self.world.channel.confirms || !is_open {
            return;
        }
        let until = self.now + self.world.policy.confirm_after;
        let session = self.session();
        session.untold.retain(|one| (one.seq, one.part) != (seq, part));
        session.untold.push(Untold { seq, part, again, asked: false });
        session.untold_until.get_or_insert(until);
        if session.untold.len() > MOST {
            let oldest = session.untold.remove(0);
            self.ask_for(oldest);
        }
    }

    /// The provider has told of a part. True if that was waited for.
    pub(super) fn is_told(&mut self, seq: u64, part: u16) -> bool {
        let until = self.now + self.world.policy.confirm_after;
        let session = self.session();
        let waiting = session.untold.iter().position(|one| !one.asked);
        let Some(place) = session.untold.iter().position(|one| (one.seq, one.part) == (seq, part))
        else {
            return false;
        };
        session.untold.remove(place);
        if waiting == Some(place) {
            // The next one was taken later.
            session.untold_until = session.untold.get(place).map(|_| until);
        }
        true
    }

    pub(super) fn ask_when_due(&mut self) {
        let now = self.now;
        if self.world.channel.confirms && self.session().untold_until.is_some_and(|at| at <= now) {
            self.ask_for_untold();
        }
    }

    /// Asks the provider for each send of which it has told nothing, by the name under which it took
    /// it, once.
    pub(super) fn ask_for_untold(&mut self) {
        let session = self.session();
        session.untold_until = None;
        let waiting = session.untold.iter_mut().filter(|one| !one.asked);
        let waiting: Vec<Untold> = waiting
            .map(|one| {
                let before = *one;
                one.asked = true;
                before
            })
            .collect();
        waiting.into_iter().for_each(|one| self.ask_for(one));
    }

    fn ask_for(&mut self, one: Untold) {
        if one.asked {
            return;
        }
        let session = &self.conversation.session;
        let lane = Lane::session(session.id, Destination::Receipts(session.channel.clone()));
        let Untold { seq, part, again, .. } = one;
        self.decision.jobs.push(NewJob::new(lane, Work::Confirm { seq, part, again }));
    }

    /// The provider was asked. What it told by itself meanwhile is no news.
    pub(super) fn confirm_ended(&mut self, seq: u64, part: u16, outcome: Outcome) {
        let is_news = self.is_told(seq, part);
        let what = match outcome {
            Outcome::Sent(delivery) => {
                if is_news && delivery.state == DeliveryState::Failed {
                    self.was_lost(seq, &delivery);
                }
                Updated::Delivery { part, delivery }
            }
            _ => {
                if is_news {
                    self.nobody_can_tell(seq);
                }
                Updated::Unconfirmed { part }
            }
        };
        self.decision.updates.push(Update { seq, what });
    }

    /// The provider took a message and could not deliver it.
    pub(super) fn was_lost(&mut self, seq: u64, delivery: &Delivery) {
        self.undelivered(seq, notes::undelivered(seq, delivery.code.as_deref()));
        self.alarm(Alarm::Undeliverable);
    }
}
