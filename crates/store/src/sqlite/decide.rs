//! The few things that a person decides.

use chrono::{DateTime, Utc};
use handover_core::id::{AccountId, TenantId};
use handover_core::job::JobId;

use super::query::int;
use super::tenants;
use super::writing::Writing;
use crate::failure::Failure;
use crate::nanos::nanos;

/// Takes a parked job up again. False if there is no such parked job.
pub(super) fn replay(
    writing: &mut Writing<'_>,
    tenant: &TenantId,
    job: JobId,
    now: DateTime<Utc>,
) -> Result<bool, Failure> {
    let Some(key) = tenants::find(writing.conn, tenant)? else { return Ok(false) };
    let is_there = writing.write(REPLAY, (int(job.0), key, nanos(now)))? > 0;
    writing.wake(tenant);
    Ok(is_there)
}

/// Ends an account's pause.
pub(super) fn resume(
    writing: &mut Writing<'_>,
    tenant: &TenantId,
    account: &AccountId,
) -> Result<(), Failure> {
    if let Some(key) = tenants::find(writing.conn, tenant)? {
        writing.write(RESUME, (key, account.as_str()))?;
        writing.wake(tenant);
    }
    Ok(())
}

/// Removes an uncertain job. False if it is not there.
pub(super) fn decided(
    writing: &mut Writing<'_>,
    tenant: &TenantId,
    job: JobId,
) -> Result<bool, Failure> {
    let Some(key) = tenants::find(writing.conn, tenant)? else { return Ok(false) };
    Ok(writing.write(DECIDED, (int(job.0), key))? > 0)
}

const REPLAY: &str = "UPDATE jobs SET state = 0, not_before = ?3, reason = NULL, attempts = 0,
        first_at = NULL, ready = head, due = CASE head WHEN 1 THEN ?3 END
    WHERE id = ?1 AND tenant = ?2 AND state = 2";
const RESUME: &str = "DELETE FROM pauses WHERE tenant = ?1 AND account = ?2";
const DECIDED: &str = "DELETE FROM jobs WHERE id = ?1 AND tenant = ?2 AND state = 3";
