use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use http::{HeaderMap, header};

use crate::problem::LONGEST;

#[cfg(test)]
mod tests;

/// What is left of the company's calls in this minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Budget {
    /// How many calls a minute the plan allows.
    pub limit: u32,
    /// How many are left.
    pub remaining: u32,
}

/// Counts the company's calls as Front tells them, so that none is made that Front would refuse.
///
/// A hint only: what it knows is told again by the next answer, to whichever process asks.
///
/// Source: dev.frontapp.com/docs/rate-limiting, digest of 2026-11-20.
#[derive(Debug, Default)]
pub(super) struct Meter(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    budget: Option<Budget>,
    /// When the budget is full again, as Front writes it and by our clock.
    reset: f64,
    until: DateTime<Utc>,
    /// Calls that are under way, or set aside.
    under_way: u32,
}

/// A call that is under way, until it is dropped.
#[derive(Debug)]
pub(super) struct UnderWay<'a>(&'a Meter);

impl Meter {
    pub(super) fn budget(&self) -> Option<Budget> {
        self.known().budget
    }

    /// Begins a call; one that is set aside is counted already.
    ///
    /// # Errors
    /// [`ErrorKind::RateLimited`] until the budget is full again, if it is used up.
    pub(super) fn begin(&self, is_aside: bool, now: DateTime<Utc>) -> Result<UnderWay<'_>, Error> {
        if !is_aside {
            self.set_aside(1, now)?;
        }
        Ok(UnderWay(self))
    }

    /// Keeps `calls` of this minute for what should not break off in the middle. Says how many it
    /// keeps: no more than a minute has.
    pub(super) fn set_aside(&self, calls: u32, now: DateTime<Utc>) -> Result<u32, Error> {
        let mut known = self.known();
        let Some(budget) = known.budget.filter(|_| now < known.until) else {
            known.under_way += calls;
            return Ok(calls);
        };
        let calls = calls.min(budget.limit);
        if budget.remaining >= known.under_way + calls {
            known.under_way += calls;
            return Ok(calls);
        }
        let after = (known.until - now).to_std().ok();
        let retry = Retry::Later { after, scope: RetryScope::Account };
        Err(Error::new(
            ErrorKind::RateLimited,
            retry,
            "the company's calls of this minute are used up",
        ))
    }

    /// `calls` that were set aside are not made.
    pub(super) fn give_back(&self, calls: u32) {
        let mut known = self.known();
        known.under_way = known.under_way.saturating_sub(calls);
    }

    /// Takes in what an answer tells. Answers may come in another order than their calls.
    pub(super) fn learn(&self, headers: &HeaderMap, now: DateTime<Utc>) {
        let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
        let number = |name: &str| text(name)?.parse().ok();
        let (Some(limit), Some(remaining)) =
            (number("x-ratelimit-limit"), number("x-ratelimit-remaining"))
        else {
            return;
        };
        let mut known = self.known();
        let reset = text("x-ratelimit-reset").and_then(|at| at.parse().ok()).unwrap_or(0.0);
        let is_same = known.budget.is_some() && (reset - known.reset).abs() < 0.001;
        if now < known.until && reset < known.reset {
            return;
        }
        let before = known.budget.filter(|_| is_same).map_or(u32::MAX, |known| known.remaining);
        known.budget = Some(Budget { limit, remaining: remaining.min(before) });
        known.reset = reset;
        known.until = now + until(reset, fronts_time(headers).unwrap_or(now));
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.give_back(1);
    }
}

/// How long from `now` until `reset`, in seconds since 1970 by the same clock. Whole seconds are cut
/// off, so that one more is waited for.
fn until(reset: f64, now: DateTime<Utc>) -> TimeDelta {
    let left = reset - now.timestamp_millis() as f64 / 1000.0;
    if !left.is_finite() || left <= 0.0 {
        return TimeDelta::zero();
    }
    let longest = LONGEST.as_secs_f64();
    TimeDelta::milliseconds(((left + 1.0).min(longest) * 1000.0) as i64)
}

/// Front's own time, so that it does not matter whether our clock is right.
fn fronts_time(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let date = headers.get(header::DATE)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(date).ok().map(|date| date.to_utc())
}
