//! How long and how much.

use std::time::Duration;

/// How long a call may take and how large its answer may be.
///
/// ```
/// use std::time::Duration;
/// use handover_reqwest::Limits;
///
/// let limits = Limits { body: 100 * 1024 * 1024, ..Limits::default() };
/// assert_eq!(limits.connect, Duration::from_secs(10));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest time to resolve the name, connect and shake hands. By default 10 s.
    pub connect: Duration,
    /// The longest wait for the answer's head once connected, and for each piece of its body. By
    /// default 60 s.
    pub read: Duration,
    /// The longest time from the connection to the answer's last byte. By default 120 s. The whole
    /// call takes at most `connect + total`.
    pub total: Duration,
    /// The most bytes that an answer's body may have. By default 16 MiB.
    pub body: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(60),
            total: Duration::from_secs(120),
            body: 16 * 1024 * 1024,
        }
    }
}
