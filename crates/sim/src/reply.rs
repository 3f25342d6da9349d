use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};

use crate::Outbox;

/// A provider as a state machine: one request in, one [`Reply`] out, webhooks into its [`Outbox`].
pub trait Simulator: Clone + fmt::Debug + Send + Sync + 'static {
    /// Answers one request.
    fn handle(&self, request: Request<Bytes>, now: DateTime<Utc>) -> Reply;

    /// Where the webhooks wait that this provider wants to send.
    fn outbox(&self) -> &Outbox;
}

/// What happens to one request, and after how long.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reply {
    /// How long the provider takes. The server and the in-memory transport wait it out.
    pub delay: Duration,
    /// What the caller sees then.
    pub outcome: Outcome,
}

impl Reply {
    /// An answer at once.
    pub fn answer(response: Response<Bytes>) -> Self {
        Self::new(Duration::ZERO, Outcome::Answer(response))
    }

    pub(crate) fn new(delay: Duration, outcome: Outcome) -> Self {
        Self { delay, outcome }
    }

    /// The response, or `None` when the connection is closed without one.
    pub fn response(self) -> Option<Response<Bytes>> {
        match self.outcome {
            Outcome::Answer(response) => Some(response),
            Outcome::Dropped { .. } | Outcome::Unreachable => None,
        }
    }
}

/// What a caller sees of one request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// A response.
    Answer(Response<Bytes>),
    /// The connection is closed with no answer.
    Dropped {
        /// Whether the request took effect all the same.
        effect: bool,
    },
    /// No connection.
    Unreachable,
}
