//! What time alone makes due.

use chrono::{DateTime, Utc};
use handover_core::event::Event;
use handover_core::id::{SessionId, TenantId};
use handover_core::store::Due;
use rusqlite::Connection;
use uuid::Uuid;

use super::query::{all, limit, one};
use super::{tenants, unrouted};
use crate::failure::Failure;
use crate::json::decode;
use crate::nanos::{nanos, time};

/// What is due at `now`, at most `most` of each kind, and when the next thing is.
pub(super) fn due(
    conn: &Connection,
    tenant: &TenantId,
    now: DateTime<Utc>,
    most: usize,
) -> Result<Due, Failure> {
    let Some(tenant) = tenants::find(conn, tenant)? else { return Ok(Due::default()) };
    let now = nanos(now);
    let sessions = all(conn, WOKEN, (tenant, now, limit(most)), |row| {
        Ok(SessionId(Uuid::from_bytes(row.get(0)?)))
    })?;
    let events = found(conn, tenant, most)?;
    let next = one(conn, NEXT, (tenant, now), |row| row.get::<_, Option<i64>>(0))?.flatten();
    Ok(Due { sessions, events, next: next.map(time) })
}

/// Unrouted events that lead somewhere. A session may have been forgotten since one was found.
fn found(conn: &Connection, tenant: i64, most: usize) -> Result<Vec<Event>, Failure> {
    let mut statement = conn.prepare_cached(FOUND)?;
    let mut rows = statement.query((tenant,))?;
    let mut events = Vec::new();
    while events.len() < most {
        let Some(row) = rows.next()? else { break };
        let event: Event = decode(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
        for thread in &event.threads {
            if unrouted::leads_somewhere(conn, tenant, thread)? {
                events.push(event);
                break;
            }
        }
    }
    Ok(events)
}

pub(super) const WOKEN: &str = "SELECT id FROM sessions INDEXED BY sessions_wake
    WHERE tenant = ?1 AND wake <= ?2 ORDER BY wake, id LIMIT ?3";
pub(super) const FOUND: &str = "SELECT data FROM unrouted INDEXED BY unrouted_found
    WHERE tenant = ?1 AND found = 1 ORDER BY event";
/// Each part is the first row of an index.
pub(super) const NEXT: &str = "SELECT min(at) FROM (
    SELECT (SELECT wake FROM sessions INDEXED BY sessions_wake
        WHERE tenant = ?1 AND wake > ?2 ORDER BY wake LIMIT 1) AS at
    UNION ALL SELECT (SELECT due FROM jobs INDEXED BY jobs_due
        WHERE tenant = ?1 AND ready = 0 AND due > ?2 ORDER BY due LIMIT 1)
    UNION ALL SELECT (SELECT due FROM jobs INDEXED BY jobs_due
        WHERE tenant = ?1 AND ready = 1 AND due > ?2 ORDER BY due LIMIT 1)
    UNION ALL SELECT (SELECT min(until) FROM pauses WHERE tenant = ?1 AND until > ?2))";
