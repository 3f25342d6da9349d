//! What an answer that is no success says.

mod cause;

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_core::transport::retry_after;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value as Json;

use crate::budget::until_midnight;
use crate::parse::without_bom;

pub(crate) use cause::{cause, service_failure, unknown_column};
use cause::{exception, is_error, is_expired, is_quota, is_routing};

/// A complete answer.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// A row with this id is there already.
    Duplicate,
    /// The login has run out.
    Expired,
    /// A firewall in front of Creatio answered.
    Firewall,
    /// The login lacks a right.
    Forbidden,
    /// A row that is pointed to does not exist.
    ForeignKey,
    /// The request cannot be carried out as it is.
    Invalid,
    /// The filter has too many nodes.
    NodeLimit,
    /// There is no such entity set: not exposed, being rebuilt, or the path is wrong.
    NotExposed,
    /// There is no such row.
    NotFound,
    /// Not what was asked for: a redirect, a page.
    Page,
    /// The calls of the day are used up.
    Quota,
    /// The query was stopped by the memory limit.
    RamLimit,
    /// A limit was hit, or the host is out of order.
    Busy,
    /// The server failed, and does not say why in words we know.
    Server,
    /// A service answers that it did not succeed.
    Service,
    /// A text is longer than its column.
    TooLong,
    /// A column does not exist.
    UnknownColumn,
    /// The platform's own checks refuse the row.
    Validation,
}

impl Answer {
    /// What is wrong, if anything.
    ///
    /// Source: the shapes that Creatio, ASP.NET, IIS and firewalls in front of it are known to
    /// answer; the cause is often two levels down below "An error has occurred.".
    pub(crate) fn problem(&self) -> Option<Problem> {
        if self.status.is_success() && self.is_plainly_data() {
            return None;
        }
        let page = self.page();
        if self.status.is_redirection() {
            return Some(if self.leads_to_login() { Problem::Expired } else { Problem::Page });
        }
        if page == Some(Page::Login) {
            return Some(Problem::Expired);
        }
        if page == Some(Page::Firewall) {
            return Some(Problem::Firewall);
        }
        let json: Option<Json> = serde_json::from_slice(without_bom(&self.body)).ok();
        if json.as_ref().is_some_and(is_expired) {
            return Some(Problem::Expired);
        }
        match self.status {
            status if status.is_success() && page.is_some() => Some(Problem::Page),
            status if status.is_success() => json.as_ref().filter(|json| is_error(json)).map(cause),
            StatusCode::UNAUTHORIZED => Some(Problem::Expired),
            StatusCode::FORBIDDEN
            | StatusCode::PAYMENT_REQUIRED
            | StatusCode::TOO_MANY_REQUESTS
                if json.as_ref().is_some_and(is_quota) =>
            {
                Some(Problem::Quota)
            }
            StatusCode::FORBIDDEN => Some(Problem::Forbidden),
            StatusCode::NOT_FOUND if page.is_some() => Some(Problem::NotExposed),
            StatusCode::NOT_FOUND => Some(match &json {
                Some(json) if is_routing(json) => Problem::NotExposed,
                _ => Problem::NotFound,
            }),
            StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_EARLY
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Some(Problem::Busy),
            status => Some(match json.as_ref().map(cause) {
                Some(problem) if problem != Problem::Server => problem,
                // Somebody or something else is in the way: that passes.
                _ if matches!(status.as_u16(), 409 | 423 | 424) => Problem::Server,
                _ if status.is_client_error() => Problem::Invalid,
                _ => Problem::Server,
            }),
        }
    }

    /// The error to give for a problem. The call it answers is idempotent.
    pub(crate) fn error(&self, problem: Problem, now: DateTime<Utc>) -> Error {
        let wait = |kind, after, message| {
            let retry = Retry::Later { after, scope: RetryScope::Account };
            Error::new(kind, retry, message)
        };
        let status = format!("http-{}", self.status.as_u16());
        match problem {
            Problem::Busy => {
                let kind = match self.status {
                    StatusCode::TOO_MANY_REQUESTS => ErrorKind::RateLimited,
                    _ => ErrorKind::Unavailable,
                };
                let after = retry_after(&self.headers, now);
                wait(kind, after, "Creatio asks to wait").with_code(status)
            }
            Problem::Quota => {
                let message = "Creatio counts too many calls today: they begin anew at 00:00 UTC";
                wait(ErrorKind::RateLimited, Some(until_midnight(now)), message)
                    .with_code(problem.code())
            }
            // The name of what the server threw is no data.
            Problem::Server => {
                let error = problem.error().with_code(status);
                match exception(&self.body) {
                    Some(name) => error.with_code(name),
                    None => error,
                }
            }
            _ => problem.error(),
        }
    }

