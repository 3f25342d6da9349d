//! Retries, for programs that have no relay to do them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::clock::Clock;
use handover_core::transport::{Body, Idempotent, Transport, TransportError, retry_after};
use http::{Request, Response, StatusCode};

/// A transport that makes a request again when that may help and cannot harm.
///
/// It is for scripts and programs that use a client alone. **A relay must not be given one:** it keeps
/// its own count of attempts, pauses a whole account when a provider asks for it, and asks a person
/// about a send that may have happened. Two retries on top of each other do none of this.
///
/// Again is tried after a connection that failed or broke and after 429, 502, 503 and 504, but only for
/// requests that may happen twice: by their method, by the mark [`Idempotent`], or because they were
/// certainly not sent. What the provider asks to wait (`Retry-After`) is waited.
///
/// ```
/// # fn example(clock: std::sync::Arc<dyn handover_core::clock::Clock>)
/// # -> Result<(), handover_reqwest::BuildError> {
/// use handover_reqwest::{Client, Limits, Patience, Retrying};
///
/// let transport = Retrying::new(Client::new(Limits::default())?, clock, Patience::default());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Retrying<T> {
    transport: T,
    clock: Arc<dyn Clock>,
    patience: Patience,
}

/// How often a request is made, and how long is waited in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often it is made at most, the first time included. By default 4.
    pub attempts: u32,
    /// The wait before the second attempt, doubled for each one after it. By default 500 ms.
    pub first: Duration,
    /// The longest wait. Whoever asks for a longer one has his answer passed on. By default 30 s.
    pub longest: Duration,
}

impl<T: Transport> Retrying<T> {
    /// Wraps `transport`; `clock` reads a `Retry-After` that is a date.
    pub fn new(transport: T, clock: Arc<dyn Clock>, patience: Patience) -> Self {
        Self { transport, clock, patience }
    }

    /// How long to wait before the request is made again; `None` to leave it at what came.
    fn wait(
        &self,
        request: &Request<Bytes>,
        attempt: u32,
        came: &Result<Response<Body>, TransportError>,
    ) -> Option<Duration> {
        if attempt >= self.patience.attempts {
            return None;
        }
        let repeatable = is_repeatable(request);
        let asked = match came {
            Err(TransportError::Connect) => None,
            Err(TransportError::Reset | TransportError::Timeout) if repeatable => None,
            Ok(answer) if repeatable && is_passing(answer.status()) => {
                retry_after(answer.headers(), self.clock.now())
            }
            _ => return None,
        };
        let wait = asked.unwrap_or_else(|| self.back_off(request, attempt));
        (wait <= self.patience.longest).then_some(wait)
    }

    /// Half to all of the doubled wait; where in between is derived from the request, so that those
    /// who failed together do not come back together.
    fn back_off(&self, request: &Request<Bytes>, attempt: u32) -> Duration {
        let doubled = self.patience.first.saturating_mul(1 << (attempt - 1).min(16));
        let whole = doubled.min(self.patience.longest);
        let named = request.uri().to_string().into_bytes();
        let hash = named
            .iter()
            .chain(request.body())
            .chain(&attempt.to_be_bytes())
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        whole / 2 + (whole / 2) * u32::from(hash.to_be_bytes()[0]) / 255
    }
}

/// # Cancel safety
/// As [`Transport`] says. A body that breaks off while it is read is not asked for again.
#[async_trait]
impl<T: Transport> Transport for Retrying<T> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let mut attempt = 1;
        loop {
            let came = self.transport.send(request.clone()).await;
            match self.wait(&request, attempt, &came) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return came,
            }
            attempt += 1;
        }
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 4, first: Duration::from_millis(500), longest: Duration::from_secs(30) }
    }
}

fn is_repeatable(request: &Request<Bytes>) -> bool {
    request.method().is_idempotent() || request.extensions().get::<Idempotent>().is_some()
}

fn is_passing(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

#[cfg(test)]
mod tests;
