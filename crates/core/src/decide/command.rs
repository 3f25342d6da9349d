//! What a person in charge of the relay says.

use super::Turn;

use crate::message::{Delivery, DeliveryState, Reason, Update, Updated};

/// What a person in charge of the relay says. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Ask for a person.
    HandOff,
    /// Decide what became of an uncertain send.
    Settle {
        /// The message.
        seq: u64,
        /// Which part, from 0.
        part: u16,
        /// How often it had been asked for again.
        again: u16,
        /// What became of it.
        verdict: Verdict,
    },
}

/// What became of an uncertain send. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was not sent, and is not to be.
    Drop,
    /// It is to be sent again, after everything else that waits.
    Resend,
    /// It was sent.
    Sent,
}

impl Turn<'_> {
    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::HandOff => self.hand_off(Reason::Operator),
            Command::Settle { seq, part, again, verdict } => {
                let (state, code) = match verdict {
                    Verdict::Drop => (DeliveryState::Failed, Some("dropped".into())),
                    Verdict::Resend => (DeliveryState::Pending, None),
                    Verdict::Sent => (DeliveryState::Sent, None),
                };
                let delivery = Delivery { state, code, ..Delivery::pending() };
                let what = Updated::Decided { part, delivery };
                self.decision.updates.push(Update { seq, what });
                if verdict == Verdict::Resend {
                    // A person asked for it: it is theirs, and not fenced.
                    self.send_part(seq, part, again + 1, None);
                }
            }
        }
    }
}
