//! Claims: what waits together is claimed in one transaction and one round trip.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use handover_core::error::Error;
use handover_core::feed::Cursor;
use handover_core::id::TenantId;
use handover_core::job::{Job, Withheld, Work as What};
use handover_core::session::Conversation;
use handover_core::store::{Claim, Lease, Served};
use tokio_postgres::Row;

use super::connections::Connections;
use super::groups::Work;
use super::presence::Presence;
use super::query::Query;
use super::tenants::Tenants;
use super::transaction::{Broken, Transaction};
use super::{TRIES, jobs};
use crate::failure::Failure;
use crate::json::{RawConversation, Versioned};
use crate::nanos::{later, nanos, seconds, time};
use crate::numbers::{limit, number};

/// What a caller would claim.
pub(super) struct Wanted {
    tenant: TenantId,
    /// Each destination once.
    served: Vec<Served>,
    now: i64,
    until: i64,
}

impl Wanted {
    /// What a caller would claim.
    pub(super) fn new(
        tenant: &TenantId,
        served: &[Served],
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Self {
        let mut once: Vec<Served> = Vec::new();
        for one in served {
            if !once.iter().any(|known| known.destination == one.destination) {
                once.push(one.clone());
            }
        }
        let now = nanos(now);
        Self { tenant: tenant.clone(), served: once, now, until: later(now, lease) }
    }

    fn query(&self, tenant: i32, process: Option<i32>) -> Query<'_> {
        let column =
            |of: fn(&Served) -> Option<i64>| self.served.iter().map(of).collect::<Vec<_>>();
        let batches = column(|one| Some(limit(one.batch)));
        let calls = column(|one| Some(seconds(1.0 / one.account.per_second?).min(LONGEST)));
        let bursts = column(|one| {
            let rate = one.account.per_second?;
            Some(seconds((rate.max(1.0) - 1.0) / rate).min(LONGEST))
        });
        let destinations: Vec<_> = self.served.iter().map(|s| s.destination.to_text()).collect();
        let accounts: Vec<_> = self.served.iter().map(|s| s.account.id.as_str()).collect();
        Query::new(CLAIM)
            .with(tenant)
            .with(self.now)
            .with(self.until)
            .with(destinations)
            .with(batches)
            .with(accounts)
            .with(calls)
            .with(bursts)
            .with(process)
    }
}

/// Claims for those who wait together.
pub(super) struct Claims {
    pub(super) connections: Connections,
    pub(super) tenants: Arc<Tenants>,
    pub(super) presence: Arc<Presence>,
}

#[async_trait]
impl Work for Claims {
    type Call = Wanted;
    type Answer = Option<Claim>;

    fn tenant(call: &Wanted) -> &TenantId {
        &call.tenant
    }

    async fn run(&self, tenant: &TenantId, calls: &[Wanted]) -> Vec<Result<Option<Claim>, Error>> {
        let mut answers = Vec::new();
        for group in calls.chunks(TOGETHER) {
            match self.group(tenant, group).await {
                Ok(claims) => answers.extend(claims.into_iter().map(Ok)),
                Err(failure) => {
                    let failed = group.iter().map(|_| Err(failure.again()));
                    answers.extend(failed);
                }
            }
        }
        answers
    }
}

impl Claims {
    async fn group(
        &self,
        tenant: &TenantId,
        group: &[Wanted],
    ) -> Result<Vec<Option<Claim>>, Failure> {
        let Some(key) = self.tenants.find(&self.connections, tenant).await? else {
            return Ok(group.iter().map(|_| None).collect());
        };
        let mut tries = 0;
        loop {
            tries += 1;
            match self.attempt(key, group).await {
                Ok(answers) => {
                    return answers.iter().map(|rows| read(tenant, rows)).collect();
                }
                Err(Broken::Again(_)) if tries < TRIES => {}
                Err(broken) => return Err(broken.failure()),
            }
        }
    }

