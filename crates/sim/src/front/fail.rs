use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::shown;

/// Why Front does not do it.
#[derive(Debug)]
pub(crate) struct Fail {
    status: u16,
    message: String,
    detail: Option<String>,
    pub(crate) retry_after: Option<u32>,
    pub(crate) tier: Option<&'static str>,
    /// The conversation this one was merged into; where that is, in the end.
    pub(crate) moved: Option<String>,
}

impl Fail {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            detail: None,
            retry_after: None,
            tier: None,
            moved: None,
        }
    }

    /// A field that is wrong.
    pub(crate) fn field(name: &str, what: &str) -> Self {
        let mut fail = Self::new(400, "Request validation failed");
        fail.detail = Some(format!("{name}: {what}"));
        fail
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "Authentication failed: missing, unknown or expired credentials")
    }

    pub(crate) fn forbidden(scope: &str) -> Self {
        Self::new(403, format!("The token has no access to this resource: {scope}"))
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(404, format!("{what} not found"))
    }

    pub(crate) fn merged(into: &str) -> Self {
        Self { moved: Some(into.to_owned()), ..Self::new(301, "Conversation was merged") }
    }

    pub(crate) fn into_response(self) -> Response<Bytes> {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut error =
            json!({"status": self.status, "title": title(self.status), "message": self.message});
        if let Some(detail) = self.detail {
            error["details"] = json!([detail]);
        }
        let mut response = json_response(status, &json!({"_error": error}));
        let headers = response.headers_mut();
        if let Some(location) = self.moved.and_then(|to| HeaderValue::try_from(to).ok()) {
            headers.insert(LOCATION, location);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(tier) = self.tier {
            headers.insert("x-front-tier", HeaderValue::from_static(tier));
        }
        response
    }
}

/// What Front shows with a status.
pub(crate) fn page(code: u16) -> Response<Bytes> {
    Fail::new(code, "The request could not be handled").into_response()
}

pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(shown::bytes(body));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

pub(crate) fn no_content() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn title(status: u16) -> &'static str {
    match status {
        301 => "Moved permanently",
        400 => "Bad request",
        401 => "Unauthenticated",
        403 => "Forbidden",
        404 => "Not found",
        405 => "Method not allowed",
        409 => "Conflict",
        413 => "Payload too large",
        429 => "Too many requests",
        503 => "Service unavailable",
        _ => "Internal error",
    }
}
