//! Claimed jobs that go back, and the few things that a person decides: one statement each, which
//! happens as a whole whether anybody waits for it or not.

use chrono::{DateTime, Utc};
use handover_core::id::AccountId;
use handover_core::job::JobId;
use handover_core::store::Deferral;

use super::query::Query;
use crate::nanos::nanos;
use crate::numbers::int;

/// Puts back every job that is still claimed under the lease; a row for each.
pub(super) fn defer(tenant: i32, deferral: &Deferral) -> Query<'_> {
    let pause = deferral.pause.as_ref();
    Query::new(DEFER)
        .with(tenant)
        .with(int(deferral.lease.token))
        .with(nanos(deferral.now))
        .with(nanos(deferral.until))
        .with(deferral.tried)
        .with(deferral.began.map(nanos))
        .with(i64::from(!deferral.counted))
        .with(deferral.parked)
        .with(deferral.reason.as_deref())
        .with(pause.map(|pause| pause.account.as_str()))
        .with(pause.and_then(|pause| pause.until).map(nanos))
        .with(pause.map_or("", |pause| &*pause.reason))
}

/// Takes a parked job up again; a row if it was there.
pub(super) fn replay(tenant: i32, job: JobId, now: DateTime<Utc>) -> Query<'static> {
    Query::new(REPLAY).with(tenant).with(int(job.0)).with(nanos(now))
}

/// Ends an account's pause.
pub(super) fn resume(tenant: i32, account: &AccountId) -> Query<'_> {
    Query::new(RESUME).with(tenant).with(account.as_str())
}

/// Removes an uncertain job; a row if it was there.
pub(super) fn decided(tenant: i32, job: JobId) -> Query<'static> {
    Query::new(DECIDED).with(tenant).with(int(job.0))
}

/// One parked job holds its lane: a person takes up one. Of two pauses the later end counts.
pub(super) const DEFER: &str = "WITH held AS MATERIALIZED (
        SELECT id FROM jobs WHERE token = $2::int8 AND tenant = $1::int4 AND state = 1
        ORDER BY id FOR UPDATE),
    back AS (
        UPDATE jobs SET
            state = CASE WHEN $8::bool AND jobs.id = first.id THEN 2 ELSE 0 END,
            not_before = $4::int8,
            due = CASE WHEN head AND NOT ($8 AND jobs.id = first.id) THEN $4 END,
            ready = head AND NOT ($8 AND jobs.id = first.id) AND $4 <= $3::int8,
            reason = $9::text,
            tried = tried OR $5::bool, last_at = coalesce($6::int8, last_at),
            attempts = attempts - $7::int8, token = NULL, lease_until = NULL
        FROM (SELECT min(id) AS id FROM held) first
        WHERE jobs.id IN (SELECT id FROM held) RETURNING jobs.id),
    paused AS (
        INSERT INTO pauses AS p (tenant, account, until, reason)
        SELECT $1, $10::text, $11::int8, $12::text WHERE $10 IS NOT NULL AND EXISTS (SELECT FROM back)
        ON CONFLICT (tenant, account) DO UPDATE SET until = excluded.until, reason = excluded.reason
        WHERE p.until IS NOT NULL AND (excluded.until IS NULL OR excluded.until >= p.until))
    SELECT id FROM back";
const REPLAY: &str =
    "UPDATE jobs SET state = 0, not_before = $3::int8, reason = NULL, attempts = 0,
        first_at = NULL, ready = head, due = CASE WHEN head THEN $3 END
    WHERE id = $2::int8 AND tenant = $1::int4 AND state = 2 RETURNING id";
const RESUME: &str = "DELETE FROM pauses WHERE tenant = $1::int4 AND account = $2";
const DECIDED: &str =
    "DELETE FROM jobs WHERE id = $2::int8 AND tenant = $1::int4 AND state = 3 RETURNING id";
