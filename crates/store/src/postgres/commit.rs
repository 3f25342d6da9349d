//! Commits: what waits together is decided together and written in one transaction.

use std::sync::Arc;

use async_trait::async_trait;
use handover_core::error::Error;
use handover_core::id::TenantId;
use handover_core::store::Commit;

use super::TRIES;
use super::connections::Connections;
use super::groups::Work;
use super::locks::Locks;
use super::plan::Plan;
use super::rows::Rows;
use super::sight::{Sight, Wanted};
use super::tenants::Tenants;
use super::transaction::{Broken, Transaction};
use crate::change::Encoded;
use crate::failure::Failure;

/// Commits for those who wait together.
pub(super) struct Commits {
    pub(super) connections: Connections,
    pub(super) tenants: Arc<Tenants>,
}

/// What became of each change of a group.
pub(super) type Outcomes = Vec<Result<Commit, Failure>>;

#[async_trait]
impl Work for Commits {
    type Call = Encoded;
    type Answer = Commit;

    fn tenant(call: &Encoded) -> &TenantId {
        &call.change.tenant
    }

    async fn run(&self, tenant: &TenantId, calls: &[Encoded]) -> Vec<Result<Commit, Error>> {
        let key = match self.tenants.intern(&self.connections, tenant).await {
            Ok(key) => key,
            Err(failure) => return calls.iter().map(|_| Err(failure.again())).collect(),
        };
        match self.group(key, calls).await {
            Ok(outcomes) => told(outcomes),
            Err(Broken::Gone(failure)) => calls.iter().map(|_| Err(failure.again())).collect(),
            Err(broken) if calls.len() == 1 => vec![Err(broken.failure().into())],
            // Nothing has happened. One of them is at fault, or the disk is: each finds out alone.
            Err(_) => {
                let mut alone = Vec::new();
                for call in calls.chunks(1) {
                    alone.extend(match self.group(key, call).await {
                        Ok(outcomes) => told(outcomes),
                        Err(broken) => vec![Err(broken.failure().into())],
                    });
                }
                alone
            }
        }
    }
}

fn told(outcomes: Outcomes) -> Vec<Result<Commit, Error>> {
    outcomes.into_iter().map(|outcome| outcome.map_err(Error::from)).collect()
}

impl Commits {
    async fn group(&self, tenant: i32, calls: &[Encoded]) -> Result<Outcomes, Broken> {
        if let Some(outcomes) = self.newcomers(tenant, calls).await? {
            return Ok(outcomes);
        }
        let mut tries = 0;
        loop {
            tries += 1;
            match self.attempt(tenant, calls).await {
                Err(Broken::Again(_)) if tries < TRIES => {}
                ended => return ended,
            }
        }
    }

    /// Locks, looks, decides, writes and commits: two round trips.
    async fn attempt(&self, tenant: i32, calls: &[Encoded]) -> Result<Outcomes, Broken> {
        let (mut locks, mut wanted) = (Locks::default(), Wanted::default());
        for Encoded { change, .. } in calls {
            locks.add(change);
            wanted.add(change);
        }
        let queries = vec![locks.take(tenant), wanted.look(tenant)];
        let mut transaction = Transaction::begin(&self.connections).await?;
        let looked = transaction.first(queries).await?.pop().unwrap_or_default();
        let sight = Sight::read(&looked).map_err(Broken::Failed)?;
        let mut plan = Plan { sight, rows: Rows::default() };
        let outcomes: Outcomes = calls.iter().map(|call| plan.decide(call)).collect();
        let writes = plan.rows.write(tenant);
        if writes.is_empty() {
            transaction.cancel().await;
        } else {
            transaction.last(writes).await?;
        }
        Ok(outcomes)
    }
}
