//! The desk: a case for a conversation, an activity for a message.

mod append;
mod attach;
mod change;
mod fields;
mod forms;
mod open;
mod standing;
mod status;
mod texts;

use async_trait::async_trait;
use handover_core::channel::Attempt;
use handover_core::desk::{
    About, Amendment, Appended, Attachment, Case, CaseStatus, Desk, DeskCapabilities, Entry,
    Handoff, Opening,
};
use handover_core::error::Error;
use handover_core::id::DeskId;

use crate::batch::BATCH_ITEMS;
use crate::config::FilePolicy;
use crate::creatio::Creatio;
use change::Change;
use standing::perhaps_not_yet;

pub(crate) use forms::table as entry_table;

/// # Errors
/// [`ErrorKind::Config`](handover_core::error::ErrorKind::Config) before anything is written if a
/// column that the configuration names does not exist; its code names the column.
///
/// # Idempotency
/// Rows are made under ids from the key and looked for by id on any doubt. Changes are compared with
/// what stands there, so that a second time writes nothing, and nothing that a person wrote.
///
/// # Privacy
/// No error, span or `Debug` holds a text, name, number or address.
#[async_trait]
impl Desk for Creatio {
    fn id(&self) -> &DeskId {
        &self.config().desk
    }

    fn capabilities(&self) -> DeskCapabilities {
        let capabilities = DeskCapabilities::new(self.account(), BATCH_ITEMS);
        match self.config().files {
            FilePolicy::Upload => capabilities.with_files(),
            FilePolicy::Link | FilePolicy::None => capabilities,
        }
    }

    async fn open(&self, opening: &Opening, _attempt: &Attempt) -> Result<Case, Error> {
        self.open_case(opening).await
    }

    async fn append(
        &self,
        case: &Case,
        about: &About,
        entries: &[Entry],
        attempt: &Attempt,
    ) -> Result<Appended, Error> {
        let outcomes = self.append_entries(case, about, entries, attempt).await?;
        Ok(Appended { case: case.clone(), outcomes })
    }

    async fn attach(
        &self,
        case: &Case,
        about: &About,
        attachment: &Attachment,
        attempt: &Attempt,
    ) -> Result<Case, Error> {
        self.attach_file(case, about, attachment, attempt).await?;
        Ok(case.clone())
    }

    async fn amend(
        &self,
        case: &Case,
        amendment: &Amendment,
        attempt: &Attempt,
    ) -> Result<Case, Error> {
        let changed = self.change_case(case, Change::amendment(amendment), attempt).await;
        changed.map_err(|error| perhaps_not_yet(error, attempt))
    }

    async fn hand_off(
        &self,
        case: &Case,
        handoff: &Handoff,
        attempt: &Attempt,
    ) -> Result<Case, Error> {
        let changed =
            self.change_case(case, Change::handoff(handoff, self.config()), attempt).await;
        changed.map_err(|error| perhaps_not_yet(error, attempt))
    }

    async fn set_status(
        &self,
        case: &Case,
        status: CaseStatus,
        attempt: &Attempt,
    ) -> Result<Case, Error> {
        let written = self.write_status(case, status).await;
        written.map_err(|error| perhaps_not_yet(error, attempt))
    }
}

#[cfg(test)]
mod tests;
