//! Many callers at once.

use std::collections::HashSet;

use handover_core::store::Store;

use super::place::Place;
use crate::tests::support::{LEASE, at, opening, served, tenant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundred_claimers_never_share() {
    let place = Place::new();
    let store = place.open();
    for number in 0..300 {
        store.commit(opening(number, at(0))).await.unwrap();
    }
    let claimers: Vec<_> = (0..100)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                while let Some(claim) =
                    store.claim(&tenant(), &served(), at(1), LEASE).await.unwrap()
                {
                    taken.extend(claim.jobs.into_iter().map(|job| job.id));
                }
                taken
            })
        })
        .collect();
    let mut all = HashSet::new();
    for claimer in claimers {
        for job in claimer.await.unwrap() {
            assert!(all.insert(job), "{job:?} was given out twice");
        }
    }
    assert_eq!(all.len(), 300);
}
