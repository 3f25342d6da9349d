use bytes::Bytes;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

/// A refusal, in one of the shapes the platform is known to answer.
#[derive(Clone, Debug)]
pub(crate) struct Fail {
    pub(crate) status: StatusCode,
    pub(crate) body: FailBody,
}

#[derive(Clone, Debug)]
pub(crate) enum FailBody {
    Empty,
    Html(&'static str),
    Json(Value),
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
        Self { status: StatusCode::NOT_FOUND, body: FailBody::Html(NOT_FOUND) }
    }

    pub(crate) fn unauthorized() -> Self {
        Self::json(
            StatusCode::UNAUTHORIZED,
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

    pub(crate) fn into_response(self) -> Response<Bytes> {
        let (kind, body) = match self.body {
            FailBody::Empty => (None, Bytes::new()),
            FailBody::Html(page) => (Some("text/html"), Bytes::from_static(page.as_bytes())),
            FailBody::Json(body) => {
                (Some("application/json; charset=utf-8"), Bytes::from(body.to_string()))
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        if let Some(kind) = kind {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
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
