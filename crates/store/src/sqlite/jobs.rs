//! Jobs in their lanes. Only the head of a lane may be claimed.

use chrono::{DateTime, Utc};
use handover_core::job::{Lane, NewJob};
use rusqlite::{Connection, Row};

use super::query::{int, number, one};
use super::writing::Writing;
use crate::failure::Failure;
use crate::json::RawJob;
pub(super) use crate::json::{PARKED, UNCERTAIN, WAITING};
use crate::nanos::nanos;

/// Adds a job at the end of its lane.
pub(super) fn add(
    writing: &mut Writing<'_>,
    tenant: i64,
    session: Option<i64>,
    new: &NewJob,
    data: &str,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let lane = new.lane.to_text();
    let is_head = one(writing.conn, ANY, (tenant, &lane), |_| Ok(()))?.is_none();
    let now = nanos(now);
    let row = (
        int(writing.job()),
        tenant,
        session,
        lane,
        new.lane.destination.to_text(),
        new.work.priority(&new.lane),
        is_head,
        is_head.then_some(now),
        now,
        data,
    );
    writing.write(ADD, row)?;
    Ok(())
}

/// Whether a job that nobody has claimed stands in a lane.
pub(super) fn waits(conn: &Connection, tenant: i64, lane: &Lane) -> Result<bool, Failure> {
    Ok(one(conn, WAITS, (tenant, lane.to_text()), |_| Ok(()))?.is_some())
}

/// Takes a job out of the store.
pub(super) fn remove(writing: &mut Writing<'_>, job: i64) -> Result<(), Failure> {
    writing.write(REMOVE, (job,))?;
    Ok(())
}

/// Makes the first job of a lane its head, if it is not yet.
pub(super) fn promote(
    writing: &mut Writing<'_>,
    tenant: i64,
    lane: &str,
    now: i64,
) -> Result<(), Failure> {
    let first = one(writing.conn, FIRST, (tenant, lane), |row| {
        let (id, is_head): (i64, bool) = (row.get(0)?, row.get(1)?);
        Ok((id, is_head))
    })?;
    if let Some((id, false)) = first {
        writing.write(PROMOTE, (id, now))?;
    }
    Ok(())
}

/// A job from the first columns of a query for jobs: id, attempts, first_at, tried, last_at, data.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<RawJob> {
    Ok(RawJob {
        id: number(row.get(0)?),
        attempts: row.get(1)?,
        first_at: row.get(2)?,
        tried: row.get(3)?,
        last_at: row.get(4)?,
        data: row.get(5)?,
    })
}

const ANY: &str = "SELECT 1 FROM jobs INDEXED BY jobs_lane WHERE tenant = ?1 AND lane = ?2 LIMIT 1";
const WAITS: &str = "SELECT 1 FROM jobs INDEXED BY jobs_lane
    WHERE tenant = ?1 AND lane = ?2 AND state = 0 LIMIT 1";
const ADD: &str = "INSERT INTO jobs (id, tenant, session, lane, destination, priority, state, head,
        ready, due, not_before, attempts, tried, data)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?7, ?8, ?9, 0, 0, ?10)";
const REMOVE: &str = "DELETE FROM jobs WHERE id = ?1";
pub(super) const FIRST: &str = "SELECT id, head FROM jobs INDEXED BY jobs_lane
    WHERE tenant = ?1 AND lane = ?2 ORDER BY id LIMIT 1";
/// The time to claim is when the wait or the lease ends; none while parked.
const PROMOTE: &str = "UPDATE jobs SET head = 1,
        due = CASE state WHEN 0 THEN not_before WHEN 1 THEN lease_until END,
        ready = CASE state WHEN 0 THEN not_before <= ?2 WHEN 1 THEN lease_until <= ?2 ELSE 0 END
    WHERE id = ?1";
