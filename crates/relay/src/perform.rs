//! Claimed jobs are done: contents are read now, and one call goes out.

mod answer;
mod case;
mod confirm;
mod directory;
mod fetch;
mod pull;
mod send;

use chrono::TimeDelta;
use handover_core::channel::Attempt;
use handover_core::error::{Error, ErrorKind};
use handover_core::feed::Cursor;
use handover_core::id::Key;
use handover_core::job::{Job, Outcome, Work};
use handover_core::message::Message;
use handover_core::session::{Conversation, Session};
use handover_core::store::Claim;

use crate::relay::Parts;

/// How claimed jobs went.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Done {
    /// It cannot be told yet.
    Again {
        /// When to look again.
        after: TimeDelta,
    },
    /// They ended.
    Outcome(Outcome),
    /// A feed was read.
    Pulled {
        /// Where it was read to.
        cursor: Option<Cursor>,
        /// Whether there is more.
        more: bool,
    },
}

impl Parts {
    pub(crate) async fn perform(&self, claim: &Claim) -> Result<Done, Error> {
        // A claim holds at least one job.
        let Some(job) = &together(&claim.jobs) else { return Err(gone()) };
        if job.work == Work::Pull {
            return self.pull(job, claim.cursor.as_ref()).await;
        }
        let Some(conversation) = &claim.conversation else { return Err(gone()) };
        let session = &conversation.session;
        match &job.work {
            Work::Send { seq, part, .. } => self.send(session, job, *seq, *part, claim.until).await,
            Work::Confirm { seq, part, .. } => self.confirm(session, job, *seq, *part).await,
            Work::Answer { through } => self.answer(session, *through).await.map(Done::Outcome),
            Work::Summarise { through } => {
                self.summarise(session, *through).await.map(Done::Outcome)
            }
            Work::Fetch { seq, index } => {
                self.fetch(session, *seq, *index).await.map(Done::Outcome)
            }
            Work::Lookup => self.look_up(session).await.map(Done::Outcome),
            Work::CreateContact => self.create_contact(session).await.map(Done::Outcome),
            // Not every desk lets us name what we write: two must not write it at once.
            _ if self.now() + self.longest_call() > claim.until => {
                Ok(Done::Again { after: TimeDelta::zero() })
            }
            _ => self.at_desk(conversation, job).await.map(Done::Outcome),
        }
    }

    async fn message(&self, session: &Session, seq: u64) -> Result<Message, Error> {
        let found = self.archive.messages(&self.tenant, session.id, seq - 1, 1).await?;
        found.into_iter().find(|message| message.seq == seq).ok_or_else(gone)
    }

    fn attempt(&self, key: Key, job: &Job) -> Attempt {
        let now = self.now();
        Attempt {
            key,
            number: job.attempts,
            tried: job.tried,
            first: job.first_at.unwrap_or(now),
            last: job.last_at.or(job.first_at).unwrap_or(now),
            now,
            accounted: Vec::new(),
            taken: None,
        }
    }

    fn link(&self, conversation: &Conversation) -> Option<url::Url> {
        let links = self.links.as_ref()?;
        links(conversation.session.id, self.now())
    }
}

/// Jobs that are done in one call, as one: the last says how far to go, and whichever was tried most
/// says what may have happened already.
fn together(jobs: &[Job]) -> Option<Job> {
    let last = jobs.last()?;
    Some(Job {
        attempts: jobs.iter().map(|job| job.attempts).max().unwrap_or(last.attempts),
        first_at: jobs.iter().filter_map(|job| job.first_at).min(),
        tried: jobs.iter().any(|job| job.tried),
        last_at: jobs.iter().filter_map(|job| job.last_at).max(),
        ..last.clone()
    })
}

/// What a job refers to is no longer there: its session was forgotten.
fn gone() -> Error {
    Error::never(ErrorKind::NotFound, "what the job refers to is no longer kept")
}

#[cfg(test)]
mod tests;
