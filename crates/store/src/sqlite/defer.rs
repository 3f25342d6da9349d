//! Claimed jobs that go back.

use handover_core::store::{Commit, Deferral};

use super::query::{all, int};
use super::writing::Writing;
use super::{accounts, jobs, tenants};
use crate::failure::Failure;
use crate::nanos::nanos;

/// Puts back every job that is still claimed under the lease.
pub(super) fn defer(writing: &mut Writing<'_>, deferral: &Deferral) -> Result<Commit, Failure> {
    let lease = &deferral.lease;
    let Some(tenant) = tenants::find(writing.conn, &lease.tenant)? else {
        return Ok(Commit::Lost);
    };
    let held = all(writing.conn, HELD, (int(lease.token), tenant), |row| row.get::<_, i64>(0))?;
    if held.is_empty() {
        return Ok(Commit::Lost);
    }
    let (until, now) = (nanos(deferral.until), nanos(deferral.now));
    let began = deferral.began.map(nanos);
    for (n, job) in held.into_iter().enumerate() {
        // One parked job holds its lane: a person takes up one.
        let is_parked = deferral.parked && n == 0;
        let state = if is_parked { jobs::PARKED } else { jobs::WAITING };
        let due = (!is_parked).then_some(until);
        let uncounted = i64::from(!deferral.counted);
        let is_due = due.is_some_and(|due| due <= now);
        let (reason, tried) = (&deferral.reason, deferral.tried);
        let row = (job, state, until, due, is_due, reason, tried, uncounted, began);
        writing.write(PUT_BACK, row)?;
    }
    if let Some(pause) = &deferral.pause {
        accounts::pause(writing, tenant, pause)?;
    }
    writing.wake(&lease.tenant);
    Ok(Commit::Done)
}

pub(super) const HELD: &str = "SELECT id FROM jobs INDEXED BY jobs_token
    WHERE token = ?1 AND tenant = ?2 AND state = 1 ORDER BY id";
const PUT_BACK: &str = "UPDATE jobs SET state = ?2, not_before = ?3,
        due = CASE head WHEN 1 THEN ?4 END, ready = head AND ?5, reason = ?6,
        tried = tried OR ?7, last_at = coalesce(?9, last_at), attempts = attempts - ?8, token = NULL, lease_until = NULL
    WHERE id = ?1";
