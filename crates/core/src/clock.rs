//! Time, injected.

use std::fmt;

use chrono::{DateTime, Utc};

/// Tells the time to an adapter that must know it between calls, for instance to renew a token.
///
/// Pure functions take `now` as an argument instead.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;
}
