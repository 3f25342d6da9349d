//! Pauses and budgets of accounts, shared by all who claim.

use handover_core::channel::Account;
use handover_core::store::Pause;
use rusqlite::Connection;

use super::query::one;
use super::writing::Writing;
use crate::failure::Failure;
use crate::nanos::{nanos, seconds};

/// Whether an account is not paused and has something left of its budget.
pub(super) fn may_call(
    conn: &Connection,
    tenant: i64,
    account: &Account,
    now: i64,
) -> Result<bool, Failure> {
    let key = (tenant, account.id.as_str());
    if one(conn, PAUSED, (tenant, account.id.as_str(), now), |_| Ok(()))?.is_some() {
        return Ok(false);
    }
    let Some(rate) = account.per_second else { return Ok(true) };
    let whole = one(conn, WHOLE, key, |row| row.get::<_, i64>(0))?;
    let burst = seconds((rate.max(1.0) - 1.0) / rate);
    Ok(whole.is_none_or(|whole| whole <= now.saturating_add(burst)))
}

/// Takes one call out of an account's budget.
pub(super) fn spend(
    writing: &mut Writing<'_>,
    tenant: i64,
    account: &Account,
    now: i64,
) -> Result<(), Failure> {
    if let Some(rate) = account.per_second {
        let (from, call) = (now, seconds(1.0 / rate));
        let fresh = from.saturating_add(call);
        writing.write(SPEND, (tenant, account.id.as_str(), fresh, from, call))?;
    }
    Ok(())
}

/// Pauses an account; of two pauses the later end counts.
pub(super) fn pause(writing: &mut Writing<'_>, tenant: i64, pause: &Pause) -> Result<(), Failure> {
    let row = (tenant, pause.account.as_str(), pause.until.map(nanos), &pause.reason);
    writing.write(PAUSE, row)?;
    Ok(())
}

pub(super) const PAUSED: &str = "SELECT 1 FROM pauses
    WHERE tenant = ?1 AND account = ?2 AND (until IS NULL OR until > ?3)";
pub(super) const WHOLE: &str = "SELECT whole FROM budgets WHERE tenant = ?1 AND account = ?2";
/// Sums that leave what SQLite holds become floats, which are later than all times.
const SPEND: &str = "INSERT INTO budgets (tenant, account, whole) VALUES (?1, ?2, ?3)
    ON CONFLICT (tenant, account) DO UPDATE SET
        whole = min(max(whole, ?4) + ?5, 9223372036854775807)";
const PAUSE: &str = "INSERT INTO pauses (tenant, account, until, reason) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (tenant, account) DO UPDATE SET until = excluded.until, reason = excluded.reason
    WHERE pauses.until IS NOT NULL AND (excluded.until IS NULL OR excluded.until >= pauses.until)";
