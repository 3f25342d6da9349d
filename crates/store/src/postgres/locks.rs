//! What is locked by name until the end of a transaction.
//!
//! Whatever a commit decides from is locked first, all names in one order, and read afterwards: so
//! nobody else changes it before the commit is durable, and no two commits wait for each other. The
//! unique indices would find a mistake in this; they are not what it relies on.

use std::collections::BTreeSet;

use handover_core::id::{CaseId, EventId, SessionId};
use handover_core::job::{Lane, LaneOwner};
use handover_core::store::Change;

use super::query::Query;
use crate::numbers::int;

/// First the tenant's gate, by a function of one's own or together with others; then the names.
/// Their numbers are sorted before the first is locked. A job's lane never changes while it is in
/// one; one that is aside has none, and nothing is locked for it. It tells one row, whatever is
/// locked.
macro_rules! lock {
    ($gate:literal) => {
        concat!(
            "WITH gate AS MATERIALIZED (SELECT ",
            $gate,
            "(hashtextextended('handover', $1::int4))),
            locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(key) FROM gate, LATERAL (
                SELECT DISTINCT hashtextextended(name, $1) AS key FROM (
                    SELECT unnest($2::text[]) AS name
                    UNION ALL SELECT 'lane ' || lane FROM jobs
                        WHERE tenant = $1 AND id = ANY ($3::int8[])) names
                ORDER BY 1) keys)
            SELECT count(*) FROM locked"
        )
    };
}

/// The names that a group of changes has to lock.
#[derive(Debug, Default)]
pub(super) struct Locks {
    names: BTreeSet<String>,
    /// Jobs to settle, whose lanes only the database knows.
    jobs: Vec<i64>,
    /// Whether nobody else may commit meanwhile.
    alone: bool,
}

impl Locks {
    /// Adds what a change decides from.
    pub(super) fn add(&mut self, change: &Change) {
        let event = |event: &EventId| format!("event {}", event.as_str());
        self.names.extend(change.event.as_ref().map(event));
        if let Some(conversation) = &change.conversation {
            let session = &conversation.session;
            self.names.insert(session_name(session.id));
            if session.is_open() {
                self.names.insert(format!("reply {}", session.reply_thread.to_text()));
            }
            self.names.extend(conversation.case.as_ref().map(|case| case_name(case.id)));
            self.names.extend(shared_lanes(change).map(lane));
        }
        for (source, scope) in &change.pokes {
            self.names.insert(lane(&Lane::feed(source, scope.clone())));
        }
        if let Some(settle) = &change.settle {
            self.jobs.extend(settle.jobs.iter().map(|job| int(job.0)));
        }
        // Whether an unrouted event leads somewhere depends on every name that a session may get.
        self.alone |= change.unrouted.is_some();
    }

    /// Takes them.
    pub(super) fn take(self, tenant: i32) -> Query<'static> {
        let sql = if self.alone { LOCK_ALONE } else { LOCK };
        let names: Vec<String> = self.names.into_iter().collect();
        Query::new(sql).with(tenant).with(names).with(self.jobs)
    }
}

/// Lets nobody else of the tenant commit until the end.
pub(super) fn close(tenant: i32) -> Query<'static> {
    Query::new(CLOSE).with(tenant)
}

/// The lanes of a change's jobs in which others may have a hand: a session that is not stored yet
/// has nothing in its own.
pub(super) fn shared_lanes(change: &Change) -> impl Iterator<Item = &Lane> {
    let new = change.conversation.as_ref().map(|conversation| &conversation.session);
    let new = new.filter(|session| session.version == 0).map(|new| LaneOwner::Session(new.id));
    let lanes = change.jobs.iter().map(|job| &job.lane);
    lanes.filter(move |lane| Some(&lane.owner) != new.as_ref())
}

fn session_name(session: SessionId) -> String {
    format!("session {session}")
}

fn case_name(case: CaseId) -> String {
    format!("case {case}")
}

fn lane(lane: &Lane) -> String {
    format!("lane {}", lane.to_text())
}

const CLOSE: &str = "SELECT pg_advisory_xact_lock(hashtextextended('handover', $1::int4))";
pub(super) const LOCK: &str = lock!("pg_advisory_xact_lock_shared");
const LOCK_ALONE: &str = lock!("pg_advisory_xact_lock");
