//! What was seen, and what is ours.

use handover_core::id::EventId;
use rusqlite::Connection;

use super::query::{int, one};
use super::writing::Writing;
use crate::failure::Failure;

/// Whether an event was handled before, or its row is ours.
pub(super) fn is_known(conn: &Connection, tenant: i64, event: &EventId) -> Result<bool, Failure> {
    let has = |id: &str, kind: i64| -> Result<bool, Failure> {
        let kinds = one(conn, KINDS, (tenant, id), |row| row.get::<_, i64>(0))?;
        Ok(kinds.is_some_and(|kinds| kinds & kind != 0))
    };
    if event.row() == event.as_str() {
        return has(event.as_str(), SEEN | OWN);
    }
    Ok(has(event.as_str(), SEEN)? || has(event.row(), OWN)?)
}

/// Marks an event as handled.
pub(super) fn see(writing: &mut Writing<'_>, tenant: i64, event: &EventId) -> Result<(), Failure> {
    writing.write(MARK, (tenant, event.as_str(), SEEN, None::<i64>, None::<i64>))?;
    Ok(())
}

/// Marks a row as ours, in every version.
pub(super) fn own(writing: &mut Writing<'_>, tenant: i64, row: &EventId) -> Result<(), Failure> {
    writing.write(MARK, (tenant, row.row(), OWN, None::<i64>, None::<i64>))?;
    Ok(())
}

/// Remembers which message an event became.
pub(super) fn became(
    writing: &mut Writing<'_>,
    tenant: i64,
    event: &EventId,
    session: i64,
    seq: u64,
) -> Result<(), Failure> {
    writing.write(MARK, (tenant, event.as_str(), 0, session, int(seq)))?;
    Ok(())
}

/// Marks an event as handled and remembers which message it became.
pub(super) fn see_as(
    writing: &mut Writing<'_>,
    tenant: i64,
    event: &EventId,
    session: i64,
    seq: u64,
) -> Result<(), Failure> {
    writing.write(MARK, (tenant, event.as_str(), SEEN, session, int(seq)))?;
    Ok(())
}

/// Forgets which message an event became; that it was seen stays.
pub(super) fn forget(
    writing: &mut Writing<'_>,
    tenant: i64,
    event: &EventId,
    session: i64,
) -> Result<(), Failure> {
    writing.write(FORGET, (tenant, event.as_str(), session))?;
    Ok(())
}

const SEEN: i64 = 1;
const OWN: i64 = 2;

pub(super) const KINDS: &str = "SELECT kinds FROM marks WHERE tenant = ?1 AND id = ?2";
pub(super) const MARK: &str = "INSERT INTO marks (tenant, id, kinds, session, seq)
    VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (tenant, id) DO UPDATE SET kinds = kinds | excluded.kinds,
        session = coalesce(session, excluded.session), seq = coalesce(seq, excluded.seq)";
pub(super) const FORGET: &str =
    "UPDATE marks SET session = NULL, seq = NULL WHERE tenant = ?1 AND id = ?2 AND session = ?3";
