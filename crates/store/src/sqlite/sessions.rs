//! Sessions and the threads under which they are found.

use std::collections::BTreeMap;

use handover_core::id::SessionId;
use handover_core::session::{Session, SessionState};
use handover_core::store::Change;
use handover_core::thread::{Side, Thread};
use rusqlite::Connection;

use super::query::{int, number, one};
use super::writing::Writing;
use super::{cases, unrouted};
use crate::failure::Failure;
use crate::json::{decode, encode};
use crate::nanos::nanos;

/// Whether a session is the one that is stored, and what is stored of it.
pub(super) enum Current {
    No,
    Yes(Standing),
}

/// What is stored of a session; nothing yet of a new one.
pub(super) type Standing = Option<Stored>;

/// The columns of a stored session.
pub(super) struct Stored {
    pub(super) key: i64,
    version: u64,
    pub(super) created: i64,
    ended: Option<i64>,
    wake: Option<i64>,
    pub(super) case: Option<Vec<u8>>,
    threads: String,
}

impl Stored {
    /// Every text under which the session is held.
    pub(super) fn threads(&self) -> Result<Vec<String>, Failure> {
        decode(&self.threads)
    }

    /// Whether it is held under its threads as open.
    pub(super) fn is_open(&self) -> bool {
        self.ended.is_none()
    }
}

/// Whether a session may be written: its version stands, and no other is open on its thread.
pub(super) fn stands(
    conn: &Connection,
    tenant: i64,
    session: &Session,
) -> Result<Current, Failure> {
    let stored = stored(conn, tenant, session.id)?;
    if stored.as_ref().map_or(0, |stored| stored.version) != session.version {
        return Ok(Current::No);
    }
    // One that is open already is the only one on its thread.
    if session.is_open() && !stored.as_ref().is_some_and(Stored::is_open) {
        let thread = session.reply_thread.to_text();
        if one(conn, OPEN_ON, (tenant, thread), |_| Ok(()))?.is_some() {
            return Ok(Current::No);
        }
    }
    Ok(Current::Yes(stored))
}

/// The stored columns of a session.
pub(super) fn stored(
    conn: &Connection,
    tenant: i64,
    session: SessionId,
) -> Result<Standing, Failure> {
    one(conn, STORED, (tenant, key(session)), |row| {
        Ok(Stored {
            key: row.get(0)?,
            version: number(row.get(1)?),
            created: row.get(2)?,
            ended: row.get(3)?,
            wake: row.get(4)?,
            case: row.get(5)?,
            threads: row.get(6)?,
        })
    })
}

/// Writes a session and its new threads; its key.
pub(super) fn put(
    writing: &mut Writing<'_>,
    tenant: i64,
    change: &Change,
    session: &Session,
    data: &str,
    standing: Standing,
) -> Result<i64, Failure> {
    let fresh = fresh_threads(change, session, standing.as_ref())?;
    let (key, created) = match standing {
        None => (add(writing, tenant, session, data, &fresh)?, nanos(session.created_at)),
        Some(stored) => {
            replace(writing, tenant, session, data, &fresh, &stored)?;
            (stored.key, stored.created)
        }
    };
    for (thread, kind) in fresh {
        let row = (tenant, &thread, session.is_open(), created, self::key(session.id), key, kind);
        writing.write(ADD_THREAD, row)?;
        unrouted::find(writing, tenant, &thread)?;
    }
    if session.version == 0 {
        unrouted::find(writing, tenant, &Thread::session(session.id).to_text())?;
    }
    Ok(key)
}

/// Threads that the session is not held under yet, with their kinds.
fn fresh_threads(
    change: &Change,
    session: &Session,
    standing: Option<&Stored>,
) -> Result<BTreeMap<String, i64>, Failure> {
    let mut fresh = BTreeMap::new();
    if standing.is_none() {
        fresh.insert(session.reply_thread.to_text(), REPLY);
    }
    for thread in change.threads.iter().filter(|thread| thread.side != Side::Session) {
        *fresh.entry(thread.to_text()).or_default() |= NAME;
    }
    Ok(fresh)
}

fn add(
    writing: &mut Writing<'_>,
    tenant: i64,
    session: &Session,
    data: &str,
    threads: &BTreeMap<String, i64>,
) -> Result<i64, Failure> {
    let key = int(writing.session());
    let threads = encode(&threads.keys().collect::<Vec<_>>())?;
    let wake = session.wake.map(nanos);
    let case = session.case.map(cases::key);
    let created = nanos(session.created_at);
    let id = self::key(session.id);
    let row = (key, tenant, id, created, ended(session), wake, case, threads, data);
    writing.write(ADD, row)?;
    if let Some(case) = session.case {
        cases::join(writing, tenant, case)?;
    }
    let customer = &session.customer;
    let contact = *session.contact.0.as_bytes();
    writing.write(ADD_CONTACT, (tenant, &customer.scheme, &customer.value, contact))?;
    Ok(key)
}

