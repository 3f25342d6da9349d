//! A transport that answers from a script and remembers what it was asked.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::clock::Clock;
use handover_core::transport::{Body, Chunks, Transport, TransportError};
use http::{Request, Response};

use crate::faulty::pause;

/// What a request gets back.
pub(crate) enum Reply {
    /// An answer.
    Answer(Response<Bytes>),
    /// An answer whose body breaks off in the middle.
    Broken(Response<Bytes>),
    /// No answer.
    Fails(TransportError),
}

/// Answers by a function, and keeps what was asked, in order.
pub(crate) struct Wire {
    reply: Answering,
    asked: Mutex<Vec<Request<Bytes>>>,
    pauses: u32,
}

/// Answers a request.
type Answering = Box<dyn Fn(&Request<Bytes>) -> Reply + Send + Sync>;

/// The kit's time for adapters that ask a clock.
#[derive(Debug)]
pub(crate) struct Fixed(pub(crate) DateTime<Utc>);

impl Wire {
    /// Answers every request by `reply`.
    pub(crate) fn new(
        reply: impl Fn(&Request<Bytes>) -> Reply + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { reply: Box::new(reply), asked: Mutex::default(), pauses: 0 })
    }

    /// The same, waiting at `pauses` polls before and after each answer's head.
    pub(crate) fn slow(
        pauses: u32,
        reply: impl Fn(&Request<Bytes>) -> Reply + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { reply: Box::new(reply), asked: Mutex::default(), pauses })
    }

    /// Answers nothing: no request is expected.
    pub(crate) fn silent() -> Arc<Self> {
        Self::new(|_| Reply::Fails(TransportError::Connect))
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Request<Bytes>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Request<Bytes>>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        pause(self.pauses).await;
        let reply = (self.reply)(&request);
        self.lock().push(request);
        pause(self.pauses).await;
        match reply {
            Reply::Answer(response) => Ok(response.map(|body| chunks(body, self.pauses, false))),
            Reply::Broken(response) => Ok(response.map(|body| chunks(body, self.pauses, true))),
            Reply::Fails(error) => Err(error),
        }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl Clock for Fixed {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

/// A body in two chunks; or, broken, the first half and then an error.
fn chunks(mut body: Bytes, pauses: u32, broken: bool) -> Body {
    let rest = body.split_off(body.len() / 2);
    let end = if broken { Err(TransportError::Reset) } else { Ok(rest) };
    Body::new(Box::new(Halves { chunks: VecDeque::from([Ok(body), end]), pauses }))
}

/// A body that breaks off after `half`.
pub(crate) fn broken(half: Bytes) -> Body {
    let chunks = VecDeque::from([Ok(half), Err(TransportError::Reset)]);
    Body::new(Box::new(Halves { chunks, pauses: 0 }))
}

struct Halves {
    chunks: VecDeque<Result<Bytes, TransportError>>,
    pauses: u32,
}

#[async_trait]
impl Chunks for Halves {
    async fn next(&mut self) -> Option<Result<Bytes, TransportError>> {
        pause(self.pauses).await;
        self.chunks.pop_front()
    }
}
