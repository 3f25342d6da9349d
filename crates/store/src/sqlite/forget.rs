//! Forgetting.

use chrono::{DateTime, Utc};
use handover_core::id::{SessionId, TenantId};
use handover_core::message::{Copy, Message};
use uuid::Uuid;

use super::query::{all, limit};
use super::writing::Writing;
use super::{cases, jobs, marks, sessions, tenants, unrouted};
use crate::failure::Failure;
use crate::json::decode;
use crate::nanos::nanos;

/// Removes a session with its messages, jobs and names; the names of its files.
pub(super) fn forget(
    writing: &mut Writing<'_>,
    tenant: &TenantId,
    session: SessionId,
) -> Result<Vec<String>, Failure> {
    let Some(key) = tenants::find(writing.conn, tenant)? else { return Ok(Vec::new()) };
    writing.wake(tenant);
    overwriting(writing, |writing| forget_one(writing, key, session))
}

/// Removes the sessions that ended before `before`, at most `most`, and older unrouted events.
pub(super) fn forget_before(
    writing: &mut Writing<'_>,
    tenant: &TenantId,
    before: DateTime<Utc>,
    most: usize,
) -> Result<Vec<String>, Failure> {
    let Some(key) = tenants::find(writing.conn, tenant)? else { return Ok(Vec::new()) };
    let before = nanos(before);
    writing.wake(tenant);
    overwriting(writing, |writing| {
        let events = all(writing.conn, OLD_EVENTS, (key, before), |row| {
            let columns: (String, String) = (row.get(0)?, row.get(1)?);
            Ok(columns)
        })?;
        for (event, threads) in events {
            unrouted::drop_row(writing, key, &event, &threads)?;
        }
        let ended = all(writing.conn, ENDED, (key, before, limit(most)), |row| {
            Ok(SessionId(Uuid::from_bytes(row.get(0)?)))
        })?;
        let mut files = Vec::new();
        for session in ended {
            files.extend(forget_one(writing, key, session)?);
        }
        Ok(files)
    })
}

/// Overwrites with zeros what `work` deletes.
fn overwriting<T>(
    writing: &mut Writing<'_>,
    work: impl FnOnce(&mut Writing<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let conn = writing.conn;
    conn.execute_batch("PRAGMA secure_delete = ON")?;
    let done = work(writing);
    conn.execute_batch("PRAGMA secure_delete = OFF")?;
    done
}

fn forget_one(
    writing: &mut Writing<'_>,
    tenant: i64,
    session: SessionId,
) -> Result<Vec<String>, Failure> {
    let Some(stored) = sessions::stored(writing.conn, tenant, session)? else {
        return Ok(Vec::new());
    };
    for thread in stored.threads()? {
        let id = sessions::key(session);
        writing.write(DROP_THREAD, (tenant, thread, stored.is_open(), stored.created, id))?;
    }
    sessions::forget_contact(writing, tenant, stored.key)?;
    let files = forget_messages(writing, tenant, stored.key)?;
    // A lane belongs to the session or to its case, and its jobs need not be this session's only.
    let lanes = all(writing.conn, LANES, (stored.key,), |row| row.get::<_, String>(0))?;
    writing.write(DROP_JOBS, (stored.key,))?;
    for lane in lanes {
        jobs::promote(writing, tenant, &lane, i64::MIN)?;
    }
    if let Some(case) = &stored.case {
        cases::forget(writing, tenant, case)?;
    }
    writing.write(DROP_SESSION, (stored.key,))?;
    Ok(files)
}

fn forget_messages(
    writing: &mut Writing<'_>,
    tenant: i64,
    session: i64,
) -> Result<Vec<String>, Failure> {
    let mut files = Vec::new();
    let texts = all(writing.conn, MESSAGES, (tenant, session), |row| row.get::<_, String>(0))?;
    for text in texts {
        let message: Message = decode(&text)?;
        if let Some(event) = &message.event {
            marks::forget(writing, tenant, event, session)?;
        }
        files.extend(message.files.into_iter().filter_map(|file| match file.copy {
            Copy::Stored(name) => Some(name),
            Copy::Missing | Copy::Pending => None,
        }));
    }
    writing.write(DROP_MESSAGES, (tenant, session))?;
    Ok(files)
}

pub(super) const OLD_EVENTS: &str = "SELECT event, threads FROM unrouted INDEXED BY unrouted_at
    WHERE tenant = ?1 AND at < ?2";
pub(super) const ENDED: &str = "SELECT id FROM sessions INDEXED BY sessions_ended
    WHERE tenant = ?1 AND ended < ?2 ORDER BY ended LIMIT ?3";
pub(super) const MESSAGES: &str = "SELECT data FROM messages WHERE tenant = ?1 AND session = ?2";
pub(super) const LANES: &str = "SELECT DISTINCT lane FROM jobs INDEXED BY jobs_session
    WHERE session = ?1 AND lane IS NOT NULL";
const DROP_THREAD: &str = "DELETE FROM threads
    WHERE tenant = ?1 AND thread = ?2 AND open = ?3 AND created = ?4 AND id = ?5";
const DROP_JOBS: &str = "DELETE FROM jobs WHERE session = ?1";
const DROP_MESSAGES: &str = "DELETE FROM messages WHERE tenant = ?1 AND session = ?2";
const DROP_SESSION: &str = "DELETE FROM sessions WHERE key = ?1";
