//! Times as stored: nanoseconds since 1970, held at the ends of what fits.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// A time as stored.
pub(crate) fn nanos(at: DateTime<Utc>) -> i64 {
    let end = if at.timestamp() < 0 { i64::MIN } else { i64::MAX };
    at.timestamp_nanos_opt().unwrap_or(end)
}

/// A stored time.
pub(crate) fn time(nanos: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(nanos)
}

/// A stored time, later by `duration`.
pub(crate) fn later(at: i64, duration: Duration) -> i64 {
    at.saturating_add(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
}

/// A duration in seconds, as it is added to stored times.
pub(crate) fn seconds(seconds: f64) -> i64 {
    let duration = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    later(0, duration)
}
