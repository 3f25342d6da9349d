//! What an answer that is no success says.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_core::transport::retry_after;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value as Json;
use std::time::Duration;

use crate::parse::without_bom;

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
    /// The query was stopped by the memory limit.
    RamLimit,
    /// A limit was hit, or the host is out of order.
    Busy,
    /// The server failed, and does not say why in words we know.
    Server,
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
        let error = match problem {
            Problem::Busy => {
                let kind = match self.status {
                    StatusCode::TOO_MANY_REQUESTS => ErrorKind::RateLimited,
                    _ => ErrorKind::Unavailable,
                };
                let after = retry_after(&self.headers, now);
                let retry = Retry::Later { after, scope: RetryScope::Account };
                return Error::new(kind, retry, "Creatio asks to wait")
                    .with_code(format!("http-{}", self.status.as_u16()));
            }
            _ => problem.error(),
        };
        match error.code() {
            Some(_) => error,
            None => error.with_code(format!("http-{}", self.status.as_u16())),
        }
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
            Self::RamLimit => "ram-limit",
            Self::Server => "server-error",
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
            Self::RamLimit => {
                Error::later(ErrorKind::Unavailable, "Creatio stopped a query at its memory limit")
            }
            Self::Server => Error::later(ErrorKind::Unavailable, "Creatio failed"),
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

/// The exact shape of an expired login. Never a substring: a case may say these words.
fn is_expired(json: &Json) -> bool {
    json.get("Message").and_then(Json::as_str) == Some("Authentication failed.")
        && json.get("@odata.context").is_none()
        && json.get("Id").is_none()
}

/// Whether a success carries an error. `Message` alone is no sign: it is a column of some entities.
fn is_error(json: &Json) -> bool {
    json.get("error").is_some_and(Json::is_object) && json.get("@odata.context").is_none()
}

fn is_routing(json: &Json) -> bool {
    let text = json.get("Message").and_then(Json::as_str).unwrap_or_default();
    text.starts_with("No HTTP resource was found")
}

/// The problem that an error body's texts tell of, whichever depth it is at.
fn cause(json: &Json) -> Problem {
    let mut texts = Vec::new();
    let error = json.get("error").unwrap_or(json);
    collect(error, 0, &mut texts);
    let knows = |pattern: &str| texts.iter().any(|text| has(text, pattern));
    for (pattern, problem) in CAUSES {
        if knows(pattern) {
            return *problem;
        }
    }
    Problem::Server
}

/// The messages of an error and of everything inside it.
fn collect<'a>(error: &'a Json, depth: usize, texts: &mut Vec<&'a str>) {
    if depth > 16 {
        return;
    }
    for name in ["message", "Message", "ExceptionMessage"] {
        texts.extend(error.get(name).and_then(Json::as_str));
    }
    for name in ["innererror", "internalexception", "InnerException"] {
        if let Some(inner) = error.get(name) {
            collect(inner, depth + 1, texts);
        }
    }
}

/// The column that an "unknown column" error names, if it is one of `names`.
///
/// # Privacy
/// Nothing of the body leaves here but a name that the caller knew before.
pub(crate) fn unknown_column<'a>(body: &[u8], names: &'a [String]) -> Option<&'a str> {
    let json: Json = serde_json::from_slice(without_bom(body)).ok()?;
    let mut texts = Vec::new();
    collect(json.get("error").unwrap_or(&json), 0, &mut texts);
    texts.into_iter().find_map(|text| {
        let (_, rest) = text.split_once("property named '")?;
        let (name, _) = rest.split_once('\'')?;
        names.iter().find(|known| *known == name).map(String::as_str)
    })
}

fn has(text: &str, pattern: &str) -> bool {
    text.as_bytes()
        .windows(pattern.len())
        .any(|window| window.eq_ignore_ascii_case(pattern.as_bytes()))
}

/// Words that causes are known by, on SQL Server and on PostgreSQL.
const CAUSES: &[(&str, Problem)] = &[
    ("could not find a property named", Problem::UnknownColumn),
    ("not found in schema", Problem::UnknownColumn),
    ("node count limit", Problem::NodeLimit),
    ("ram consumption limit", Problem::RamLimit),
    ("violation of primary key", Problem::Duplicate),
    ("duplicate key", Problem::Duplicate),
    ("foreign key constraint", Problem::ForeignKey),
    ("would be truncated", Problem::TooLong),
    ("value too long for type", Problem::TooLong),
    ("must be filled in", Problem::Validation),
    ("cannot convert the literal", Problem::Invalid),
    ("the request is invalid", Problem::Invalid),
    ("the query specified in the uri is not valid", Problem::Invalid),
];

#[cfg(test)]
mod tests;
