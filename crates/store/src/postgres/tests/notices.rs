//! Changes of other processes.

use std::time::Duration;

use futures_util::FutureExt as _;
use handover_core::store::Store;

use super::place::Place;
use super::presence::SEEN;
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
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
        AND objsubid = 2 AND database = (SELECT oid FROM pg_database
            WHERE datname = current_database())",
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

/// Waits until somebody listens, and shows that to others.
async fn listening(place: &Place) {
    while place.sql(SEEN).trim() == "0" {
        tokio::task::yield_now().await;
    }
}
