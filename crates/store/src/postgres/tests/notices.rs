//! Changes of other processes.

use std::time::Duration;

use futures_util::FutureExt as _;
use handover_core::store::Store;

use super::place::Place;
use crate::tests::support::{at, opening, tenant};
use crate::{Connect, Postgres};

/// A change of one process is soon noticed by another, far sooner than by its poll.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_another_process_wakes() {
    let (place, tenant) = (Place::new(), tenant());
    let patient = Connect::default().with_poll(Duration::from_secs(86_400));
    let listener = Postgres::connect(&place.address, &patient).await.unwrap();
    let other = place.open().await;
    listening(&place).await;
    // Whatever was rung on the way here is over.
    for number in 0..5 {
        let changed = listener.changed(&tenant);
        other.commit(opening(number, at(0))).await.unwrap();
        changed.await;
    }
}

/// Who cannot hear notices looks for themselves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_stands_behind_the_notices() {
    let (place, tenant) = (Place::new(), tenant());
    let hasty = Connect::default().with_poll(Duration::from_millis(20));
    let listener = Postgres::connect(&place.address, &hasty).await.unwrap();
    listening(&place).await;
    for _ in 0..5 {
        listener.changed(&tenant).await;
    }
}

/// A process hears again after its listening connection was cut, and looks for what it missed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listening_begins_again_after_a_cut() {
    let (place, tenant) = (Place::new(), tenant());
    let patient = Connect::default().with_poll(Duration::from_secs(86_400));
    let listener = Postgres::connect(&place.address, &patient).await.unwrap();
    listening(&place).await;
    let changed = listener.changed(&tenant);
    place.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%LISTEN%'
        AND datname = current_database() AND pid <> pg_backend_pid();
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE query LIKE '%pg_backend_pid()%' AND datname = current_database()
            AND pid <> pg_backend_pid()",
    );
    changed.await;
    let other = place.open().await;
    let mut number = 0;
    let changed = listener.changed(&tenant).shared();
    while changed.clone().now_or_never().is_none() {
        other.commit(opening(number, at(0))).await.unwrap();
        number += 1;
    }
}

/// Waits until everybody who connected listens.
async fn listening(place: &Place) {
    const LISTENERS: &str = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND query = 'SELECT pg_backend_pid()' AND state = 'idle'";
    while place.sql(LISTENERS).trim() == "0" {
        tokio::task::yield_now().await;
    }
}
