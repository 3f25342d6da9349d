//! Reading for people and tools.

use chrono::{DateTime, Utc};
use handover_core::archive::{Counts, JobView, Jobs};
use handover_core::directory::Contact;
use handover_core::id::{AccountId, EventId, SessionId, TenantId};
use handover_core::identity::Identity;
use handover_core::message::Message;
use handover_core::session::Session;
use handover_core::store::Pause;
use rusqlite::{Connection, Row};
use uuid::Uuid;

use super::query::{all, int, limit, number, one};
use super::{jobs, load, sessions, tenants};
use crate::failure::Failure;
use crate::json::{RawView, Versioned, decode};
use crate::nanos::{nanos, time};

/// Messages of a session with a place after `after`.
pub(super) fn messages(
    conn: &Connection,
    tenant: &TenantId,
    session: SessionId,
    after: u64,
    most: usize,
) -> Result<Vec<Message>, Failure> {
    let Some(tenant) = tenants::find(conn, tenant)? else { return Ok(Vec::new()) };
    let id = (tenant, sessions::key(session));
    let Some(session) = one(conn, load::BY_ID, id, |row| row.get::<_, i64>(0))? else {
        return Ok(Vec::new());
    };
    let texts = all(conn, MESSAGES, (tenant, session, int(after), limit(most)), text)?;
    texts.iter().map(|text| decode(text)).collect()
}

/// The message that an event became.
pub(super) fn message_of(
    conn: &Connection,
    tenant: &TenantId,
    event: &EventId,
) -> Result<Option<(SessionId, Message)>, Failure> {
    let Some(tenant) = tenants::find(conn, tenant)? else { return Ok(None) };
    let found = one(conn, MESSAGE_OF, (tenant, event.as_str()), |row| {
        Ok((SessionId(Uuid::from_bytes(row.get(0)?)), row.get::<_, String>(1)?))
    })?;
    found.map(|(session, text)| Ok((session, decode(&text)?))).transpose()
}

/// Sessions, newest first.
pub(super) fn sessions(
    conn: &Connection,
    tenant: &TenantId,
    open_only: bool,
    before: Option<DateTime<Utc>>,
    most: usize,
) -> Result<Vec<Session>, Failure> {
    let Some(tenant) = tenants::find(conn, tenant)? else { return Ok(Vec::new()) };
    let sql = if open_only { OPEN_SESSIONS } else { SESSIONS };
    // Without an end, a time that no session has.
    let before = before.map_or(i64::MAX, nanos);
    let rows = all(conn, sql, (tenant, before, limit(most)), |row| {
        Ok(Versioned { version: number(row.get(0)?), data: row.get(1)? })
    })?;
    rows.iter().map(Versioned::session).collect()
}

/// Jobs that `which` names, oldest first.
pub(super) fn jobs(
    conn: &Connection,
    tenant: &TenantId,
    which: Jobs,
    most: usize,
) -> Result<Vec<JobView>, Failure> {
    let Some(tenant) = tenants::find(conn, tenant)? else { return Ok(Vec::new()) };
    let most = limit(most);
    let rows = match which {
        Jobs::Failing => all(conn, FAILING_JOBS, (tenant, most), view)?,
        Jobs::Parked => all(conn, HELD_JOBS, (tenant, jobs::PARKED, most), view)?,
        Jobs::Session(id) => all(conn, SESSION_JOBS, (tenant, sessions::key(id), most), view)?,
        Jobs::Uncertain => all(conn, HELD_JOBS, (tenant, jobs::UNCERTAIN, most), view)?,
    };
    rows.into_iter().map(RawView::decode).collect()
}

