//! The assistant is asked.

use handover_core::assistant::{Task, Turn};
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
    /// for all of it.
    pub(super) async fn answer(&self, session: &Session) -> Result<Outcome, Error> {
        let messages = self.newest(session, session.last_seq()).await?;
        self.ask(session, Task::Reply, messages).await
    }

    pub(super) async fn summarise(
        &self,
        session: &Session,
        through: u64,
    ) -> Result<Outcome, Error> {
        let messages = self.newest(session, through).await?;
        self.ask(session, Task::Summarise, messages).await
    }

    async fn ask(
        &self,
        session: &Session,
        task: Task,
        messages: Vec<Message>,
    ) -> Result<Outcome, Error> {
        let assistant = self.assistant.as_ref().ok_or_else(gone)?;
        let fields = self.desk_of(session).map(|desk| desk.policy.fields.clone());
        let turn = Turn {
            task,
            session: session.id,
            channel: session.channel.clone(),
            messages,
            fields: fields.unwrap_or_default(),
        };
        assistant.answer(&turn).await.map(Outcome::Answered)
    }

    async fn newest(&self, session: &Session, through: u64) -> Result<Vec<Message>, Error> {
        let after = through.saturating_sub(SHOWN);
        let count = usize::try_from(through - after).unwrap_or(usize::MAX);
        let mut newest = self.archive.messages(&self.tenant, session.id, after, count).await?;
        newest.retain(|message| !message.aside);
        Ok(newest)
    }
}
