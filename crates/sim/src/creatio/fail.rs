use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::fault;

/// A refusal, in one of the shapes the platform is known to answer.
#[derive(Clone, Debug)]
pub(crate) struct Fail {
    pub(crate) status: StatusCode,
    pub(crate) body: FailBody,
}

#[derive(Clone, Debug)]
pub(crate) enum FailBody {
    Empty,
    Html(String),
    Json(Value),
    Redirect(String),
}

impl Fail {
    /// A request the OData layer refuses: the cause one level down.
    pub(crate) fn invalid(cause: impl Into<String>) -> Self {
        Self::json(
            StatusCode::BAD_REQUEST,
            json!({"error": {"code": "", "message": "The request is invalid.",
                "innererror": inner(&cause.into(), None)}}),
        )
    }

    /// A query the OData layer refuses: the cause in the headline.
    pub(crate) fn query(cause: impl Into<String>) -> Self {
        let cause = cause.into();
        Self::json(
            StatusCode::BAD_REQUEST,
            json!({"error": {"code": "", "message": format!(
                "The query specified in the URI is not valid. {cause}"),
                "innererror": inner(&cause, None)}}),
        )
    }

    /// A failure of the server: the cause two levels down.
    pub(crate) fn server(cause: impl Into<String>) -> Self {
        Self::json(
            StatusCode::INTERNAL_SERVER_ERROR,
            json!({"error": {"code": "", "message": "An error has occurred.",
                "innererror": inner("An error has occurred.", Some(inner(&cause.into(), None)))}}),
        )
    }

    /// A record that does not exist.
    pub(crate) fn missing() -> Self {
        Self { status: StatusCode::NOT_FOUND, body: FailBody::Empty }
    }

    /// An entity set or page that does not exist.
    pub(crate) fn page_not_found() -> Self {
        Self { status: StatusCode::NOT_FOUND, body: FailBody::Html(NOT_FOUND.to_owned()) }
    }

    /// A web server's page.
    pub(crate) fn page(status: StatusCode) -> Self {
        let page = format!(
            "<!DOCTYPE html><html><head><title>{status}</title></head>\
             <body><h2>{status}</h2></body></html>"
        );
        Self { status, body: FailBody::Html(page) }
    }

    /// A session whose CSRF token was not sent, or a service method that does not exist.
    pub(crate) fn access_denied() -> Self {
        Self::page(StatusCode::FORBIDDEN)
    }

    /// A right that is missing.
    pub(crate) fn forbidden(cause: impl Into<String>) -> Self {
        let mut fail = Self::server(cause);
        fail.status = StatusCode::FORBIDDEN;
        fail
    }

    /// Another entity set that does not exist: a host that answers for itself.
    pub(crate) fn no_controller(set: &str) -> Self {
        Self::json(
            StatusCode::NOT_FOUND,
            json!({"Message": "No HTTP resource was found that matches the request URI.",
                "MessageDetail":
                    format!("No type was found that matches the controller named '{set}'.")}),
        )
    }

    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, body: FailBody::Empty }
    }

    pub(crate) fn login_page() -> Self {
        Self { status: StatusCode::OK, body: FailBody::Html(fault::LOGIN.to_owned()) }
    }

    pub(crate) fn redirect(to: String) -> Self {
        Self { status: StatusCode::FOUND, body: FailBody::Redirect(to) }
    }

    pub(crate) fn unauthorized(status: StatusCode) -> Self {
        Self::json(
            status,
            json!({"Message": "Authentication failed.", "StackTrace": null,
                "ExceptionType": "System.InvalidOperationException"}),
        )
    }

    /// ASP.NET's own shape.
    pub(crate) fn plain(status: StatusCode, message: &str) -> Self {
        Self::json(status, json!({"Message": message}))
    }

    pub(crate) fn json(status: StatusCode, body: Value) -> Self {
        Self { status, body: FailBody::Json(body) }
    }

    /// The innermost cause.
    pub(crate) fn cause(&self) -> String {
        let FailBody::Json(body) = &self.body else { return self.status.to_string() };
        let inner = &body["error"]["innererror"];
        let causes = [&inner["internalexception"], inner, &body["error"], body];
        let cause = causes.into_iter().find_map(|cause| cause["message"].as_str());
        cause.unwrap_or_default().to_owned()
    }

    pub(crate) fn into_response(self) -> Response<Bytes> {
        let location = match &self.body {
            FailBody::Redirect(to) => HeaderValue::try_from(to).ok(),
            _ => None,
        };
        let (kind, body) = match self.body {
            FailBody::Empty | FailBody::Redirect(_) => (None, Bytes::new()),
            FailBody::Html(page) => (Some("text/html"), Bytes::from(page)),
            FailBody::Json(body) => {
                (Some("application/json; charset=utf-8"), Bytes::from(body.to_string()))
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        if let Some(kind) = kind {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        if let Some(location) = location {
            response.headers_mut().insert(LOCATION, location);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

fn inner(message: &str, cause: Option<Value>) -> Value {
    let mut inner = json!({"message": message, "type": "", "stacktrace": ""});
    if let Some(cause) = cause {
        inner["internalexception"] = cause;
    }
    inner
}

const NOT_FOUND: &str = "<!DOCTYPE html><html><head>\
<title>404 - File or directory not found.</title></head><body>\
<h2>404 - File or directory not found.</h2></body></html>";