/// Accounts that are paused.
pub(super) fn pauses(conn: &Connection, tenant: &TenantId) -> Result<Vec<Pause>, Failure> {
    let Some(tenant) = tenants::find(conn, tenant)? else { return Ok(Vec::new()) };
    let rows = all(conn, PAUSES, (tenant,), |row| {
        let columns: (String, Option<i64>, Box<str>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(columns)
    })?;
    let pause = |(account, until, reason): (String, Option<i64>, _)| {
        // Every stored name was a name.
        let account = AccountId::new(account).ok()?;
        Some(Pause { account, until: until.map(time), reason })
    };
    Ok(rows.into_iter().filter_map(pause).collect())
}

/// Our own contacts with an identity.
pub(super) fn contacts(
    conn: &Connection,
    tenant: &TenantId,
    identity: &Identity,
) -> Result<Vec<Contact>, Failure> {
    let Some(tenant) = tenants::find(conn, tenant)? else { return Ok(Vec::new()) };
    all(conn, CONTACTS, (tenant, &identity.scheme, &identity.value), |row| {
        Ok(Contact::new(Uuid::from_bytes(row.get(0)?).to_string(), None))
    })
}

/// How much of everything there is.
pub(super) fn counts(conn: &Connection, tenant: &TenantId) -> Result<Counts, Failure> {
    let Some(tenant) = tenants::find(conn, tenant)? else { return Ok(Counts::default()) };
    let count = |sql: &str| -> Result<u64, Failure> {
        Ok(one(conn, sql, (tenant,), |row| row.get(0))?.map_or(0, number))
    };
    let (parked, uncertain) = (count(COUNT_PARKED)?, count(COUNT_UNCERTAIN)?);
    Ok(Counts {
        open_sessions: count(COUNT_OPEN)?,
        jobs: count(COUNT_LANES)? - parked,
        parked,
        uncertain,
        unrouted: count(COUNT_UNROUTED)?,
    })
}

fn view(row: &Row<'_>) -> rusqlite::Result<RawView> {
    let (state, reason, not_before) = (row.get(6)?, row.get(7)?, row.get(8)?);
    Ok(RawView { job: jobs::read(row)?, state, reason, not_before })
}

fn text(row: &Row<'_>) -> rusqlite::Result<String> {
    row.get(0)
}

pub(super) const MESSAGES: &str = "SELECT data FROM messages
    WHERE tenant = ?1 AND session = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4";
pub(super) const MESSAGE_OF: &str = "SELECT s.id, m.data FROM marks k
    JOIN sessions s ON s.key = k.session
    JOIN messages m ON m.tenant = k.tenant AND m.session = k.session AND m.seq = k.seq
    WHERE k.tenant = ?1 AND k.id = ?2";
pub(super) const SESSIONS: &str = "SELECT version, data FROM sessions INDEXED BY sessions_created
    WHERE tenant = ?1 AND created < ?2 ORDER BY created DESC, id LIMIT ?3";
pub(super) const OPEN_SESSIONS: &str = "SELECT version, data FROM sessions INDEXED BY sessions_open
    WHERE tenant = ?1 AND created < ?2 AND ended IS NULL ORDER BY created DESC, id LIMIT ?3";
pub(super) const HELD_JOBS: &str =
    "SELECT id, attempts, first_at, tried, last_at, data, state, reason,
        not_before
    FROM jobs INDEXED BY jobs_held WHERE tenant = ?1 AND state >= 2 AND state = ?2
    ORDER BY id LIMIT ?3";
pub(super) const FAILING_JOBS: &str =
    "SELECT id, attempts, first_at, tried, last_at, data, state, reason,
        not_before
    FROM jobs INDEXED BY jobs_failing
    WHERE tenant = ?1 AND reason IS NOT NULL AND state < 2 ORDER BY id LIMIT ?2";
pub(super) const SESSION_JOBS: &str =
    "SELECT id, attempts, first_at, tried, last_at, data, state, reason,
        not_before
    FROM jobs INDEXED BY jobs_session
    WHERE session = (SELECT key FROM sessions WHERE tenant = ?1 AND id = ?2)
    ORDER BY id LIMIT ?3";
const PAUSES: &str = "SELECT account, until, reason FROM pauses WHERE tenant = ?1";
pub(super) const CONTACTS: &str =
    "SELECT contact FROM contacts WHERE tenant = ?1 AND scheme = ?2 AND value = ?3";
const COUNT_OPEN: &str = "SELECT count(*) FROM sessions INDEXED BY sessions_open
    WHERE tenant = ?1 AND ended IS NULL";
const COUNT_LANES: &str =
    "SELECT count(*) FROM jobs INDEXED BY jobs_lane WHERE tenant = ?1 AND lane IS NOT NULL";
const COUNT_PARKED: &str = "SELECT count(*) FROM jobs INDEXED BY jobs_held
    WHERE tenant = ?1 AND state >= 2 AND state = 2";
const COUNT_UNCERTAIN: &str = "SELECT count(*) FROM jobs INDEXED BY jobs_held
    WHERE tenant = ?1 AND state >= 2 AND state = 3";
const COUNT_UNROUTED: &str = "SELECT count(*) FROM unrouted WHERE tenant = ?1";
