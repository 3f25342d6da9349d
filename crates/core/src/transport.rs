//! HTTP as adapters see it: one request, one answer, injected.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};

use crate::error::{Error, ErrorKind, Retry, RetryScope};

/// Sends HTTP requests for an adapter.
///
/// # Contract
/// - One call is one request on the wire: no retries, no redirects followed.
/// - An answer of any status is `Ok`; an error means that no complete head arrived.
/// - Time-outs are the implementation's and finite.
///
/// # Cancel safety
/// Dropping the future may leave the request sent; callers treat it as [`Retry::Unsure`].
///
/// # Privacy
/// The error names neither URL nor body.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends `request`, whose URI is absolute, and returns the head with a body still to be read.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError>;
}

/// Put into a request's extensions: it may be made twice, though its method does not say so, because
/// what it makes has an id of ours or is looked for first. For wrappers that repeat requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idempotent;

/// An answer's body, read in chunks.
pub struct Body(Box<dyn Chunks>);

/// A source of body chunks; implemented by transports.
#[async_trait]
pub trait Chunks: Send {
    /// The next chunk, or `None` at the end.
    async fn next(&mut self) -> Option<Result<Bytes, TransportError>>;
}

/// The request did not get an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No connection: the request was not sent.
    #[error("could not connect")]
    Connect,
    /// The request could not be built or was refused by our own rules: it was not sent.
    #[error("the request was refused before it was sent")]
    Refused,
    /// The connection broke after the request was (perhaps) written.
    #[error("the connection broke before the answer was complete")]
    Reset,
    /// No answer in time, after the request was (perhaps) written.
    #[error("no complete answer in time")]
    Timeout,
    /// The answer's body is larger than the cap.
    #[error("the answer is larger than allowed")]
    TooLarge,
}

impl Body {
    /// A body over a source of chunks.
    pub fn new(chunks: Box<dyn Chunks>) -> Self {
        Self(chunks)
    }

    /// The next chunk, or `None` at the end.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, TransportError>> {
        self.0.next().await
    }

    /// The whole body, if it is no longer than `limit` bytes.
    ///
    /// # Errors
    /// [`TransportError::TooLarge`] past the limit, or what the transport reports.
    pub async fn bytes(mut self, limit: usize) -> Result<Bytes, TransportError> {
        let Some(first) = self.chunk().await.transpose()? else {
            return Ok(Bytes::new());
        };
        let mut whole = BytesMut::from(first);
        while whole.len() <= limit {
            let Some(chunk) = self.chunk().await.transpose()? else {
                return Ok(whole.freeze());
            };
            whole.extend_from_slice(&chunk);
        }
        Err(TransportError::TooLarge)
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Box::new(Whole(Some(bytes))))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

impl TransportError {
    /// Whether the request certainly had no effect.
    pub fn not_sent(self) -> bool {
        matches!(self, Self::Connect | Self::Refused)
    }

    /// The error of a call whose request is idempotent: it may always be made again.
    pub fn idempotent(self) -> Error {
        let retry = match self {
            Self::Refused | Self::TooLarge => Retry::Never,
            _ => Retry::Later { after: None, scope: RetryScope::Job },
        };
        Error::new(self.kind(), retry, "the provider could not be reached").with_source(self)
    }

    /// The error of a call whose request must not happen twice.
    pub fn effectful(self) -> Error {
        let retry = match self {
            Self::Connect => Retry::Later { after: None, scope: RetryScope::Job },
            Self::Refused => Retry::Never,
            _ => Retry::Unsure,
        };
        Error::new(self.kind(), retry, "the provider could not be reached").with_source(self)
    }

    fn kind(self) -> ErrorKind {
        match self {
            Self::Refused => ErrorKind::Config,
            Self::TooLarge => ErrorKind::Protocol,
            _ => ErrorKind::Network,
        }
    }
}

/// The delay a `Retry-After` header asks for, in seconds or as an HTTP date, at most one day.
///
/// Source: RFC 9110, 10.2.3.
pub fn retry_after(
    headers: &http::HeaderMap,
    now: chrono::DateTime<chrono::Utc>,
) -> Option<Duration> {
    let value = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match value.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let at = chrono::DateTime::parse_from_rfc2822(value).ok()?;
            u64::try_from((at.to_utc() - now).num_seconds()).unwrap_or(0)
        }
    };
    Some(Duration::from_secs(seconds.min(86_400)))
}

struct Whole(Option<Bytes>);

#[async_trait]
impl Chunks for Whole {
    async fn next(&mut self) -> Option<Result<Bytes, TransportError>> {
        self.0.take().map(Ok)
    }
}
