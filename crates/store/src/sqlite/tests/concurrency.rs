//! Many callers at once.

use std::collections::HashSet;

use handover_core::store::Store;

use super::support::{LEASE, Place, at, opening, served, tenant};

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

/// Prints commits and claims a second: `cargo test --release … -- --ignored --nocapture measure`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn measure() {
    let place = Place::new();
    let store = place.open();
    let total = std::env::var("TOTAL").map_or(20_000, |total| total.parse().unwrap());
    let (callers, mut base) = (64, 0);
    loop {
        let begun = std::time::Instant::now();
        let calls: Vec<_> = (0..callers)
            .map(|caller| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut times = Vec::new();
                    for number in (caller..10_000).step_by(callers) {
                        let begun = std::time::Instant::now();
                        store.commit(opening(base + number, at(0))).await.unwrap();
                        times.push(begun.elapsed());
                    }
                    times
                })
            })
            .collect();
        let mut times = Vec::new();
        for call in calls {
            times.extend(call.await.unwrap());
        }
        let took = begun.elapsed();
        times.sort_unstable();
        let claims = std::time::Instant::now();
        let mut claimed = 0;
        while store.claim(&tenant(), &served(), at(1), LEASE).await.unwrap().is_some() {
            claimed += 1;
            if claimed == 2000 {
                break;
            }
        }
        println!(
            "{:>8} stored: {:>6.0} commits/s, p50 {:?}, p99 {:?}, max {:?}; {:.0} claims/s alone; {} KiB resident",
            base + 10_000,
            10_000.0 / took.as_secs_f64(),
            times[times.len() / 2],
            times[times.len() * 99 / 100],
            times[times.len() - 1],
            2000.0 / claims.elapsed().as_secs_f64(),
            resident(),
        );
        base += 10_000;
        if base >= total {
            break;
        }
    }
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
