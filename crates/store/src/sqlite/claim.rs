//! Claims: the most urgent head that may be called for, found by index alone.

use std::time::Duration;

use chrono::{DateTime, Utc};
use handover_core::channel::Account;
use handover_core::feed::Cursor;
use handover_core::id::TenantId;
use handover_core::job::{Job, Withheld, Work};
use handover_core::store::{Claim, Lease, Served};
use rusqlite::{Connection, Row};
use serde::Deserialize;

use super::query::{all, int, limit, one};
use super::writing::Writing;
use super::{accounts, jobs, load, tenants};
use crate::failure::Failure;
use crate::json::{RawConversation, RawJob, decode};
use crate::nanos::{later, nanos, time};

/// What a caller would claim.
pub(super) struct Wanted {
    tenant: TenantId,
    /// Each destination as stored, and once.
    served: Vec<(String, Account, usize)>,
    now: i64,
    lease: Duration,
}

/// A claim as it travels back: decoded by the caller, so that the writer need not.
pub(super) struct RawClaim {
    token: u64,
    until: i64,
    jobs: Vec<RawJob>,
    conversation: Option<RawConversation>,
    withheld: Option<Withheld>,
    cursor: Option<String>,
}

impl Wanted {
    /// What a caller would claim.
    pub(super) fn new(
        tenant: &TenantId,
        served: &[Served],
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Self {
        let mut texts: Vec<(String, Account, usize)> = Vec::new();
        for served in served {
            let text = served.destination.to_text();
            if !texts.iter().any(|(known, ..)| *known == text) {
                texts.push((text, served.account.clone(), served.batch));
            }
        }
        Self { tenant: tenant.clone(), served: texts, now: nanos(now), lease }
    }
}

impl RawClaim {
    /// The claim.
    pub(super) fn decode(self, tenant: &TenantId) -> Result<Claim, Failure> {
        Ok(Claim {
            lease: Lease { tenant: tenant.clone(), token: self.token },
            until: time(self.until),
            jobs: self.jobs.iter().map(RawJob::decode).collect::<Result<_, _>>()?,
            conversation: self.conversation.map(|raw| raw.decode()).transpose()?,
            withheld: self.withheld,
            cursor: self.cursor.map(|cursor| Cursor(cursor.into())),
        })
    }
}

/// Takes the most urgent head, with those right behind it that go along.
pub(super) fn claim(
    writing: &mut Writing<'_>,
    wanted: &Wanted,
) -> Result<Option<RawClaim>, Failure> {
    let Some(tenant) = tenants::find(writing.conn, &wanted.tenant)? else { return Ok(None) };
    writing.write(RAISE, (tenant, wanted.now))?;
    let Some((id, account, batch)) = choose(writing.conn, tenant, wanted)? else {
        return Ok(None);
    };
    accounts::spend(writing, tenant, account, wanted.now)?;
    let Some(head) = one(writing.conn, HEAD, (id,), Head::read)? else { return Ok(None) };
    let first: Job = decode(&head.job.data)?;
    let token = writing.token();
    let lease_until = later(wanted.now, wanted.lease);
    let (raw, withheld) = match head.session {
        Some(session) => {
            let raw = load::conversation(writing.conn, tenant, session)?;
            let withheld = raw.as_ref().map(|raw| withheld(writing.conn, tenant, &first, raw));
            (raw, withheld.transpose()?.flatten())
        }
        None => (None, None),
    };
    let cursor = match head.lane.starts_with("feed|all|") {
        true => one(writing.conn, CURSOR, (tenant, &head.destination), |row| row.get(0))?,
        false => None,
    };
    let mut taken = vec![head.job];
    taken.extend(along(writing.conn, tenant, &first, &head.lane, id, batch)?);
    for job in &mut taken {
        let row = (int(job.id), int(token), lease_until, wanted.now);
        let sql = if int(job.id) == id { TAKE_HEAD } else { TAKE };
        let taken = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        (job.attempts, job.first_at, job.tried, job.last_at) =
            writing.write_returning(sql, row, taken)?;
    }
    Ok(Some(RawClaim {
        token,
        until: lease_until,
        jobs: taken,
        conversation: raw,
        withheld,
        cursor,
    }))
}

/// The most urgent head whose account may be called.
fn choose<'a>(
    conn: &Connection,
    tenant: i64,
    wanted: &'a Wanted,
) -> Result<Option<(i64, &'a Account, usize)>, Failure> {
    let mut urgent: Vec<(u8, i64, &Account, usize)> = Vec::new();
    for (destination, account, batch) in &wanted.served {
        let head = one(conn, URGENT, (tenant, destination, wanted.now), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        urgent.extend(head.map(|(priority, id)| (priority, id, account, *batch)));
    }
    urgent.sort_unstable_by_key(|(priority, id, ..)| (*priority, *id));
    for (_, id, account, batch) in urgent {
        if accounts::may_call(conn, tenant, account, wanted.now)? {
            return Ok(Some((id, account, batch)));
        }
    }
    Ok(None)
}

/// Jobs right behind the head that go along.
fn along(
    conn: &Connection,
    tenant: i64,
    first: &Job,
    lane: &str,
    head: i64,
    batch: usize,
) -> Result<Vec<RawJob>, Failure> {
    let may_take = matches!(first.work, Work::Append { .. } | Work::Answer { .. });
    if batch < 2 || !may_take {
        return Ok(Vec::new());
    }
    let behind = all(conn, BEHIND, (tenant, lane, head, limit(batch - 1)), |row| {
        Ok((jobs::read(row)?, row.get::<_, i64>(6)?))
    })?;
    let mut along = Vec::new();
    for (raw, state) in behind {
        if state == jobs::PARKED || !first.takes_along(&decode(&raw.data)?) {
            break;
        }
        along.push(raw);
    }
    Ok(along)
}

/// Why a job must not be done, as of this transaction.
fn withheld(
    conn: &Connection,
    tenant: i64,
    job: &Job,
    raw: &RawConversation,
) -> Result<Option<Withheld>, Failure> {
    let is_send = matches!(job.work, Work::Send { .. });
    if !is_send && job.fence.is_none() {
        return Ok(None);
    }
    let gate: Gate = decode(&raw.session.data)?;
    if is_send {
        let address = (tenant, &gate.channel, &gate.customer.value);
        if one(conn, ALLOWED, address, |row| row.get(0))? == Some(false) {
            return Ok(Some(Withheld::OptedOut));
        }
    }
    let is_stale = job.fence.is_some_and(|epoch| epoch != gate.control.epoch);
    Ok(is_stale.then_some(Withheld::Overtaken))
}

/// What of a session decides whether something may be said.
#[derive(Deserialize)]
struct Gate {
    channel: String,
    customer: Recipient,
    control: Epoch,
}

#[derive(Deserialize)]
struct Recipient {
    value: String,
}

#[derive(Deserialize)]
struct Epoch {
    epoch: u64,
}

struct Head {
    job: RawJob,
    session: Option<i64>,
    lane: String,
    destination: String,
}

impl Head {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (session, lane, destination) = (row.get(6)?, row.get(7)?, row.get(8)?);
        Ok(Self { job: jobs::read(row)?, session, lane, destination })
    }
}

