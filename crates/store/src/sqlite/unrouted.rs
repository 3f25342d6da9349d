//! Events that belong nowhere yet.

use handover_core::event::Event;
use handover_core::id::EventId;
use handover_core::thread::{Side, Thread};
use rusqlite::Connection;

use super::query::one;
use super::writing::Writing;
use super::{load, sessions};
use crate::failure::Failure;
use crate::json::{decode, encode};
use crate::nanos::nanos;

/// Stores an event, in place of what was stored under its id.
pub(super) fn put(
    writing: &mut Writing<'_>,
    tenant: i64,
    event: &Event,
    data: &str,
) -> Result<(), Failure> {
    remove(writing, tenant, &event.id)?;
    let mut threads: Vec<String> = event.threads.iter().map(Thread::to_text).collect();
    threads.sort_unstable();
    threads.dedup();
    let mut is_found = false;
    for thread in &event.threads {
        is_found = is_found || leads_somewhere(writing.conn, tenant, thread)?;
    }
    let id = event.id.as_str();
    for thread in &threads {
        writing.write(ADD_THREAD, (tenant, thread, id))?;
    }
    writing.note_unrouted();
    writing.write(ADD, (tenant, id, nanos(event.at), is_found, encode(&threads)?, data))?;
    Ok(())
}

/// Drops an event, if it is stored.
pub(super) fn remove(
    writing: &mut Writing<'_>,
    tenant: i64,
    event: &EventId,
) -> Result<(), Failure> {
    if !writing.has_unrouted()? {
        return Ok(());
    }
    let id = event.as_str();
    match one(writing.conn, THREADS, (tenant, id), |row| row.get::<_, String>(0))? {
        Some(threads) => drop_row(writing, tenant, id, &threads),
        None => Ok(()),
    }
}

/// Drops an event that is stored with `threads`.
pub(super) fn drop_row(
    writing: &mut Writing<'_>,
    tenant: i64,
    event: &str,
    threads: &str,
) -> Result<(), Failure> {
    for thread in decode::<Vec<String>>(threads)? {
        writing.write(DROP_THREAD, (tenant, thread, event))?;
    }
    writing.write(DROP, (tenant, event))?;
    Ok(())
}

/// Notes that a session is found under `thread` from now on.
pub(super) fn find(writing: &mut Writing<'_>, tenant: i64, thread: &str) -> Result<(), Failure> {
    if !writing.has_unrouted()? {
        return Ok(());
    }
    if one(writing.conn, WAITS, (tenant, thread), |_| Ok(()))?.is_some() {
        writing.write(FOUND, (tenant, thread))?;
    }
    Ok(())
}

/// Whether a session is found under a thread.
pub(super) fn leads_somewhere(
    conn: &Connection,
    tenant: i64,
    thread: &Thread,
) -> Result<bool, Failure> {
    if thread.side == Side::Session {
        let Some(session) = thread.as_session() else { return Ok(false) };
        let key = (tenant, sessions::key(session));
        return Ok(one(conn, load::BY_ID, key, |_| Ok(()))?.is_some());
    }
    Ok(one(conn, NAMED, (tenant, thread.to_text()), |_| Ok(()))?.is_some())
}

pub(super) const THREADS: &str = "SELECT threads FROM unrouted WHERE tenant = ?1 AND event = ?2";
pub(super) const NAMED: &str =
    "SELECT 1 FROM threads WHERE tenant = ?1 AND thread = ?2 AND kind & 1 LIMIT 1";
pub(super) const WAITS: &str =
    "SELECT 1 FROM unrouted_threads WHERE tenant = ?1 AND thread = ?2 LIMIT 1";
pub(super) const FOUND: &str = "UPDATE unrouted SET found = 1 WHERE tenant = ?1 AND event IN (
    SELECT event FROM unrouted_threads WHERE tenant = ?1 AND thread = ?2)";
const ADD: &str = "INSERT INTO unrouted (tenant, event, at, found, threads, data)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const ADD_THREAD: &str = "INSERT INTO unrouted_threads (tenant, thread, event) VALUES (?1, ?2, ?3)";
const DROP: &str = "DELETE FROM unrouted WHERE tenant = ?1 AND event = ?2";
const DROP_THREAD: &str =
    "DELETE FROM unrouted_threads WHERE tenant = ?1 AND thread = ?2 AND event = ?3";