    /// Claims for each in turn. Who was refused by a budget that somebody else has just spent looks
    /// again.
    async fn attempt(&self, tenant: i32, group: &[Wanted]) -> Result<Vec<Vec<Row>>, Broken> {
        // A head may be claimed by whoever is latest, and each looks at its own time again.
        let now = group.iter().map(|wanted| wanted.now).max().unwrap_or(i64::MIN);
        let mut queries = vec![Query::new(RAISE).with(tenant).with(now)];
        let process = self.presence.process();
        queries.extend(group.iter().map(|wanted| wanted.query(tenant, process)));
        let mut answers = Transaction::begin(&self.connections).await?.all(queries).await?;
        answers.remove(0);
        for (wanted, rows) in group.iter().zip(&mut answers) {
            let mut looks = 0;
            while is_refused(rows) && looks < TRIES {
                looks += 1;
                let queries = vec![wanted.query(tenant, process)];
                let mut again = Transaction::begin(&self.connections).await?.all(queries).await?;
                *rows = again.pop().unwrap_or_default();
            }
            if is_refused(rows) {
                rows.clear();
            }
        }
        Ok(answers)
    }
}

fn is_refused(rows: &[Row]) -> bool {
    rows.first().is_some_and(|row| row.try_get::<_, Option<i64>>(0).is_ok_and(|id| id.is_none()))
}

/// A claim from its rows, one for each job.
fn read(tenant: &TenantId, rows: &[Row]) -> Result<Option<Claim>, Failure> {
    let Some(head) = rows.first() else { return Ok(None) };
    let jobs: Vec<Job> =
        rows.iter().map(|row| jobs::read(row)?.decode()).collect::<Result<_, _>>()?;
    let session: Option<i64> = head.try_get(7)?;
    let case: Option<i64> = head.try_get(9)?;
    let conversation = match session {
        Some(version) => {
            let session = Versioned { version: number(version), data: head.try_get(8)? };
            let case = match case {
                Some(version) => {
                    Some(Versioned { version: number(version), data: head.try_get(10)? })
                }
                None => None,
            };
            Some(RawConversation { session, case }.decode()?)
        }
        None => None,
    };
    let allowed: Option<bool> = head.try_get(11)?;
    let cursor: Option<String> = head.try_get(12)?;
    let (token, until): (i64, i64) = (head.try_get(6)?, head.try_get(13)?);
    Ok(Some(Claim {
        lease: Lease { tenant: tenant.clone(), token: number(token) },
        until: time(until),
        withheld: conversation.as_ref().and_then(|c| withheld(&jobs[0], c, allowed)),
        jobs,
        conversation,
        cursor: cursor.map(|cursor| Cursor(cursor.into())),
    }))
}

/// Why a job must not be done, as of the statement that claims it.
fn withheld(job: &Job, conversation: &Conversation, allowed: Option<bool>) -> Option<Withheld> {
    if matches!(job.work, What::Send { .. }) && allowed == Some(false) {
        return Some(Withheld::OptedOut);
    }
    let epoch = conversation.session.control.epoch;
    job.fence.is_some_and(|fence| fence != epoch).then_some(Withheld::Overtaken)
}

/// Raises heads whose time has come; the rest of a great many at the next claim.
pub(super) const RAISE: &str = "UPDATE jobs SET ready = true WHERE id IN (
    SELECT id FROM jobs WHERE tenant = $1::int4 AND NOT ready AND due <= $2::int8
    ORDER BY due LIMIT 1000 FOR UPDATE SKIP LOCKED)";
pub(super) const CLAIM: &str = include_str!("claim.sql");
/// The most claims in one transaction: their heads stay locked until its end.
const TOGETHER: usize = 16;
/// The longest that a call may keep a budget, and the longest burst: a century.
const LONGEST: i64 = 100 * 366 * 86_400 * 1_000_000_000;
