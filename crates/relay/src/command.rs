//! What a person in charge of the relay can do.

use handover_core::archive::{JobView, Jobs};
use handover_core::decide::{Command, Input, Verdict};
use handover_core::error::Error;
use handover_core::id::SessionId;
use handover_core::job::{JobId, Work};

use crate::relay::Relay;

/// A command could not be carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// There is no such thing, or it is not in a state for that.
    #[error("there is no such session or job, or it is not waiting for that")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Relay {
    /// Asks for a person on a session.
    ///
    /// # Errors
    /// [`CommandError::NotFound`] if the session is not open.
    ///
    /// # Idempotency
    /// A second time changes nothing.
    pub async fn hand_off(&self, session: SessionId) -> Result<(), CommandError> {
        let found = self.parts.by_id(session).await?;
        if !found.is_some_and(|conversation| conversation.session.is_open()) {
            return Err(CommandError::NotFound);
        }
        self.parts.decide_for(None, session, &Input::Command(Command::HandOff), |_| {}).await?;
        Ok(())
    }

    /// Decides what became of an uncertain send.
    ///
    /// # Errors
    /// [`CommandError::NotFound`] if the job is not uncertain.
    pub async fn settle(&self, job: JobId, verdict: Verdict) -> Result<(), CommandError> {
        let parts = &self.parts;
        let uncertain = parts.archive.jobs(&parts.tenant, Jobs::Uncertain, usize::MAX).await?;
        let found = uncertain.into_iter().find(|view| view.job.id == job);
        let Some(JobView { job, .. }) = found else { return Err(CommandError::NotFound) };
        let (Some(session), Work::Confirm { seq, part, again } | Work::Send { seq, part, again }) =
            (job.session, job.work)
        else {
            return Err(CommandError::NotFound);
        };
        // Whoever takes it off the list carries it out: two at once do not send it twice.
        if !parts.archive.decided(&parts.tenant, job.id).await? {
            return Err(CommandError::NotFound);
        }
        let command = Command::Settle { seq, part, again, verdict };
        parts.decide_for(None, session, &Input::Command(command), |_| {}).await?;
        Ok(())
    }

    /// Takes a parked job up again, and its account with it.
    ///
    /// # Errors
    /// [`CommandError::NotFound`] if the job is not parked.
    pub async fn replay(&self, job: JobId) -> Result<(), CommandError> {
        let parts = &self.parts;
        if !parts.archive.replay(&parts.tenant, job, parts.now()).await? {
            return Err(CommandError::NotFound);
        }
        self.resume_accounts().await?;
        Ok(())
    }
}
