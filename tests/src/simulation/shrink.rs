//! A schedule that breaks a promise, made small: what is not needed for it is left out.

use super::plan::Plan;
use super::{Bug, run};

/// The most schedules that are tried.
const MOST: usize = 4_000;

/// The smallest plan that was found to break the same promise, by leaving out ever smaller chunks.
pub fn shrink(plan: &Plan, promise: u8, bug: impl Fn() -> Bug) -> Plan {
    let mut small = plan.clone();
    let mut tried = 0;
    let mut still_breaks = |candidate: &Plan| {
        tried += 1;
        let report = run(candidate, bug(), false);
        (tried < MOST).then(|| report.violations.iter().any(|v| v.promise == promise))
    };
    let mut chunk = small.steps.len() / 2;
    while chunk > 0 {
        let mut from = 0;
        let mut was_cut = false;
        while from < small.steps.len() {
            let mut candidate = small.clone();
            candidate.steps.drain(from..(from + chunk).min(small.steps.len()));
            match still_breaks(&candidate) {
                None => return small,
                Some(true) => {
                    small = candidate;
                    was_cut = true;
                }
                Some(false) => from += chunk,
            }
        }
        // Once more at the same size, for as long as that helps: a cut can make another possible.
        if !was_cut {
            chunk /= 2;
        }
    }
    small
}
