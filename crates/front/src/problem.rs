//! Answers, and what a refusal means.
//!
//! Source: dev.frontapp.com, errors and /docs/rate-limiting, digest of 2026-11-20.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_core::transport::retry_after;
use http::{HeaderMap, StatusCode};
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::ids::ConversationId;

#[cfg(test)]
mod tests;

/// Whether a call may be made twice. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// Twice is twice: a message, a comment.
    Once,
    /// It reads, or twice is once.
    Repeatable,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Where the conversation is by now, if it was merged into another.
    pub(crate) merged: Option<ConversationId>,
}

impl Answer {
    /// The answer, if it is a success of Front's: a page of a proxy's may stand in for any.
    pub(crate) fn success(self, call: Call, now: DateTime<Utc>) -> Result<Self, Error> {
        if !self.status.is_success() {
            return Err(self.error(call, now));
        }
        let is_fronts = self.body.is_empty() || self.json::<IgnoredAny>(call).is_ok();
        if is_fronts { Ok(self) } else { Err(unreadable(call)) }
    }

    /// The body of a success.
    pub(crate) fn json<T: DeserializeOwned>(&self, call: Call) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|_| unreadable(call))
    }

    /// What a refusal means.
    pub(crate) fn error(&self, call: Call, now: DateTime<Utc>) -> Error {
        let error = self.by_status(call, now);
        let error = error.with_code(format!("http-{}", self.status.as_u16()));
        match self.headers.get("x-request-id").and_then(|id| id.to_str().ok()) {
            Some(id) => error.with_request_id(id),
            None => error,
        }
    }

    fn by_status(&self, call: Call, now: DateTime<Utc>) -> Error {
        let (kind, message) = match self.status {
            StatusCode::TOO_MANY_REQUESTS => return self.too_many(now),
            StatusCode::REQUEST_TIMEOUT => {
                return Error::new(ErrorKind::Network, broken(call), "Front saw no whole request");
            }
            status if status.is_server_error() => {
                return Error::new(ErrorKind::Unavailable, broken(call), "Front is out of order");
            }
            StatusCode::UNAUTHORIZED => {
                (ErrorKind::Unauthorized, "Front refuses the token: it was revoked, or is wrong")
            }
            StatusCode::FORBIDDEN => {
                (ErrorKind::Forbidden, "the token lacks a scope, or access to the inbox")
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                (ErrorKind::NotFound, "Front has no such thing, or the token cannot see it")
            }
            StatusCode::CONFLICT => (ErrorKind::Invalid, "Front has that already"),
            StatusCode::PAYLOAD_TOO_LARGE => {
                (ErrorKind::Invalid, "files may have 25 MB together: send a link instead")
            }
            status if status.is_redirection() => {
                (ErrorKind::Config, "Front answered with a redirect astray: check `api_url`")
            }
            _ => (ErrorKind::Invalid, "Front refuses the request"),
        };
        Error::never(kind, message)
    }

    /// A burst limit holds for one conversation or channel only, and says so; else the company's
    /// budget for the minute is used up.
    fn too_many(&self, now: DateTime<Utc>) -> Error {
        let scope = if self.headers.contains_key("x-front-tier") {
            RetryScope::Resource
        } else {
            RetryScope::Account
        };
        let asked = retry_after(&self.headers, now);
        let after = asked.or_else(|| reset(&self.headers, now)).map(|after| after.min(LONGEST));
        let retry = Retry::Later { after, scope };
        Error::new(ErrorKind::RateLimited, retry, "Front asks for a pause")
    }
}

/// A success whose body says nothing readable. After a message, it may well be on its way.
pub(crate) fn unreadable(call: Call) -> Error {
    Error::new(ErrorKind::Protocol, broken(call), "Front's answer could not be read")
}

/// When the budget is full again, if that is told.
fn reset(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let at: f64 = headers.get("x-ratelimit-reset")?.to_str().ok()?.trim().parse().ok()?;
    Duration::try_from_secs_f64((at - now.timestamp() as f64).max(0.0)).ok()
}

fn broken(call: Call) -> Retry {
    match call {
        Call::Once => Retry::Unsure,
        Call::Repeatable => Retry::Later { after: None, scope: RetryScope::Job },
    }
}

/// A minute's budget is never worth a longer pause, whatever unit or sign a header has.
pub(crate) const LONGEST: Duration = Duration::from_secs(300);
