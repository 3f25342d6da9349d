use std::collections::HashSet;

use handover_core::channel::Attempt;
use handover_core::desk::{Case, Entry, EntryOutcome};
use handover_core::error::Error;
use uuid::Uuid;

use super::standing::reference;
use super::texts;
use crate::batch::{NewRow, Outcome};
use crate::creatio::Creatio;
use crate::entities::{self, activity};
use crate::problem::Problem;

impl Creatio {
    /// Writes entries as activities: one call for a hundred, if nothing is in doubt.
    ///
    /// A later attempt first asks which of them stand already, so that only the rest counts against
    /// the tenant's quota again.
    pub(super) async fn append_entries(
        &self,
        case: &Case,
        entries: &[Entry],
        attempt: &Attempt,
    ) -> Result<Vec<EntryOutcome>, Error> {
        let case = reference(case)?;
        self.client().ensure_columns(&entities::ACTIVITY, &texts::entry_columns()).await?;
        let own = self.own_contact();
        let there = self.written_before(entries, attempt).await;
        let rows: Vec<NewRow> = entries
            .iter()
            .map(|entry| NewRow {
                id: entry.key.uuid(),
                values: texts::entry(entry)
                    .set(activity::CASE, case)
                    .set_some(activity::OWNER, own),
            })
            .filter(|row| !there.contains(&row.id))
            .collect();
        let mut outcomes = self.client().create_all(&entities::ACTIVITY, &rows).await?.into_iter();
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

    async fn written_before(&self, entries: &[Entry], attempt: &Attempt) -> HashSet<Uuid> {
        if attempt.number <= 1 {
            return HashSet::new();
        }
        let ids: Vec<Uuid> = entries.iter().map(|entry| entry.key.uuid()).collect();
        // When it cannot be told, all are posted again and settled one by one.
        self.client().present(&entities::ACTIVITY, &ids).await.unwrap_or_default()
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
