//! How large a batch may be, by how long the last ones took.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;

use super::BATCH_ITEMS;

/// Keeps batches within a third of the time-out.
#[derive(Debug)]
pub(crate) struct Pace {
    /// How long a batch may take.
    whole: Duration,
    items: Mutex<usize>,
}

impl Pace {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { whole: timeout / 3, items: Mutex::new(BATCH_ITEMS) }
    }

    /// How many items the next batch may hold.
    pub(crate) fn items(&self) -> usize {
        *self.kept()
    }

    /// Learns from a batch that was answered: what it took decides, but the next is at most twice as
    /// long as this one, lest a host that was slow is overrun once more.
    pub(crate) fn answered(&self, items: usize, took: TimeDelta) {
        let took = took.to_std().unwrap_or_default().as_micros().max(1);
        let items = items.max(1);
        let fitting = self.whole.as_micros() * items as u128 / took;
        let fitting = usize::try_from(fitting).unwrap_or(BATCH_ITEMS);
        let mut kept = self.kept();
        // A short batch says little about how long a full one takes.
        if fitting >= *kept {
            *kept = fitting.min(items.saturating_mul(2)).max(*kept).min(BATCH_ITEMS);
        } else {
            *kept = fitting.max(1);
        }
    }

    /// Learns from a batch that took longer than the time-out: a third of it would have taken longer
    /// than a third of the time-out.
    pub(crate) fn lost(&self, items: usize) {
        let mut kept = self.kept();
        *kept = (items / 4).clamp(1, *kept);
    }

    fn kept(&self) -> MutexGuard<'_, usize> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
