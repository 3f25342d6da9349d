//! Requests to the API and what its answers mean.
//!
//! Source: twilio.com/docs/messaging/api/message-resource and /docs/api/errors, digest of
//! 2026-11-20.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_core::transport::{Body, TransportError, retry_after};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::Twilio;
use super::code::{Class, Code};

/// Whether a call changes anything at Twilio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Read,
    Write,
}

impl Twilio {
    /// A resource of our account.
    pub(super) fn resource(&self, path: &str) -> Url {
        let mut url = self.config().api_url.clone();
        url.set_path(&format!("/2010-04-01/Accounts/{}{path}", self.config().account_sid));
        url
    }

    /// Reads `url` as JSON.
    pub(super) async fn read<T: DeserializeOwned>(&self, url: &Url) -> Result<T, Error> {
        Ok(self.read_with_head(url).await?.1)
    }

    /// Reads `url` as JSON and keeps the answer's headers.
    pub(super) async fn read_with_head<T: DeserializeOwned>(
        &self,
        url: &Url,
    ) -> Result<(HeaderMap, T), Error> {
        let request = self.request(Method::GET, url, Bytes::new())?;
        let response = self.shared.transport.send(request).await;
        let response = response.map_err(TransportError::idempotent)?;
        if !response.status().is_success() {
            return Err(self.refusal(Call::Read, response).await);
        }
        let (head, body) = response.into_parts();
        let body = body.bytes(MAX_ANSWER).await;
        let body = body.map_err(TransportError::idempotent)?;
        let read = serde_json::from_slice(&body).map_err(|_| unreadable(Call::Read))?;
        Ok((head.headers, read))
    }

    /// A request with our login.
    pub(super) fn request(
        &self,
        method: Method,
        url: &Url,
        body: Bytes,
    ) -> Result<Request<Bytes>, Error> {
        let mut request = bare(method, url, body)?;
        request.headers_mut().insert(header::AUTHORIZATION, self.authorization()?);
        Ok(request)
    }

    /// The error that an answer other than 2xx is.
    pub(super) async fn refusal(&self, call: Call, response: Response<Body>) -> Error {
        let (head, body) = response.into_parts();
        // A body that cannot be read says no more than the status.
        let body = body.bytes(MAX_PROBLEM).await.unwrap_or_default();
        let code = serde_json::from_slice::<Problem>(&body).ok().and_then(|problem| problem.code);
        let after = retry_after(&head.headers, self.shared.clock.now());
        let error = classify(call, head.status, code.map(Code::new), after);
        match head.headers.get("twilio-request-id").and_then(|id| id.to_str().ok()) {
            Some(id) => error.with_request_id(id),
            None => error,
        }
    }

    fn authorization(&self) -> Result<HeaderValue, Error> {
        let config = self.config();
        let token = config.auth_tokens.first().map_or("", |token| token.expose_secret());
        let login = BASE64.encode(format!("{}:{token}", config.account_sid));
        let mut value = HeaderValue::try_from(format!("Basic {login}"))
            .map_err(|_| Error::never(ErrorKind::Config, "the auth token fits no header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// A request without our login.
pub(super) fn bare(method: Method, url: &Url, body: Bytes) -> Result<Request<Bytes>, Error> {
    let request = Request::builder().method(method).uri(url.as_str()).body(body);
    request.map_err(|_| Error::never(ErrorKind::Invalid, "the URL fits no request"))
}

/// A 2xx whose body says nothing readable. After a write, the text may well be on its way.
pub(super) fn unreadable(call: Call) -> Error {
    let retry = if call == Call::Write { Retry::Unsure } else { Retry::Never };
    Error::new(ErrorKind::Protocol, retry, "Twilio's answer could not be read")
}

/// What a refusal means: by its code where the table knows it, else by its status.
///
/// A write answered with 5xx may have been taken, whatever its code says.
fn classify(call: Call, status: StatusCode, code: Option<Code>, after: Option<Duration>) -> Error {
    let class = code.map_or(Class::Unknown, Code::class);
    let error = if status.is_server_error() || class == Class::Unavailable {
        Error::new(ErrorKind::Unavailable, broken(call, after), "Twilio is out of order")
    } else if status == StatusCode::TOO_MANY_REQUESTS || class == Class::Throttled {
        let retry = Retry::Later { after, scope: RetryScope::Account };
        Error::new(ErrorKind::RateLimited, retry, "Twilio asks for a pause")
    } else if status == StatusCode::REQUEST_TIMEOUT {
        Error::new(ErrorKind::Network, broken(call, after), "Twilio saw the request time out")
    } else if let (Some(kind), Some(code)) = (class.kind(), code) {
        Error::never(kind, code.advice())
    } else {
        by_status(status)
    };
    match code {
        Some(code) => error.with_code(code.number().to_string()),
        None => error,
    }
}

fn by_status(status: StatusCode) -> Error {
    let (kind, message) = match status {
        StatusCode::UNAUTHORIZED => {
            (ErrorKind::Unauthorized, "the login was refused: check the sid and the auth token")
        }
        StatusCode::FORBIDDEN => (ErrorKind::Forbidden, "the account may not do this"),
        StatusCode::NOT_FOUND | StatusCode::GONE => {
            (ErrorKind::NotFound, "Twilio has no such thing")
        }
        status if status.is_redirection() => {
            (ErrorKind::Config, "the API answered with a redirect: check `api_url`")
        }
        status if status.is_client_error() => (ErrorKind::Invalid, "Twilio refused the request"),
        _ => (ErrorKind::Protocol, "Twilio's answer has an unknown status"),
    };
    Error::never(kind, message)
}

fn broken(call: Call, after: Option<Duration>) -> Retry {
    match call {
        Call::Read => Retry::Later { after, scope: RetryScope::Job },
        Call::Write => Retry::Unsure,
    }
}

/// The body of a refusal. Its message is not kept: it repeats numbers.
#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: Option<u32>,
}

const MAX_ANSWER: usize = 8 << 20;
const MAX_PROBLEM: usize = 64 << 10;
