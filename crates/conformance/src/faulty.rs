//! A provider's double behind a bad line: one request goes wrong.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::transport::{Body, Transport, TransportError};
use http::{Request, Response, StatusCode};

/// What goes wrong with a request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It takes effect; a 500 is answered.
    BrokenAfterWrite,
    /// It takes effect; half of the answer's body arrives.
    Cut,
    /// It takes effect; no answer arrives.
    DropAfterWrite,
    /// It is not sent.
    NotSent,
    /// It has no effect; this is answered.
    Refused(Response<Bytes>),
    /// It has no effect; a 400 is answered that repeats what was asked, and these words.
    Repeats(String),
}

/// Hands requests on to the double, but for one.
pub(crate) struct Faulty {
    double: Arc<dyn Transport>,
    fault: Option<(usize, Fault)>,
    count: AtomicUsize,
    struck: AtomicBool,
    pauses: u32,
}

impl Faulty {
    /// Nothing goes wrong.
    pub(crate) fn never(double: Arc<dyn Transport>) -> Arc<Self> {
        Self::build(double, None, 0)
    }

    /// Nothing goes wrong, but each request waits at `pauses` polls before and after its effect.
    pub(crate) fn slow(double: Arc<dyn Transport>, pauses: u32) -> Arc<Self> {
        Self::build(double, None, pauses)
    }

    /// `fault` happens to the `request`th request, from 0.
    pub(crate) fn at(double: Arc<dyn Transport>, request: usize, fault: Fault) -> Arc<Self> {
        Self::build(double, Some((request, fault)), 0)
    }

    /// Whether the fault has happened.
    pub(crate) fn struck(&self) -> bool {
        self.struck.load(Ordering::SeqCst)
    }

    fn build(double: Arc<dyn Transport>, fault: Option<(usize, Fault)>, pauses: u32) -> Arc<Self> {
        let (count, struck) = (AtomicUsize::new(0), AtomicBool::new(false));
        Arc::new(Self { double, fault, count, struck, pauses })
    }
}

#[async_trait]
impl Transport for Faulty {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        pause(self.pauses).await;
        let number = self.count.fetch_add(1, Ordering::SeqCst);
        let Some((_, fault)) = self.fault.as_ref().filter(|(at, _)| *at == number) else {
            let answer = self.double.send(request).await;
            pause(self.pauses).await;
            return answer;
        };
        self.struck.store(true, Ordering::SeqCst);
        match fault {
            Fault::NotSent => Err(TransportError::Connect),
            Fault::Refused(answer) => Ok(answer.clone().map(Body::from)),
            Fault::Repeats(words) => {
                let body = String::from_utf8_lossy(request.body());
                let text = format!("{} {body} {words}", request.uri());
                Ok(with_status(StatusCode::BAD_REQUEST, text.into()))
            }
            Fault::BrokenAfterWrite => {
                self.double.send(request).await?;
                Ok(with_status(StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()))
            }
            Fault::DropAfterWrite => {
                self.double.send(request).await?;
                Err(TransportError::Reset)
            }
            Fault::Cut => {
                let (head, body) = self.double.send(request).await?.into_parts();
                let whole = body.bytes(1 << 24).await?;
                let half = whole.slice(..whole.len() / 2);
                Ok(Response::from_parts(head, crate::wire::broken(half)))
            }
        }
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").finish_non_exhaustive()
    }
}

fn with_status(status: StatusCode, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
}

/// Is polled `times` times before it is ready.
pub(crate) async fn pause(times: u32) {
    let mut left = times;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
