//! Claimed jobs are done: contents are read now, and one call goes out.

use handover_core::archive::Archive as _;
use handover_core::assistant::{Task, Turn};
use handover_core::channel::Outbound;
use handover_core::error::{Error, ErrorKind};
use handover_core::job::{Job, Outcome, Work};
use handover_core::session::Session;
use handover_core::store::Claim;

use crate::OwnRelay;

impl OwnRelay {
    pub(crate) async fn perform(&self, claim: &Claim) -> Result<Outcome, Error> {
        // Of several questions to the assistant, the last one stands for all.
        let (Some(job), Some(conversation)) = (claim.jobs.last(), &claim.conversation) else {
            return Err(gone());
        };
        let session = &conversation.session;
        match job.work {
            Work::Answer { .. } => self.ask(session, Task::Reply).await,
            Work::Summarise { .. } => self.ask(session, Task::Summarise).await,
            Work::Send { seq, part, .. } => self.send(job, session, seq, part).await,
            _ => Err(Error::never(ErrorKind::Config, "this relay has no desk, feed or files")),
        }
    }

    async fn ask(&self, session: &Session, task: Task) -> Result<Outcome, Error> {
        let channel = session.channel.clone();
        let messages = self.store.messages(&self.tenant, session.id, 0, usize::MAX).await?;
        let (answered, fields) = (session.answered, Vec::new());
        let turn = Turn { task, session: session.id, channel, messages, answered, fields };
        let answer = self.assistant.answer(&turn).await?;
        Ok(Outcome::Answered { answer, seen: session.last_seq() })
    }

    async fn send(
        &self,
        job: &Job,
        session: &Session,
        seq: u64,
        part: u16,
    ) -> Result<Outcome, Error> {
        if job.tried {
            // It may have been sent. handover-relay asks `Channel::find` first.
            return Ok(Outcome::Uncertain);
        }
        let found = self.store.messages(&self.tenant, session.id, seq - 1, 1).await?;
        let parts = self.channel.parts(found.first().ok_or_else(gone)?);
        let outbound = Outbound {
            key: job.key().ok_or_else(gone)?,
            thread: session.reply_thread.clone(),
            to: session.customer.clone(),
            text: parts.into_iter().nth(part.into()).ok_or_else(gone)?.text,
            media: Vec::new(),
            control: handover_core::event::Holder::Assistant,
        };
        Ok(Outcome::Sent(self.channel.send(&outbound).await?.delivery))
    }
}

fn gone() -> Error {
    Error::never(ErrorKind::NotFound, "what the job refers to is no longer kept")
}
