use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::transport::{Body, Transport, TransportError};
use handover_sim::Wire;
use http::{Request, Response};

/// A network that counts how many calls to Creatio are under way, and were at most.
#[derive(Debug)]
pub(super) struct Counted {
    wire: Wire,
    under_way: Mutex<(usize, usize)>,
}

impl Counted {
    pub(super) fn new(wire: Wire) -> Self {
        Self { wire, under_way: Mutex::default() }
    }

    /// How many calls were under way at most.
    pub(super) fn most(&self) -> usize {
        self.under_way.lock().unwrap().1
    }
}

#[async_trait]
impl Transport for Counted {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        if request.uri().host() != Some("acme.creatio.com") {
            return self.wire.send(request).await;
        }
        {
            let (now, most) = &mut *self.under_way.lock().unwrap();
            *now += 1;
            *most = (*most).max(*now);
        }
        let answer = self.wire.send(request).await;
        self.under_way.lock().unwrap().0 -= 1;
        answer
    }
}
