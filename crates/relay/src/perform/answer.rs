//! The assistant is asked.

use handover_core::assistant::{Answer, Fill, Task, Turn};
use handover_core::error::Error;
use handover_core::job::Outcome;
use handover_core::message::Message;
use handover_core::session::Session;

use super::gone;
use crate::relay::Parts;

/// How many of the newest messages the assistant is shown.
const SHOWN: u64 = 200;

impl Parts {
    /// Everything said so far is shown, also what came after the question was queued: one answer
    /// for all of it. The questions that it answers too are then done without asking.
    pub(super) async fn answer(&self, session: &Session, through: u64) -> Result<Outcome, Error> {
        if session.answered >= through {
            return Ok(Outcome::Answered { answer: Answer::default(), seen: session.answered });
        }
        let seen = session.last_seq();
        let messages = self.newest(session, seen).await?;
        let answer = self.ask(session, Task::Reply, messages).await?;
        Ok(Outcome::Answered { answer, seen })
    }

    pub(super) async fn summarise(
        &self,
        session: &Session,
        through: u64,
    ) -> Result<Outcome, Error> {
        let messages = self.newest(session, through).await?;
        let answer = self.ask(session, Task::Summarise, messages).await?;
        Ok(Outcome::Answered { answer, seen: through })
    }

    async fn ask(
        &self,
        session: &Session,
        task: Task,
        messages: Vec<Message>,
    ) -> Result<Answer, Error> {
        let assistant = self.assistant.as_ref().ok_or_else(gone)?;
        let mut fields = self.desk_of(session).map(|desk| desk.policy.fields.clone());
        if let Some(fields) = fields.as_mut().filter(|_| session.handoff.is_none()) {
            fields.retain(|field| task == Task::Reply || field.fill == Fill::Always);
        }
        let turn = Turn {
            task,
            session: session.id,
            channel: session.channel.clone(),
            messages,
            answered: session.answered,
            fields: fields.unwrap_or_default(),
        };
        assistant.answer(&turn).await
    }

    async fn newest(&self, session: &Session, through: u64) -> Result<Vec<Message>, Error> {
        let after = through.saturating_sub(SHOWN);
        let count = usize::try_from(through - after).unwrap_or(usize::MAX);
        let mut newest = self.archive.messages(&self.tenant, session.id, after, count).await?;
        newest.retain(|message| !message.aside);
        Ok(newest)
    }
}
