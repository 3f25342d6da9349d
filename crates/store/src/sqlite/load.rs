//! Conversations behind threads.

use handover_core::id::TenantId;
use handover_core::session::Conversation;
use handover_core::thread::{Side, Thread};
use rusqlite::{Connection, Row};

use super::query::{number, one};
use super::{sessions, tenants};
use crate::failure::Failure;
use crate::json::{RawConversation, Versioned};

/// For each thread the open session on it and the newest, and the open ones on their reply threads.
pub(super) fn load(
    conn: &Connection,
    tenant: &TenantId,
    threads: &[Thread],
) -> Result<Vec<Conversation>, Failure> {
    let Some(tenant) = tenants::find(conn, tenant)? else { return Ok(Vec::new()) };
    let mut keys = Vec::new();
    for thread in threads {
        keys.extend(on(conn, tenant, thread)?);
    }
    let mut found: Vec<(i64, Conversation)> = Vec::new();
    read_in(conn, tenant, &keys, &mut found)?;
    let mut open = Vec::new();
    for (_, conversation) in &found {
        let thread = conversation.session.reply_thread.to_text();
        open.extend(one(conn, sessions::OPEN_ON, (tenant, thread), |row| row.get::<_, i64>(0))?);
    }
    read_in(conn, tenant, &open, &mut found)?;
    Ok(found.into_iter().map(|(_, conversation)| conversation).collect())
}

/// A session and its case, by the session's key.
pub(super) fn conversation(
    conn: &Connection,
    tenant: i64,
    session: i64,
) -> Result<Option<RawConversation>, Failure> {
    one(conn, CONVERSATION, (tenant, session), read)
}

fn read_in(
    conn: &Connection,
    tenant: i64,
    keys: &[i64],
    found: &mut Vec<(i64, Conversation)>,
) -> Result<(), Failure> {
    for key in keys {
        if found.iter().any(|(known, _)| known == key) {
            continue;
        }
        if let Some(raw) = conversation(conn, tenant, *key)? {
            found.push((*key, raw.decode()?));
        }
    }
    Ok(())
}

/// The open and the newest session on a thread.
fn on(conn: &Connection, tenant: i64, thread: &Thread) -> Result<Vec<i64>, Failure> {
    if thread.side == Side::Session {
        let Some(session) = thread.as_session() else { return Ok(Vec::new()) };
        let key = (tenant, sessions::key(session));
        return Ok(one(conn, BY_ID, key, |row| row.get(0))?.into_iter().collect());
    }
    let text = thread.to_text();
    let newest = |open: bool| {
        one(conn, NEWEST, (tenant, &text, open), |row| {
            let age: (i64, [u8; 16]) = (row.get(1)?, row.get(2)?);
            Ok((age, row.get::<_, i64>(0)?))
        })
    };
    let (open, over) = (newest(true)?, newest(false)?);
    let newest = open.max(over);
    Ok(open.into_iter().chain(newest).map(|(_, key)| key).collect())
}

fn read(row: &Row<'_>) -> rusqlite::Result<RawConversation> {
    let session = Versioned { version: number(row.get(0)?), data: row.get(1)? };
    let version: Option<i64> = row.get(2)?;
    let case = match version {
        Some(version) => Some(Versioned { version: number(version), data: row.get(3)? }),
        None => None,
    };
    Ok(RawConversation { session, case })
}

pub(super) const BY_ID: &str = "SELECT key FROM sessions WHERE tenant = ?1 AND id = ?2";
pub(super) const NEWEST: &str = "SELECT session, created, id FROM threads
    WHERE tenant = ?1 AND thread = ?2 AND open = ?3 AND kind & 1
    ORDER BY created DESC, id DESC LIMIT 1";
pub(super) const CONVERSATION: &str = "SELECT s.version, s.data, c.version, c.data
    FROM sessions s LEFT JOIN cases c ON c.tenant = s.tenant AND c.id = s.case_id
    WHERE s.key = ?2 AND s.tenant = ?1";
