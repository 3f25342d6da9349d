//! Cases, kept once for all sessions that share them.

use handover_core::id::CaseId;
use handover_core::session::CaseRecord;
use rusqlite::Connection;

use super::query::{int, number, one};
use super::writing::Writing;
use crate::failure::Failure;

/// Whether a case is the one that is stored, or is not stored and new.
pub(super) fn is_current(
    conn: &Connection,
    tenant: i64,
    case: &CaseRecord,
) -> Result<bool, Failure> {
    let stored = one(conn, VERSION, (tenant, key(case.id)), |row| row.get(0))?;
    Ok(stored.map_or(0, number) == case.version)
}

/// Writes a case, unless it stands so already.
pub(super) fn put(
    writing: &mut Writing<'_>,
    tenant: i64,
    case: &CaseRecord,
    data: &str,
) -> Result<(), Failure> {
    let sql = if case.version == 0 { ADD } else { PUT };
    writing.write(sql, (tenant, key(case.id), int(case.version) + 1, data))?;
    Ok(())
}

/// Counts a session that shares a case from now on.
pub(super) fn join(writing: &mut Writing<'_>, tenant: i64, case: CaseId) -> Result<(), Failure> {
    writing.write(JOIN, (tenant, key(case)))?;
    Ok(())
}

/// Counts a session out.
pub(super) fn leave(writing: &mut Writing<'_>, tenant: i64, case: &[u8]) -> Result<(), Failure> {
    writing.write(LEAVE, (tenant, case))?;
    Ok(())
}

/// Counts a session out; a case that nobody shares any more is gone.
pub(super) fn forget(writing: &mut Writing<'_>, tenant: i64, case: &[u8]) -> Result<(), Failure> {
    leave(writing, tenant, case)?;
    writing.write(DROP, (tenant, case))?;
    Ok(())
}

/// A case's id as stored.
pub(super) fn key(case: CaseId) -> [u8; 16] {
    *case.0.as_bytes()
}

pub(super) const VERSION: &str = "SELECT version FROM cases WHERE tenant = ?1 AND id = ?2";
const ADD: &str =
    "INSERT INTO cases (tenant, id, version, sessions, data) VALUES (?1, ?2, ?3, 0, ?4)";
const PUT: &str = "UPDATE cases SET version = ?3, data = ?4
    WHERE tenant = ?1 AND id = ?2 AND data <> ?4";
const JOIN: &str = "UPDATE cases SET sessions = sessions + 1 WHERE tenant = ?1 AND id = ?2";
const LEAVE: &str = "UPDATE cases SET sessions = sessions - 1 WHERE tenant = ?1 AND id = ?2";
const DROP: &str = "DELETE FROM cases WHERE tenant = ?1 AND id = ?2 AND sessions <= 0";
