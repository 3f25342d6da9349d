//! A part of a message goes to the customer.

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::{Found, Outbound};
use handover_core::error::Error;
use handover_core::id::Key;
use handover_core::job::{Job, Outcome, Withheld, Work};
use handover_core::message::Message;
use handover_core::session::Session;
use handover_core::store::Claim;

use super::{Done, gone};
use crate::relay::Parts;

/// How many of the newest messages of a session are told to `find` as accounted for.
const ACCOUNTED: u64 = 100;

impl Parts {
    pub(super) async fn send(
        &self,
        session: &Session,
        job: &Job,
        seq: u64,
        part: u16,
        until: DateTime<Utc>,
    ) -> Result<Done, Error> {
        let channel = self.channels.get(&session.channel).ok_or_else(gone)?;
        let message = self.message(session, seq).await?;
        if !job.tried && self.is_too_old(job, &message) {
            return Ok(Done::Outcome(Outcome::Withheld(Withheld::TooOld)));
        }
        let outbound = self.outbound(session, job, &message, part)?;
        if let Some(done) = self.happened(session, job, &message, part, &outbound).await? {
            return Ok(done);
        }
        if self.now() + self.longest_call() > until {
            // The lease could run out before the call does, and somebody else could send it too.
            return Ok(Done::Again { after: TimeDelta::zero() });
        }
        let receipt = channel.channel.send(&outbound).await?;
        Ok(Done::Outcome(Outcome::Sent(receipt.delivery)))
    }

    /// What must not be said any more may have been said by an earlier attempt: then it was sent,
    /// whatever holds now.
    pub(crate) async fn withhold(&self, claim: &Claim, why: Withheld) -> Result<Done, Error> {
        let withheld = Done::Outcome(Outcome::Withheld(why));
        let (Some(job), Some(conversation)) = (claim.jobs.first(), &claim.conversation) else {
            return Ok(withheld);
        };
        let session = &conversation.session;
        let Work::Send { seq, part, .. } = job.work else { return Ok(withheld) };
        if !job.tried || !self.channels.contains_key(&session.channel) {
            return Ok(withheld);
        }
        let message = self.message(session, seq).await?;
        let outbound = self.outbound(session, job, &message, part)?;
        let happened = self.happened(session, job, &message, part, &outbound).await?;
        Ok(happened.unwrap_or(withheld))
    }

    pub(super) fn outbound(
        &self,
        session: &Session,
        job: &Job,
        message: &Message,
        part: u16,
    ) -> Result<Outbound, Error> {
        let channel = self.channels.get(&session.channel).ok_or_else(gone)?;
        let cut = channel.channel.parts(message).into_iter().nth(part.into());
        Ok(Outbound {
            key: job.key().ok_or_else(gone)?,
            thread: session.reply_thread.clone(),
            to: session.customer.clone(),
            text: cut.ok_or_else(gone)?.text,
            media: Vec::new(),
            control: session.control.holder,
        })
    }

    /// How a part that may be on its way already ended; `None` if it is not.
    async fn happened(
        &self,
        session: &Session,
        job: &Job,
        message: &Message,
        part: u16,
        outbound: &Outbound,
    ) -> Result<Option<Done>, Error> {
        let known = message.deliveries.get(usize::from(part));
        if let Some(known) = known.filter(|known| known.provider_id.is_some()) {
            // The provider told us by another door that it has it.
            return Ok(Some(Done::Outcome(Outcome::Sent(known.clone()))));
        }
        if !job.tried {
            return Ok(None);
        }
        self.find(session, job, outbound).await
    }

    /// Looks for what an earlier attempt may have sent; `None` if it may be sent now.
    async fn find(
        &self,
        session: &Session,
        job: &Job,
        outbound: &Outbound,
    ) -> Result<Option<Done>, Error> {
        let channel = self.channels.get(&session.channel).ok_or_else(gone)?;
        let mut attempt = self.attempt(outbound.key, job);
        attempt.accounted = self.accounted(session, outbound.key).await?;
        let again_after = match channel.channel.find(outbound, &attempt).await? {
            Found::Sent(receipt) => {
                return Ok(Some(Done::Outcome(Outcome::Sent(receipt.delivery))));
            }
            Found::NotSent => return Ok(None),
            Found::Unknown { again_after } => again_after,
        };
        let is_over = attempt.now - attempt.first > self.policy.uncertain_after;
        let wait = again_after.and_then(|after| TimeDelta::from_std(after).ok());
        match wait.filter(|_| !is_over) {
            Some(after) => Ok(Some(Done::Again { after })),
            None if self.policy.uncertain_again => Ok(None),
            None => Ok(Some(Done::Outcome(Outcome::Uncertain))),
        }
    }

    /// The provider's ids that belong to other messages of the session.
    async fn accounted(&self, session: &Session, key: Key) -> Result<Vec<Box<str>>, Error> {
        let after = session.last_seq().saturating_sub(ACCOUNTED);
        let messages =
            self.archive.messages(&self.tenant, session.id, after, ACCOUNTED as usize).await?;
        let is_other = |message: &Message| key.sent().is_none_or(|(_, seq, _)| seq != message.seq);
        let others = messages.into_iter().filter(is_other);
        let deliveries = others.flat_map(|message| message.deliveries);
        let ids = deliveries.flat_map(|delivery| [delivery.provider_id, delivery.alias]);
        Ok(ids.flatten().collect())
    }

    /// How long a call may take, of the lease that must outlast it.
    pub(super) fn longest_call(&self) -> TimeDelta {
        TimeDelta::from_std(self.lease * 3 / 4).unwrap_or(TimeDelta::MAX)
    }

    fn is_too_old(&self, job: &Job, message: &Message) -> bool {
        let (since, limit) = match job.fence {
            Some(_) => (message.logged_at, self.policy.answer_max_age),
            None => (job.created_at, self.policy.customer_give_up),
        };
        self.now() - since > limit
    }
}
