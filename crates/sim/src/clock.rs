use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Utc};

/// Where a server or an in-memory transport takes the time from; the state machines themselves
/// are always told.
///
/// Clones share the closure.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// A clock that asks `now` each time.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The machine's own clock.
    pub fn system() -> Self {
        Self::new(|| SystemTime::now().into())
    }

    /// The time it is now.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

impl handover_core::clock::Clock for Clock {
    fn now(&self) -> DateTime<Utc> {
        self.now()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}
