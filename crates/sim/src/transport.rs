use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::transport::{Body, Transport, TransportError};
use http::{Request, Response};

use crate::{Clock, Outcome, Reply, Simulator};

/// A network without sockets: adapters talk to simulators by host name.
///
/// A host nobody serves cannot be connected to. Latency is waited out on tokio's clock, and only
/// where there is any.
///
/// Clones share the simulators.
#[derive(Clone)]
pub struct Wire {
    clock: Clock,
    timeout: Duration,
    hosts: Vec<(Option<String>, Answer)>,
}

impl Wire {
    /// A network where nobody answers yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, timeout: Duration::from_secs(30), hosts: Vec::new() }
    }

    /// Gives up on answers that take longer; 30 seconds when not called.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Serves a simulator at an authority: `acme.creatio.com`, `127.0.0.1:8080`.
    #[must_use]
    pub fn host<S: Simulator>(mut self, authority: &str, simulator: S) -> Self {
        self.hosts.push((Some(authority.to_owned()), answer(simulator)));
        self
    }

    /// Serves a simulator at every authority not named before.
    #[must_use]
    pub fn any<S: Simulator>(mut self, simulator: S) -> Self {
        self.hosts.push((None, answer(simulator)));
        self
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let Some(authority) = request.uri().authority() else {
            return Err(TransportError::Refused);
        };
        let served = |(name, _): &&(Option<String>, Answer)| {
            name.as_deref().is_none_or(|name| name == authority.as_str())
        };
        let (_, answer) = self.hosts.iter().find(served).ok_or(TransportError::Connect)?;
        let reply = answer(request, &self.clock);
        if !reply.delay.is_zero() {
            tokio::time::sleep(reply.delay.min(self.timeout)).await;
        }
        if reply.delay > self.timeout {
            return Err(TransportError::Timeout);
        }
        match reply.outcome {
            Outcome::Answer(response) => Ok(response.map(Body::from)),
            Outcome::Dropped { .. } => Err(TransportError::Reset),
            Outcome::Unreachable => Err(TransportError::Connect),
        }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<_> = self.hosts.iter().map(|(name, _)| name).collect();
        f.debug_struct("Wire").field("hosts", &hosts).finish_non_exhaustive()
    }
}

type Answer = Arc<dyn Fn(Request<Bytes>, &Clock) -> Reply + Send + Sync>;

fn answer<S: Simulator>(simulator: S) -> Answer {
    Arc::new(move |request, clock| simulator.handle(request, clock.now()))
}
