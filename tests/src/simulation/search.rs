//! Many schedules, on all cores.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Bug, Plan, Report, SITUATIONS, run};

/// How many things people do in a short schedule.
pub const INPUTS: u32 = 40;

/// What came of many schedules.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Found {
    /// The lowest seed that broke a promise, and how.
    pub broken: Option<(u64, Report)>,
    /// How often each situation came up.
    pub reached: BTreeMap<&'static str, u64>,
}

impl Found {
    /// The situations that never came up.
    pub fn missed(&self) -> Vec<&'static str> {
        SITUATIONS.iter().copied().filter(|what| !self.reached.contains_key(what)).collect()
    }
}

/// Runs the schedules of `seeds` on all cores, up to the first that breaks a promise.
pub fn search(seeds: Range<u64>, bug: impl Fn() -> Bug + Sync) -> Found {
    let next = AtomicU64::new(seeds.start);
    let last = AtomicU64::new(seeds.end);
    let found: Mutex<Found> = Mutex::default();
    let worker = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            // Lower seeds are finished, so that the lowest is the same on any machine.
            if seed >= last.load(Ordering::Relaxed) {
                return;
            }
            let report = run(&Plan::of(seed, INPUTS), bug(), false);
            let mut found = found.lock().unwrap();
            for (what, times) in &report.reached {
                *found.reached.entry(*what).or_default() += times;
            }
            if !report.violations.is_empty() {
                last.fetch_min(seed, Ordering::Relaxed);
                if found.broken.as_ref().is_none_or(|(known, _)| seed < *known) {
                    found.broken = Some((seed, report));
                }
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(worker);
        }
    });
    found.into_inner().unwrap()
}
