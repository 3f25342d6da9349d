//! Answers from an input instead of a network.

use std::future::Future;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use handover_core::clock::Clock;
use handover_core::transport::{Body, Transport, TransportError};
use http::{Request, Response, StatusCode};

use crate::input::{self, Message};

/// Gives the answers of an input in order, the last one for ever, and keeps what was asked.
#[derive(Debug)]
pub(crate) struct Canned {
    answers: Vec<Result<Response<Bytes>, TransportError>>,
    known: fn(&Request<Bytes>) -> Option<Response<Bytes>>,
    most: usize,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    told: usize,
    asked: Vec<Request<Bytes>>,
}

impl Canned {
    /// The answers that `data` tells. Each begins with its status, or with the way in which the
    /// connection fails: `connect`, `refused`, `reset`, `timeout`.
    pub(crate) fn new(data: &[u8]) -> Self {
        Self {
            answers: input::parts(data).into_iter().map(answer).collect(),
            known: |_| None,
            most: MOST + data.len(),
            seen: Mutex::default(),
        }
    }

    /// What `known` answers does not come from the input.
    pub(crate) fn knowing(self, known: fn(&Request<Bytes>) -> Option<Response<Bytes>>) -> Self {
        Self { known, ..self }
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Request<Bytes>> {
        self.seen.lock().unwrap().asked.clone()
    }

    /// The first answer's status, if the first is an answer.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        self.answers.first()?.as_ref().ok().map(Response::status)
    }

    fn next(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let known = (self.known)(&request);
        let mut seen = self.seen.lock().unwrap();
        seen.asked.push(request);
        assert!(seen.asked.len() <= self.most, "one call asks again and again");
        if let Some(known) = known {
            return Ok(known);
        }
        let at = seen.told.min(self.answers.len() - 1);
        seen.told += 1;
        self.answers[at].clone()
    }

    pub(crate) fn shared(self: &Arc<Self>) -> Arc<dyn Transport> {
        Arc::<Self>::clone(self)
    }
}

#[async_trait]
impl Transport for Canned {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let answer = self.next(request);
        std::future::ready(()).await;
        Ok(answer?.map(Body::from))
    }
}

/// A clock that stands.
#[derive(Debug)]
pub(crate) struct Still;

impl Clock for Still {
    fn now(&self) -> DateTime<Utc> {
        now()
    }
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// The end of a future that has nothing to wait for.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("a canned answer keeps nobody waiting")
}

/// A body that is right.
pub(crate) fn good(body: &str) -> Option<Response<Bytes>> {
    Some(Response::new(Bytes::copy_from_slice(body.as_bytes())))
}

fn answer(data: &[u8]) -> Result<Response<Bytes>, TransportError> {
    let Message { first, headers, body } = Message::read(data);
    let status = match first.trim() {
        "connect" => return Err(TransportError::Connect),
        "refused" => return Err(TransportError::Refused),
        "reset" => return Err(TransportError::Reset),
        "timeout" => return Err(TransportError::Timeout),
        first => first.parse().ok().and_then(|status| StatusCode::from_u16(status).ok()),
    };
    let mut response = Response::new(Bytes::copy_from_slice(body));
    *response.status_mut() = status.unwrap_or(StatusCode::OK);
    *response.headers_mut() = headers;
    Ok(response)
}

/// How many calls one call may take, besides one for each byte of the input.
const MOST: usize = 64;
