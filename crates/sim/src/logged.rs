use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, Request, StatusCode};

use crate::{Outcome, Reply};

/// A request a simulator saw.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logged {
    /// When it arrived.
    pub at: DateTime<Utc>,
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: String,
    /// Its query, as written.
    pub query: String,
    /// How many requests a `$batch` held.
    pub items: usize,
    /// What was answered; `None` when the connection was closed instead.
    pub status: Option<StatusCode>,
}

impl Logged {
    pub(crate) fn new(
        request: &Request<Bytes>,
        items: usize,
        at: DateTime<Utc>,
        reply: &Reply,
    ) -> Self {
        let status = match &reply.outcome {
            Outcome::Answer(response) => Some(response.status()),
            Outcome::Dropped { .. } | Outcome::Unreachable => None,
        };
        Self {
            at,
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            items,
            status,
        }
    }
}