/// Raises heads whose time has come; the rest of a great many at the next claim.
pub(super) const RAISE: &str = "UPDATE jobs SET ready = 1 WHERE id IN (
    SELECT id FROM jobs INDEXED BY jobs_due
    WHERE tenant = ?1 AND ready = 0 AND due <= ?2 ORDER BY due LIMIT 1000)";
pub(super) const URGENT: &str = "SELECT priority, id FROM jobs INDEXED BY jobs_ready
    WHERE tenant = ?1 AND destination = ?2 AND ready = 1 AND due <= ?3
    ORDER BY priority, id LIMIT 1";
pub(super) const HEAD: &str =
    "SELECT id, attempts, first_at, tried, last_at, data, session, lane, destination
    FROM jobs WHERE id = ?1";
pub(super) const BEHIND: &str = "SELECT id, attempts, first_at, tried, last_at, data, state
    FROM jobs INDEXED BY jobs_lane
    WHERE tenant = ?1 AND lane = ?2 AND id > ?3 ORDER BY id LIMIT ?4";
pub(super) const TAKE: &str = "UPDATE jobs SET tried = tried OR state = 1,
        last_at = CASE state WHEN 1 THEN lease_until ELSE last_at END, state = 1, token = ?2,
        lease_until = ?3, attempts = attempts + 1, first_at = coalesce(first_at, ?4)
    WHERE id = ?1 RETURNING attempts, first_at, tried, last_at";
pub(super) const TAKE_HEAD: &str = "UPDATE jobs SET tried = tried OR state = 1,
        last_at = CASE state WHEN 1 THEN lease_until ELSE last_at END, state = 1,
        token = ?2, lease_until = ?3, due = ?3, ready = 0, attempts = attempts + 1,
        first_at = coalesce(first_at, ?4)
    WHERE id = ?1 RETURNING attempts, first_at, tried, last_at";
pub(super) const ALLOWED: &str =
    "SELECT allowed FROM consents WHERE tenant = ?1 AND channel = ?2 AND address = ?3";
pub(super) const CURSOR: &str = "SELECT cursor FROM cursors WHERE tenant = ?1 AND source = ?2";
