use std::collections::HashSet;

use handover_core::channel::Attempt;
use handover_core::desk::{About, Case, Entry, EntryOutcome};
use handover_core::error::Error;
use handover_core::message::Speaker;
use uuid::Uuid;

use super::forms::{self, Frame};
use super::standing::reference;
use crate::batch::{NewRow, Outcome};
use crate::column::Entity;
use crate::config::EntryMode;
use crate::creatio::Creatio;
use crate::entities::{self, case};
use crate::problem::Problem;

impl Creatio {
    /// Writes entries as rows: one call for a hundred, if nothing is in doubt.
    ///
    /// A later attempt first asks which of them stand already, so that only the rest counts against
    /// the tenant's quota again.
    pub(super) async fn append_entries(
        &self,
        case: &Case,
        about: &About,
        entries: &[Entry],
        attempt: &Attempt,
    ) -> Result<Vec<EntryOutcome>, Error> {
        let case = reference(case)?;
        let mode = self.config().entry_mode(&about.channel);
        let (entity, columns) = forms::table(mode);
        self.client().ensure_columns(&entity, &columns).await?;
        let there = self.written_before(&entity, entries, attempt).await;
        let left = || entries.iter().filter(|entry| !there.contains(&entry.key.uuid()));
        let frame = Frame {
            case,
            mode,
            files: self.config().files,
            customer: &about.customer,
            own: self.own_contact(),
            contact: match mode {
                EntryMode::Email if left().any(|entry| entry.author == Speaker::Customer) => {
                    self.contact_of(case).await?
                }
                _ => None,
            },
        };
        let rows: Vec<NewRow> = left()
            .map(|entry| NewRow { id: entry.key.uuid(), values: forms::row(entry, &frame) })
            .collect();
        let mut outcomes = self.client().create_all(&entity, &rows).await?.into_iter();
        entries
            .iter()
            .map(|entry| {
                if there.contains(&entry.key.uuid()) {
                    return Ok(EntryOutcome::Written);
                }
                entry_outcome(outcomes.next().unwrap_or(Outcome::Unknown))
            })
            .collect()
    }

    async fn written_before(
        &self,
        entity: &Entity,
        entries: &[Entry],
        attempt: &Attempt,
    ) -> HashSet<Uuid> {
        if attempt.number <= 1 {
            return HashSet::new();
        }
        let ids: Vec<Uuid> = entries.iter().map(|entry| entry.key.uuid()).collect();
        // When it cannot be told, all are posted again and settled one by one.
        self.client().present(entity, &ids).await.unwrap_or_default()
    }

    /// Whom the case's conversation shows as the author of an incoming e-mail.
    async fn contact_of(&self, case: Uuid) -> Result<Option<Uuid>, Error> {
        let row = self.client().get(&entities::CASE, case, &[case::CONTACT]).await?;
        Ok(row.and_then(|row| row.id(&case::CONTACT)))
    }
}

/// A right that is missing is for us to mend, so it is no entry's refusal.
fn entry_outcome(outcome: Outcome) -> Result<EntryOutcome, Error> {
    Ok(match outcome {
        Outcome::AlreadyThere | Outcome::Created => EntryOutcome::Written,
        Outcome::NotAttempted | Outcome::Unknown => EntryOutcome::Undecided,
        Outcome::Refused(code) if code == Problem::Forbidden.code() => {
            return Err(Problem::Forbidden.error());
        }
        Outcome::Refused(code) => EntryOutcome::Refused { code: code.into() },
    })
}
