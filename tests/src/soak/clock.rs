//! Virtual time.

use chrono::{DateTime, TimeDelta, Utc};
use handover_sim::Clock;
use tokio::time::Instant;

/// Time since a beginning, by tokio's clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    begun: Instant,
}

impl Time {
    pub(super) fn begin() -> Self {
        Self { begun: Instant::now() }
    }

    pub(super) fn clock(self) -> Clock {
        Clock::new(move || self.now())
    }

    pub(super) fn now(self) -> DateTime<Utc> {
        start() + TimeDelta::milliseconds(i64::from(self.millis()))
    }

    /// Milliseconds since the beginning.
    pub(super) fn millis(self) -> u32 {
        u32::try_from(self.begun.elapsed().as_millis()).unwrap()
    }

    pub(super) fn seconds(self) -> u32 {
        self.millis() / 1000
    }
}

/// Milliseconds since the beginning, of a time that a provider shows.
pub(super) fn millis_of(at: DateTime<Utc>) -> u32 {
    u32::try_from((at - start()).num_milliseconds().max(0)).unwrap()
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_800_000_000_000).unwrap()
}
