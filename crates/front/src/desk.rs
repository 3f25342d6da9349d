//! The desk: comments, handoffs and archiving in conversations that Front hosts, and a partner
//! channel for those that it does not.

mod comment;
mod handoff;

use async_trait::async_trait;
use handover_core::channel::Attempt;
use handover_core::desk::{
    About, Amendment, Appended, Attachment, Case, CaseStatus, Desk, DeskCapabilities, Entry,
    EntryOutcome, Handoff, Opening,
};
use handover_core::error::{Error, ErrorKind};
use handover_core::id::DeskId;

use crate::client::Standing;
use crate::front::Front;
use crate::ids::ConversationId;
use crate::partner;
pub(crate) use handoff::{Owner, taken};

#[cfg(test)]
mod tests;

/// A case whose reference is a `cnv_…` is a conversation that Front hosts: there is nothing to open,
/// and what a customer, the AI or a person said stands there already, so that entries are our own
/// notes. Any other case is a conversation of a channel of ours, worked in a partner channel.
///
/// Giving a conversation to a teammate means that this one speaks from now on.
///
/// # Errors
/// [`ErrorKind::Taken`] if a person has the conversation. [`ErrorKind::Closed`] if it was deleted.
/// [`ErrorKind::Config`] for a case of a channel of ours if there is no partner channel.
///
/// # Idempotency
/// A comment carries a mark made from its key, and a second attempt looks for it first. Tags are
/// added and the AI is taken off as often as asked: twice is once, and nobody else's tag or
/// assignment is touched. A message in a partner channel is known again by its key's name.
///
/// # Privacy
/// No error, span or `Debug` holds a text, name, number or address.
#[async_trait]
impl Desk for Front {
    fn id(&self) -> &DeskId {
        &self.config().desk
    }

    fn capabilities(&self) -> DeskCapabilities {
        let can = DeskCapabilities::new(self.account(), BATCH).with_control_by_assignment();
        if self.config().channel_api.is_some() { can.with_files() } else { can }
    }

    async fn open(&self, opening: &Opening, _attempt: &Attempt) -> Result<Case, Error> {
        partner::open(self, opening)
    }

    async fn append(
        &self,
        case: &Case,
        about: &About,
        entries: &[Entry],
        attempt: &Attempt,
    ) -> Result<Appended, Error> {
        let Some(conversation) = hosted(case) else {
            return self.enter(case, about, entries, attempt).await;
        };
        let merged = self.write(&conversation, about, entries, attempt).await.map_err(gone)?;
        let reference = merged.unwrap_or(conversation).as_str().into();
        let outcomes = vec![EntryOutcome::Written; entries.len()];
        Ok(Appended { case: Case { reference, ..case.clone() }, outcomes })
    }

    async fn attach(
        &self,
        case: &Case,
        about: &About,
        attachment: &Attachment,
        _attempt: &Attempt,
    ) -> Result<Case, Error> {
        if hosted(case).is_some() {
            let message = "Front has the files of its own conversations";
            return Err(Error::never(ErrorKind::Invalid, message));
        }
        self.import_file(case, about, attachment).await
    }

    async fn amend(
        &self,
        case: &Case,
        _amendment: &Amendment,
        _attempt: &Attempt,
    ) -> Result<Case, Error> {
        // What came late is an entry already, and Front knows the contact itself.
        Ok(case.clone())
    }

    async fn hand_off(
        &self,
        case: &Case,
        _handoff: &Handoff,
        attempt: &Attempt,
    ) -> Result<Case, Error> {
        match hosted(case) {
            Some(conversation) => {
                let standing = self.let_go(&conversation, attempt).await.map_err(gone)?;
                Ok(seen(case, &standing))
            }
            None => self.tag_partners(case).await.map_err(gone),
        }
    }

    async fn set_status(
        &self,
        case: &Case,
        status: CaseStatus,
        _attempt: &Attempt,
    ) -> Result<Case, Error> {
        // What the customer writes opens a conversation again by itself.
        if status != CaseStatus::Resolved {
            return Ok(Case { status, ..case.clone() });
        }
        let case = match hosted(case) {
            Some(conversation) => {
                let standing = self.put_away(&conversation).await.map_err(gone)?;
                seen(case, &standing)
            }
            None => self.put_partners_away(case).await.map_err(gone)?,
        };
        Ok(Case { status, ..case })
    }
}

/// The conversation behind a case that Front hosts.
fn hosted(case: &Case) -> Option<ConversationId> {
    ConversationId::new(&case.reference).ok()
}

/// A case as it was just read: under another reference, if it was merged.
fn seen(case: &Case, standing: &Standing) -> Case {
    let owner = standing.conversation.assignee.as_ref().map(|owner| owner.id.as_str().into());
    Case { reference: standing.id.as_str().into(), owner, ..case.clone() }
}

/// Nothing more can be written where the conversation is gone.
pub(crate) fn gone(error: Error) -> Error {
    if error.kind() != ErrorKind::NotFound {
        return error;
    }
    Error::never(ErrorKind::Closed, "the conversation was deleted, or the token cannot see it")
}

/// How many notes make one comment.
const BATCH: usize = 20;
