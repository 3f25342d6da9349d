//! The end of claimed jobs.

use chrono::{DateTime, Utc};
use handover_core::store::Settle;
use rusqlite::{Connection, Row};

use super::jobs;
use super::query::{int, one};
use super::writing::Writing;
use crate::failure::Failure;
use crate::nanos::nanos;

/// Whether every named job is still claimed under the lease.
pub(super) fn is_live(conn: &Connection, tenant: i64, settle: &Settle) -> Result<bool, Failure> {
    let token = int(settle.lease.token);
    for job in &settle.jobs {
        if one(conn, HELD, (int(job.0), tenant, token), |_| Ok(()))?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Ends jobs whose lease [`is_live`], and lets their lanes go on.
pub(super) fn settle(
    writing: &mut Writing<'_>,
    tenant: i64,
    settle: &Settle,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let mut lanes: Vec<String> = Vec::new();
    for job in &settle.jobs {
        let id = int(job.0);
        let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let found: Option<(Option<String>, String)> = one(writing.conn, LANE, (id,), columns)?;
        let Some((Some(lane), destination)) = found else { continue };
        if settle.uncertain {
            writing.write(SET_ASIDE, (id,))?;
        } else {
            jobs::remove(writing, id)?;
        }
        if let Some(cursor) = settle.cursor.as_ref().filter(|_| lane.starts_with("feed|all|")) {
            writing.write(MOVE_CURSOR, (tenant, destination, &cursor.0))?;
        }
        if !lanes.contains(&lane) {
            lanes.push(lane);
        }
    }
    for lane in lanes {
        jobs::promote(writing, tenant, &lane, nanos(now))?;
    }
    Ok(())
}

pub(super) const HELD: &str =
    "SELECT 1 FROM jobs WHERE id = ?1 AND tenant = ?2 AND token = ?3 AND state = 1";
pub(super) const LANE: &str = "SELECT lane, destination FROM jobs WHERE id = ?1";
const SET_ASIDE: &str = "UPDATE jobs SET state = 3, lane = NULL, head = 0, ready = 0, due = NULL,
    token = NULL, lease_until = NULL WHERE id = ?1";
const MOVE_CURSOR: &str = "INSERT INTO cursors (tenant, source, cursor) VALUES (?1, ?2, ?3)
    ON CONFLICT (tenant, source) DO UPDATE SET cursor = excluded.cursor";
