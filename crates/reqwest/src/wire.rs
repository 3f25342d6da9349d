//! What both transports share: one request, one answer.

use std::error::Error as StdError;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::transport::{Body, Chunks, TransportError};
use http::Response;
use reqwest::{ClientBuilder, redirect, retry};

use crate::error::BuildError;
use crate::limits::Limits;
use crate::outside::Denied;

/// A client that follows nothing, repeats nothing, keeps no cookies and reads no proxy variables.
pub(crate) fn builder(limits: Limits) -> ClientBuilder {
    reqwest::Client::builder()
        .connect_timeout(limits.connect)
        .timeout(limits.connect.saturating_add(limits.total))
        .no_proxy()
        .pool_idle_timeout(IDLE)
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .user_agent(USER_AGENT)
}

pub(crate) fn build(builder: ClientBuilder) -> Result<reqwest::Client, BuildError> {
    builder.build().map_err(|_| BuildError::Tls)
}

/// The request with its URL parsed once: what is checked is what is sent.
pub(crate) fn request(request: http::Request<Bytes>) -> Result<reqwest::Request, TransportError> {
    let request = reqwest::Request::try_from(request).map_err(|_| TransportError::Refused)?;
    let url = request.url();
    if !url.username().is_empty() || url.password().is_some() || !url.has_host() {
        return Err(TransportError::Refused);
    }
    Ok(request)
}

pub(crate) async fn send(
    http: &reqwest::Client,
    limits: Limits,
    request: reqwest::Request,
) -> Result<Response<Body>, TransportError> {
    // Whoever has not connected after `connect` has failed by then: a later time-out is the answer's.
    let wait = limits.connect.saturating_add(limits.read);
    let mut answer = tokio::time::timeout(wait, http.execute(request))
        .await
        .map_err(|_| TransportError::Timeout)?
        .map_err(|error| classify(&error))?;
    let mut response = Response::new(());
    *response.status_mut() = answer.status();
    *response.version_mut() = answer.version();
    *response.headers_mut() = std::mem::take(answer.headers_mut());
    let left = limits.body;
    let body = Body::new(Box::new(Capped { answer: Some(answer), left, read: limits.read }));
    Ok(response.map(|()| body))
}

/// An answer's body, up to a number of bytes. Past it, or after a failure, nothing more is read.
struct Capped {
    answer: Option<reqwest::Response>,
    left: u64,
    read: Duration,
}

#[async_trait]
impl Chunks for Capped {
    async fn next(&mut self) -> Option<Result<Bytes, TransportError>> {
        let mut answer = self.answer.take()?;
        if answer.content_length().is_some_and(|length| length > self.left) {
            return Some(Err(TransportError::TooLarge));
        }
        let chunk = match tokio::time::timeout(self.read, answer.chunk()).await {
            Ok(Ok(chunk)) => chunk?,
            Ok(Err(error)) => return Some(Err(classify(&error))),
            Err(_) => return Some(Err(TransportError::Timeout)),
        };
        let Some(left) = self.left.checked_sub(chunk.len() as u64) else {
            return Some(Err(TransportError::TooLarge));
        };
        self.left = left;
        self.answer = Some(answer);
        Some(Ok(chunk))
    }
}

/// What an error means for the request. Its text names the URL and goes no further.
fn classify(error: &reqwest::Error) -> TransportError {
    if error.is_builder() || is_denied(error) {
        TransportError::Refused
    } else if error.is_connect() {
        TransportError::Connect
    } else if error.is_timeout() {
        TransportError::Timeout
    } else {
        TransportError::Reset
    }
}

fn is_denied(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if error.is::<Denied>() {
            return true;
        }
        source = error.source();
    }
    false
}

/// Shorter than what servers commonly allow, so that we rarely write into a connection they close.
const IDLE: Duration = Duration::from_secs(30);
const USER_AGENT: &str = concat!("handover/", env!("CARGO_PKG_VERSION"));