/// Removes a session's contact, unless another session is of it.
pub(super) fn forget_contact(
    writing: &mut Writing<'_>,
    tenant: i64,
    key: i64,
) -> Result<(), Failure> {
    let data = one(writing.conn, DATA, (key,), |row| row.get::<_, String>(0))?;
    let Some(session) = data.map(|data| decode::<Session>(&data)).transpose()? else {
        return Ok(());
    };
    let (customer, contact) = (&session.customer, *session.contact.0.as_bytes());
    let row = (tenant, &customer.scheme, &customer.value, contact);
    writing.write(COUNT_CONTACT, row)?;
    writing.write(DROP_CONTACT, row)?;
    Ok(())
}

fn replace(
    writing: &mut Writing<'_>,
    tenant: i64,
    session: &Session,
    data: &str,
    fresh: &BTreeMap<String, i64>,
    stored: &Stored,
) -> Result<(), Failure> {
    let wake = session.wake.map(nanos);
    let version = int(session.version) + 1;
    if wake == stored.wake {
        writing.write(REPLACE, (stored.key, version, data))?;
    } else {
        writing.write(REPLACE_WAKE, (stored.key, version, data, wake))?;
    }
    let case = session.case.map(cases::key);
    if case.as_ref().map(<[u8; 16]>::as_slice) != stored.case.as_deref() {
        writing.write(REPLACE_CASE, (stored.key, case))?;
        if let Some(case) = session.case {
            cases::join(writing, tenant, case)?;
        }
        if let Some(case) = &stored.case {
            cases::leave(writing, tenant, case)?;
        }
    }
    if ended(session) != stored.ended {
        writing.write(REPLACE_END, (stored.key, ended(session)))?;
    }
    if fresh.is_empty() && session.is_open() == stored.is_open() {
        return Ok(());
    }
    let mut threads = stored.threads()?;
    if session.is_open() != stored.is_open() {
        for thread in &threads {
            let row = (tenant, thread, stored.created, key(session.id), session.is_open());
            writing.write(TURN_THREAD, row)?;
        }
    }
    let known = threads.len();
    threads.extend(fresh.keys().cloned());
    threads.sort_unstable();
    threads.dedup();
    if threads.len() > known {
        writing.write(REPLACE_THREADS, (stored.key, encode(&threads)?))?;
    }
    Ok(())
}

/// A session's id as stored.
pub(super) fn key(session: SessionId) -> [u8; 16] {
    *session.0.as_bytes()
}

fn ended(session: &Session) -> Option<i64> {
    match session.state {
        SessionState::Open => None,
        SessionState::Resolved { at, .. } => Some(nanos(at)),
    }
}

/// A name that the session was given.
pub(super) const NAME: i64 = 1;
/// The thread its replies go to.
const REPLY: i64 = 2;

pub(super) const STORED: &str = "SELECT key, version, created, ended, wake, case_id, threads
    FROM sessions WHERE tenant = ?1 AND id = ?2";
pub(super) const OPEN_ON: &str = "SELECT session FROM threads
    WHERE tenant = ?1 AND thread = ?2 AND open = 1 AND kind & 2 LIMIT 1";
const ADD: &str = "INSERT INTO sessions
    (key, tenant, id, version, created, ended, wake, case_id, threads, data)
    VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7, ?8, ?9)";
const REPLACE: &str = "UPDATE sessions SET version = ?2, data = ?3 WHERE key = ?1";
const REPLACE_WAKE: &str = "UPDATE sessions SET version = ?2, data = ?3, wake = ?4 WHERE key = ?1";
const REPLACE_CASE: &str = "UPDATE sessions SET case_id = ?2 WHERE key = ?1";
const REPLACE_END: &str = "UPDATE sessions SET ended = ?2 WHERE key = ?1";
const REPLACE_THREADS: &str = "UPDATE sessions SET threads = ?2 WHERE key = ?1";
const ADD_THREAD: &str = "INSERT INTO threads (tenant, thread, open, created, id, session, kind)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT DO UPDATE SET kind = kind | excluded.kind
    WHERE kind & excluded.kind <> excluded.kind";
pub(super) const TURN_THREAD: &str = "UPDATE threads SET open = ?5
    WHERE tenant = ?1 AND thread = ?2 AND open = 1 - ?5 AND created = ?3 AND id = ?4";
const ADD_CONTACT: &str = "INSERT INTO contacts (tenant, scheme, value, contact, sessions)
    VALUES (?1, ?2, ?3, ?4, 1) ON CONFLICT DO UPDATE SET sessions = sessions + 1";
const COUNT_CONTACT: &str = "UPDATE contacts SET sessions = sessions - 1
    WHERE tenant = ?1 AND scheme = ?2 AND value = ?3 AND contact = ?4";
const DROP_CONTACT: &str = "DELETE FROM contacts
    WHERE tenant = ?1 AND scheme = ?2 AND value = ?3 AND contact = ?4 AND sessions <= 0";
pub(super) const DATA: &str = "SELECT data FROM sessions WHERE key = ?1";
