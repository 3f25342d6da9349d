//! The provider is asked what became of a part that it took.

use chrono::TimeDelta;
use handover_core::channel::Found;
use handover_core::error::Error;
use handover_core::job::{Job, Outcome};
use handover_core::message::DeliveryState;
use handover_core::session::Session;

use super::{Done, gone};
use crate::relay::Parts;

/// When a provider is asked again that has taken a part and not sent it on.
const AGAIN: TimeDelta = TimeDelta::minutes(1);

impl Parts {
    /// Asks by the name under which the provider took the part, unless it has told by itself
    /// meanwhile. What it does not know after the policy's time, or for good, a person has to find
    /// out.
    pub(super) async fn confirm(
        &self,
        session: &Session,
        job: &Job,
        seq: u64,
        part: u16,
    ) -> Result<Done, Error> {
        let channel = self.channels.get(&session.channel).ok_or_else(gone)?;
        let message = self.message(session, seq).await?;
        let known = message.deliveries.get(usize::from(part)).ok_or_else(gone)?;
        if known.state != DeliveryState::Accepted {
            return Ok(Done::Outcome(Outcome::Sent(known.clone())));
        }
        let outbound = self.outbound(session, job, &message, part)?;
        let mut attempt = self.attempt(outbound.key, job);
        attempt.taken.clone_from(&known.provider_id);
        let again_after = match channel.channel.find(&outbound, &attempt).await? {
            Found::Sent(receipt) if receipt.delivery.state > DeliveryState::Accepted => {
                return Ok(Done::Outcome(Outcome::Sent(receipt.delivery)));
            }
            Found::Sent(_) => Some(AGAIN),
            Found::NotSent => None,
            Found::Unknown { again_after } => {
                again_after.and_then(|after| TimeDelta::from_std(after).ok())
            }
        };
        let is_over = attempt.now - job.created_at > self.policy.uncertain_after;
        match again_after.filter(|_| !is_over) {
            Some(after) => Ok(Done::Again { after }),
            None => Ok(Done::Outcome(Outcome::Uncertain)),
        }
    }
}
