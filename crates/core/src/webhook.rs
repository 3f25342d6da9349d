//! Requests from providers.

use std::fmt;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response, StatusCode};

use crate::event::Event;
use crate::feed::Scope;

/// Reads a provider's request. Pure: no IO, no clock.
///
/// # Contract
/// - The request's URI is absolute and public: what the provider called and signed, built by the
///   host from its configuration, never from forwarded headers.
/// - The signature is verified over the raw bytes, before anything is parsed.
/// - Unknown kinds of requests are accepted and ignored; only what cannot be trusted or read is
///   rejected.
/// - The response is sent only after the events and pokes are durable.
///
/// # Privacy
/// A rejection says nothing about secrets or contents.
pub trait Webhook: fmt::Debug + Send + Sync + 'static {
    /// What `request` says, or why it is refused.
    ///
    /// # Errors
    /// A [`Rejection`] for a request that is unsigned, wrongly signed, too old or unreadable.
    fn receive(&self, request: &Request<Bytes>, now: DateTime<Utc>) -> Result<Received, Rejection>;
}

/// What a request says.
#[derive(Debug)]
pub struct Received {
    /// Facts.
    pub events: Vec<Event>,
    /// Hints that there is something to read.
    pub pokes: Vec<Scope>,
    /// How many things in the request are of no concern to us.
    pub ignored: u32,
    /// The answer to give once all this is durable.
    pub response: Response<Bytes>,
}

/// Why a request is refused. The text is ours and fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Rejection {
    /// The answer's status: a 4xx.
    pub status: StatusCode,
    /// One word or two for the counter and the log.
    pub reason: &'static str,
}

impl Received {
    /// Nothing of concern: `response` at once.
    pub fn nothing(response: Response<Bytes>) -> Self {
        Self { events: Vec::new(), pokes: Vec::new(), ignored: 0, response }
    }

    /// One thing of no concern, counted.
    pub fn ignored(response: Response<Bytes>) -> Self {
        Self { ignored: 1, ..Self::nothing(response) }
    }
}

impl Rejection {
    /// A request that is not signed as it must be.
    pub const UNSIGNED: Self = Self { status: StatusCode::FORBIDDEN, reason: "signature" };

    /// A request that cannot be read.
    pub fn malformed(reason: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, reason }
    }
}
