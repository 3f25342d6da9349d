//! How many calls are made: at a time, and in a day.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use event_listener::Event;
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};

/// What a call is for. Complete.
///
/// Calls wait for their turn, and come to the end of a day's calls, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Priority {
    /// A customer waits for it: replies that are read, cases and entries that are written.
    #[default]
    Customer,
    /// It can wait: look-ups, files, amendments.
    Enrichment,
}

/// How many calls were made in a day, each item of a batch being one.
///
/// It counts what this client and its clones made since they were made; logins are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// The day, in UTC: that is when the plan's count begins anew.
    pub day: NaiveDate,
    /// The calls so far.
    pub calls: u64,
    /// How many there may be.
    pub limit: Option<u64>,
}

/// The limits of a client.
#[derive(Debug)]
pub(crate) struct Budget {
    places: usize,
    queue: Mutex<Queue>,
    customers: Event,
    others: Event,
    limit: Option<u64>,
    spent: Mutex<(NaiveDate, u64)>,
}

#[derive(Debug, Default)]
struct Queue {
    inside: usize,
    /// Customers' calls that wait.
    waiting: usize,
}

/// The right to have a call under way.
#[derive(Debug)]
pub(crate) struct Place<'a>(&'a Budget);

impl Budget {
    pub(crate) fn new(places: usize, limit: Option<u64>) -> Self {
        Self {
            places,
            queue: Mutex::default(),
            customers: Event::new(),
            others: Event::new(),
            limit,
            spent: Mutex::default(),
        }
    }

    /// Waits for a place.
    ///
    /// # Cancel safety
    /// A dropped future gives up its turn.
    pub(crate) async fn enter(&self, priority: Priority) -> Place<'_> {
        let mut queued = None;
        loop {
            let listener = {
                let mut queue = self.queue();
                let first = priority == Priority::Customer || queue.waiting == 0;
                if first && queue.inside < self.places {
                    queue.inside += 1;
                    None
                } else if priority == Priority::Customer {
                    if queued.is_none() {
                        queue.waiting += 1;
                        queued = Some(Queued(self));
                    }
                    Some(self.customers.listen())
                } else {
                    Some(self.others.listen())
                }
            };
            match listener {
                Some(listener) => listener.await,
                None => return Place(self),
            }
        }
    }

    /// Counts calls that are about to be made.
    ///
    /// # Errors
    /// [`ErrorKind::RateLimited`] until the day is over if too few are left.
    pub(crate) fn spend(
        &self,
        calls: u64,
        priority: Priority,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let today = now.date_naive();
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.0 != today {
            *spent = (today, 0);
        }
        if let Some(limit) = self.limit {
            let (share, scope) = match priority {
                Priority::Customer => (limit, RetryScope::Account),
                Priority::Enrichment => (limit - limit / RESERVE, RetryScope::Job),
            };
            if spent.1.saturating_add(calls) > share {
                let retry = Retry::Later { after: Some(until_midnight(now)), scope };
                let message = "the calls of the day are used up: they begin anew at 00:00 UTC";
                return Err(
                    Error::new(ErrorKind::RateLimited, retry, message).with_code("daily-calls")
                );
            }
        }
        spent.1 = spent.1.saturating_add(calls);
        Ok(())
    }

    pub(crate) fn usage(&self, now: DateTime<Utc>) -> Usage {
        let spent = *self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let day = now.date_naive();
        Usage { day, calls: if spent.0 == day { spent.1 } else { 0 }, limit: self.limit }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.inside -= 1;
        let next = if queue.waiting > 0 { &self.0.customers } else { &self.0.others };
        next.notify_additional(1);
    }
}

/// A customer's call that waits. When it does not any more, others may be next.
struct Queued<'a>(&'a Budget);

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.waiting -= 1;
        if queue.waiting == 0 {
            self.0.others.notify_additional(self.0.places - queue.inside);
        }
    }
}

pub(crate) fn until_midnight(now: DateTime<Utc>) -> Duration {
    let tomorrow = now.date_naive().checked_add_days(Days::new(1));
    let midnight = tomorrow.map(|day| day.and_time(NaiveTime::MIN).and_utc());
    midnight.and_then(|midnight| (midnight - now).to_std().ok()).unwrap_or_default()
}

/// One call in so many is kept for customers.
const RESERVE: u64 = 5;

#[cfg(test)]
mod tests;
