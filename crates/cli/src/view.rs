//! A session with all that belongs to it, for a person to read.

use handover_core::archive::{Archive, JobView, Jobs};
use handover_core::error::Error;
use handover_core::id::{SessionId, TenantId};
use handover_core::message::Message;
use handover_core::session::Conversation;
use handover_core::store::Store;
use handover_core::thread::Thread;
use serde_json::{Value, json};

/// A session, its case, what was said and what is still to be done.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) conversation: Conversation,
    /// The newest messages, oldest first.
    pub(crate) messages: Vec<Message>,
    /// How many older ones are not here.
    pub(crate) left_out: u64,
    pub(crate) jobs: Vec<JobView>,
}

impl View {
    /// Reads it; `None` if there is no such session.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn read(
        store: &dyn Store,
        archive: &dyn Archive,
        tenant: &TenantId,
        session: SessionId,
    ) -> Result<Option<Self>, Error> {
        let found = store.load(tenant, &[Thread::session(session)]).await?;
        let Some(conversation) = found.into_iter().find(|found| found.session.id == session) else {
            return Ok(None);
        };
        let left_out = conversation.session.last_seq().saturating_sub(MOST);
        let count = usize::try_from(MOST).unwrap_or(usize::MAX);
        let messages = archive.messages(tenant, session, left_out, count).await?;
        let jobs = archive.jobs(tenant, Jobs::Session(session), count).await?;
        Ok(Some(Self { conversation, messages, left_out, jobs }))
    }

    /// All of it, for a program.
    pub(crate) fn json(&self) -> Value {
        json!({
            "session": self.conversation.session,
            "case": self.conversation.case,
            "messages": self.messages,
            "left_out": self.left_out,
            "jobs": self.jobs,
        })
    }
}

/// How many messages are shown.
const MOST: u64 = 500;
