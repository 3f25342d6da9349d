//! Groups of new sessions alone, which are written without a look: locks, rows and the end in one
//! round trip.
//!
//! A new customer's first message finds nothing of itself in the database, but for a redelivery that
//! two processes take in at the same moment. So it is decided as if that were known. Whatever would
//! make it wrong is a row under a key that the group writes too, and the unique index of that table
//! refuses the group: then it is locked, looked up and decided like any other.

use handover_core::store::{Change, Commit};

use super::commit::{Commits, Outcomes};
use super::locks::{Locks, shared_lanes};
use super::plan::Plan;
use super::rows::Rows;
use super::sight::Sight;
use super::transaction::{Broken, Transaction};
use crate::change::Encoded;

impl Commits {
    /// Writes a group of new sessions; nothing if it is not one, or if something of it is stored
    /// already.
    pub(super) async fn newcomers(
        &self,
        tenant: i32,
        calls: &[Encoded],
    ) -> Result<Option<Outcomes>, Broken> {
        if !calls.iter().all(|call| is_new(&call.change)) {
            return Ok(None);
        }
        let mut plan = Plan { sight: Sight::default(), rows: Rows::default() };
        let outcomes: Outcomes = calls.iter().map(|call| plan.decide(call)).collect();
        // What the index would tell about a refused one is not asked.
        if outcomes.iter().any(|outcome| !matches!(outcome, Ok(Commit::Done))) {
            return Ok(None);
        }
        let mut locks = Locks::default();
        calls.iter().for_each(|call| locks.add(&call.change));
        let mut queries = vec![locks.take(tenant)];
        queries.extend(plan.rows.newcomers(tenant));
        match Transaction::begin(&self.connections).await?.all(queries).await {
            Ok(_) => Ok(Some(outcomes)),
            // Something is stored already; or the connection is gone, perhaps for long, and the look
            // finds out whether this happened.
            Err(Broken::Again(_) | Broken::Gone(_)) => Ok(None),
            Err(broken) => Err(broken),
        }
    }
}

/// Whether everything that a change is decided from is a row that it would write itself.
fn is_new(change: &Change) -> bool {
    let Some(conversation) = &change.conversation else { return false };
    let is_new_case = conversation.case.as_ref().is_none_or(|case| case.version == 0);
    // A row of ours is known by another name than its versions. Without an event nobody could tell
    // later whether the change was made.
    let is_row = change.event.as_ref().is_some_and(|event| event.row() == event.as_str());
    conversation.session.version == 0
        && is_new_case
        && is_row
        && shared_lanes(change).next().is_none()
        && change.pokes.is_empty()
        && change.settle.is_none()
        && change.unrouted.is_none()
}
