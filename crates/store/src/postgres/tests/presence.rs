//! What a process has claimed when it dies, and while it lives.

use std::sync::Arc;
use std::time::Duration;

use handover_core::store::{Claim, Commit, Store};

use super::place::Place;
use super::trials::ending;
use crate::tests::support::{LEASE, at, opening, served, tenant};
use crate::{Connect, Postgres};

/// What a dead process had claimed is claimed by another without waiting for the lease. It comes as
/// tried, and the dead may have called until its lease ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_process_holds_no_lease() {
    let (place, tenant) = (Place::new(), tenant());
    let (one, other) = (seen(&place, 1).await, seen(&place, 2).await);
    one.commit(opening(1, at(0))).await.unwrap();
    let before = claim(&one).await.unwrap();
    assert_eq!(claim(&other).await, None);
    // Its connections end with it.
    drop(one);
    let after = loop {
        let changed = other.changed(&tenant);
        if let Some(claim) = claim(&other).await {
            break claim;
        }
        changed.await;
    };
    let [job] = &after.jobs[..] else { panic!("{after:?}") };
    assert!(job.tried);
    assert_eq!((job.attempts, job.last_at), (2, Some(before.until)));
    assert_eq!(other.commit(ending(&before)).await.unwrap(), Commit::Lost);
    assert_eq!(other.commit(ending(&after)).await.unwrap(), Commit::Done);
}

/// Whoever lives keeps what it has claimed, however often others look.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_lives_keeps_its_leases() {
    let (place, tenant) = (Place::new(), tenant());
    let (one, other) = (seen(&place, 1).await, seen(&place, 2).await);
    one.commit(opening(1, at(0))).await.unwrap();
    let held = claim(&one).await.unwrap();
    for _ in 0..20 {
        let changed = other.changed(&tenant);
        assert_eq!(claim(&other).await, None);
        changed.await;
    }
    assert_eq!(one.commit(ending(&held)).await.unwrap(), Commit::Done);
}

/// A process that looks for others often, once so many can be seen.
async fn seen(place: &Place, count: usize) -> Arc<Postgres> {
    let hasty = Connect { wrong: place.wrong.clone(), ..Connect::default() };
    let hasty = hasty.with_poll(Duration::from_millis(10));
    let store = Postgres::connect(&place.address, &hasty).await.unwrap();
    while place.sql(SEEN).trim() != count.to_string() {
        tokio::task::yield_now().await;
    }
    Arc::new(store)
}

async fn claim(store: &Postgres) -> Option<Claim> {
    store.claim(&tenant(), &served(), at(1), LEASE).await.unwrap()
}

pub(super) const SEEN: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
    AND classid = x'68616e64'::int AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
