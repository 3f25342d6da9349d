//! How long to wait before the next attempt. Pure: jitter comes from the job and the attempt.

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::TimeDelta;
use handover_core::job::Job;

const FIRST: i64 = 1_000;
const LONGEST: i64 = 300_000;

/// One second, doubled with each attempt up to five minutes, less up to half of it.
pub(crate) fn delay(job: &Job) -> TimeDelta {
    let doublings = job.attempts.saturating_sub(1).min(16);
    let whole = (FIRST << doublings).min(LONGEST);
    let mut hasher = DefaultHasher::new();
    (job.id.0, job.session, job.attempts).hash(&mut hasher);
    let half = whole / 2;
    let jitter = i64::try_from(hasher.finish() % half.unsigned_abs()).unwrap_or(0);
    TimeDelta::milliseconds(half + jitter)
}