    /// An error about this answer, with the id of the request.
    pub(crate) fn signed(&self, error: Error) -> Error {
        match self.headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()) {
            Some(id) => error.with_request_id(id),
            None => error,
        }
    }

    /// Whether it is the login page, or leads there.
    pub(crate) fn is_login_page(&self) -> bool {
        self.page() == Some(Page::Login) || self.status.is_redirection() && self.leads_to_login()
    }

    /// Whether it is a refusal by status alone, which does not say whether the login has run out.
    pub(crate) fn is_bare_refusal(&self) -> bool {
        let bare = matches!(self.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        let json: Option<Json> = serde_json::from_slice(without_bom(&self.body)).ok();
        bare && self.page() != Some(Page::Login) && !json.as_ref().is_some_and(is_expired)
    }

    /// Whether the first property says that this is data, so that a long body is read only once.
    fn is_plainly_data(&self) -> bool {
        let body = without_bom(&self.body);
        body.is_empty()
            || body.starts_with(br#"{"@odata.context""#)
            || body.starts_with(br#"{"responses""#)
    }

    fn page(&self) -> Option<Page> {
        let start = &self.body[..self.body.len().min(4_096)];
        let text = String::from_utf8_lossy(start);
        let trimmed = text.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']);
        let declared = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_html = trimmed.starts_with('<')
            && (declared.is_some_and(|kind| kind.contains("html"))
                || has(trimmed, "<html")
                || has(trimmed, "<!doctype html"));
        if !is_html {
            return None;
        }
        if has(trimmed, "incapsula") || has(trimmed, "imperva") || has(trimmed, "cf-error") {
            return Some(Page::Firewall);
        }
        if trimmed.contains("/Login/") || trimmed.contains("bootstrap.login") {
            return Some(Page::Login);
        }
        Some(Page::Other)
    }

    fn leads_to_login(&self) -> bool {
        let location = self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
        location.is_some_and(|location| {
            let path = location.split(['?', '#']).next().unwrap_or_default();
            path.contains("/Login/") || path.ends_with("/Login")
        })
    }
}

impl Problem {
    /// Whether the same row will be refused again.
    pub(crate) fn is_final(self) -> bool {
        matches!(
            self,
            Self::ForeignKey
                | Self::Forbidden
                | Self::Invalid
                | Self::TooLong
                | Self::UnknownColumn
                | Self::Validation
        )
    }

    /// A word for it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Duplicate => "duplicate-key",
            Self::Expired => "login-expired",
            Self::Firewall => "firewall",
            Self::Forbidden => "forbidden",
            Self::ForeignKey => "foreign-key",
            Self::Invalid => "invalid-request",
            Self::NodeLimit => "node-limit",
            Self::NotExposed => "entity-not-exposed",
            Self::NotFound => "no-such-row",
            Self::Page => "html-page",
            Self::Quota => "daily-calls",
            Self::RamLimit => "ram-limit",
            Self::Server => "server-error",
            Self::Service => "service-failure",
            Self::TooLong => "text-too-long",
            Self::UnknownColumn => "unknown-column",
            Self::Validation => "validation",
        }
    }

    /// The error for it, where no answer says more.
    pub(crate) fn error(self) -> Error {
        let error = match self {
            Self::Busy => Error::later(ErrorKind::Unavailable, "Creatio asks to wait"),
            Self::Duplicate => {
                Error::later(ErrorKind::Unavailable, "a row with this id is being written")
            }
            Self::Expired => Error::never(
                ErrorKind::Unauthorized,
                "Creatio does not accept a fresh token: is the application's user active?",
            ),
            Self::Firewall => Error::new(
                ErrorKind::Unavailable,
                Retry::Later { after: Some(Duration::from_secs(60)), scope: RetryScope::Account },
                "a firewall in front of Creatio refuses our calls: let our address through",
            ),
            Self::Forbidden => Error::never(
                ErrorKind::Forbidden,
                "the application's user lacks a right: CanUseODataService, or one on the object",
            ),
            Self::ForeignKey => {
                Error::never(ErrorKind::Invalid, "a row that is pointed to does not exist")
            }
            Self::Invalid => Error::never(ErrorKind::Invalid, "Creatio refuses the request"),
            Self::NodeLimit => Error::never(ErrorKind::Invalid, "a filter has at most 100 nodes"),
            Self::NotExposed => Error::new(
                ErrorKind::Config,
                Retry::Later { after: Some(Duration::from_secs(60)), scope: RetryScope::Job },
                "no such entity set: check base_url and odata_path, or wait for OData to rebuild",
            ),
            Self::NotFound => Error::never(ErrorKind::NotFound, "no such row"),
            // Also what a host under maintenance answers, so it is worth another try.
            Self::Page => Error::new(
                ErrorKind::Config,
                Retry::Later { after: Some(Duration::from_secs(60)), scope: RetryScope::Account },
                "a page came instead of data: check base_url and odata_path",
            ),
            Self::Quota => Error::later(ErrorKind::RateLimited, "Creatio counts too many calls"),
            Self::RamLimit => {
                Error::later(ErrorKind::Unavailable, "Creatio stopped a query at its memory limit")
            }
            Self::Server => Error::later(ErrorKind::Unavailable, "Creatio failed"),
            Self::Service => {
                Error::unsure(ErrorKind::Unavailable, "the service answers that it failed")
            }
            Self::TooLong => Error::never(ErrorKind::Invalid, "a text is longer than its column"),
            Self::UnknownColumn => {
                Error::never(ErrorKind::Config, "a column does not exist in this Creatio")
            }
            Self::Validation => {
                Error::never(ErrorKind::Invalid, "Creatio's own checks refuse the row")
            }
        };
        match self {
            Self::Server => error,
            _ => error.with_code(self.code()),
        }
    }
}

/// What kind of HTML came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Firewall,
    Login,
    Other,
}

/// The header with the id of the request: ours, put into the answer by the client.
pub(crate) const REQUEST_ID: &str = "x-request-id";

fn has(text: &str, pattern: &str) -> bool {
    text.as_bytes()
        .windows(pattern.len())
        .any(|window| window.eq_ignore_ascii_case(pattern.as_bytes()))
}

#[cfg(test)]
mod tests;
