//! Points at which the scheduler may do something else.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use handover_core::clock::Clock;
use handover_core::transport::{Body, Transport, TransportError};
use http::{Request, Response};

/// Is pending once.
pub(super) async fn point() {
    Point(false).await;
}

struct Point(bool);

impl Future for Point {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// A network with a point before and after each request: a crash at the second loses the answer.
///
/// As any transport, it gives up in finite time: what has waited longer is not sent any more.
#[derive(Debug)]
pub(super) struct Gated {
    pub(super) inner: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
}

/// How long a request may take in all.
const LONGEST: TimeDelta = TimeDelta::seconds(130);

#[async_trait]
impl Transport for Gated {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let begun = self.clock.now();
        point().await;
        if self.clock.now() - begun > LONGEST {
            return Err(TransportError::Connect);
        }
        let answer = self.inner.send(request).await;
        point().await;
        if self.clock.now() - begun > LONGEST {
            return Err(TransportError::Timeout);
        }
        answer
    }
}
