//! One call: its place in the queue, its login, its answer.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use handover_core::error::{Error, ErrorKind};
use handover_core::transport::{Body, Idempotent, TransportError};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};

use super::{Client, USER_AGENT};
use crate::auth::Credentials;
use crate::problem::{Answer, Problem, REQUEST_ID};

/// A request before it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(super) method: Method,
    pub(super) place: Place,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// What the day's quota counts for it.
    cost: u64,
    /// Whether it may be made twice.
    idempotent: bool,
}

/// What a path is below. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The application's services: `/0` on .NET Framework.
    App,
    OData,
    /// Where OData is on hosts of the other kind.
    OtherOData,
    /// The site's root.
    Site,
}

impl Call {
    pub(crate) fn get(path: String) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn new(method: Method, path: String) -> Self {
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(ANY_JSON))]);
        let (place, body) = (Place::OData, Bytes::new());
        Self { method, place, path, headers, body, cost: 1, idempotent: true }
    }

    /// With a JSON body. Twice is once, as for all that this client writes: rows have our ids.
    pub(crate) fn json(method: Method, path: String, body: impl Into<Bytes>) -> Self {
        Self::new(method, path).header(header::CONTENT_TYPE, JSON).body(body)
    }

    pub(crate) fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }

    pub(crate) fn body(self, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..self }
    }

    pub(crate) fn cost(self, cost: usize) -> Self {
        Self { cost: u64::try_from(cost).unwrap_or(u64::MAX), ..self }
    }

    /// It must not happen twice.
    pub(crate) fn effectful(self) -> Self {
        Self { idempotent: false, ..self }
    }

    pub(crate) fn repeatable(self) -> Self {
        Self { idempotent: true, ..self }
    }

    pub(crate) fn header(mut self, name: header::HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    pub(crate) fn header_value(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl Client {
    /// One call, with one renewal of the login if the one sent has run out.
    ///
    /// # Errors
    /// The transport's, the login's, the budget's; an answer of any other kind is `Ok`.
    pub(crate) async fn answer(&self, call: &Call) -> Result<Answer, Error> {
        // All who wait for a login learn how it ended, also those for whom there is no place yet.
        self.shared.auth.credentials(None).await?;
        let _place = self.shared.budget.enter(self.priority).await;
        let answer = self.exchange(call).await?;
        match self.settle_host(call, &answer).await? {
            true => self.exchange(call).await,
            false => Ok(answer),
        }
    }

    /// The error for a problem of an answer, with the id of the request.
    pub(crate) fn error(&self, answer: &Answer, problem: Problem) -> Error {
        answer.signed(answer.error(problem, self.now()))
    }

    /// The head of a success and its body still to be read, for what does not fit the memory.
    ///
    /// The place in the queue is given back once the head is there.
    pub(crate) async fn open(&self, call: &Call) -> Result<Body, Error> {
        let _place = self.shared.budget.enter(self.priority).await;
        let mut refused = None;
        loop {
            let credentials = self.shared.auth.credentials(refused).await?;
            let (id, response) = self.send(call, &credentials).await?;
            if response.status() == StatusCode::OK && !is_page(response.headers()) {
                return Ok(response.into_body());
            }
            let answer = self.read(call, id, response).await?;
            match answer.problem() {
                Some(Problem::Expired) if refused.is_none() => {
                    refused = Some(credentials.generation);
                }
                Some(problem) => return Err(self.error(&answer, problem)),
                None => return Ok(Body::from(answer.body)),
            }
        }
    }

    pub(super) async fn exchange(&self, call: &Call) -> Result<Answer, Error> {
        let credentials = self.shared.auth.credentials(None).await?;
        let answer = self.attempt(call, &credentials).await?;
        if !self.may_have_run_out(call, &answer) {
            return self.judged(answer);
        }
        let credentials = self.shared.auth.credentials(Some(credentials.generation)).await?;
        let answer = self.attempt(call, &credentials).await?;
        if self.may_have_run_out(call, &answer) {
            if answer.is_login_page() {
                // Right after a login this is what a host shows that is being maintained.
                return Err(self.error(&answer, Problem::Page));
            }
            if !self.shared.auth.is_session() || !answer.is_bare_refusal() {
                return Err(self.error(&answer, Problem::Expired));
            }
            self.shared.fruitless.add(call, answer.status, self.now());
        }
        self.judged(answer)
    }

    /// Whether an answer says that the login has run out, or may say so.
    ///
    /// Source: a session is also refused by 403 when its `BPMCSRF` is stale, and by 401 for entities
    /// that do not exist.
    fn may_have_run_out(&self, call: &Call, answer: &Answer) -> bool {
        let is_session = self.shared.auth.is_session();
        match answer.problem() {
            Some(Problem::Expired) => {}
            Some(Problem::Forbidden) if is_session => {}
            _ => return false,
        }
        let known = || self.shared.fruitless.has(call, answer.status, self.now());
        !(is_session && answer.is_bare_refusal() && known())
    }

    /// A 401 that a fresh session did not help with is no matter of the login.
    fn judged(&self, answer: Answer) -> Result<Answer, Error> {
        match answer.problem() {
            Some(Problem::Expired) => Err(self.error(&answer, Problem::NotExposed)),
            _ => Ok(answer),
        }
    }

    async fn attempt(&self, call: &Call, credentials: &Credentials) -> Result<Answer, Error> {
        let (id, response) = self.send(call, credentials).await?;
        self.shared.auth.learn(credentials.generation, response.headers());
        self.read(call, id, response).await
    }

    async fn read(
        &self,
        call: &Call,
        id: HeaderValue,
        response: Response<Body>,
    ) -> Result<Answer, Error> {
        let (mut head, body) = response.into_parts();
        let body = body.bytes(ANSWER_LIMIT).await.map_err(|error| lost(call, &id, error))?;
        tracing::debug!(request = ?id, status = head.status.as_u16(), "creatio call");
        // The id is kept where the error will look for it.
        head.headers.insert(REQUEST_ID, id);
        Ok(Answer { status: head.status, headers: head.headers, body })
    }

    async fn send(
        &self,
        call: &Call,
        credentials: &Credentials,
    ) -> Result<(HeaderValue, Response<Body>), Error> {
        self.shared.budget.spend(call.cost, self.priority, self.now())?;
        let number = self.shared.calls.fetch_add(1, Ordering::Relaxed);
        let bad = |_| Error::never(ErrorKind::Invalid, "the request has no valid address");
        let id = HeaderValue::try_from(format!("{:x}-{number}", self.shared.series));
        let id = id.unwrap_or(HeaderValue::from_static("0"));
        let mut request = Request::builder()
            .method(&call.method)
            .uri(self.shared.roots.url(call.place, &call.path))
            .header(header::USER_AGENT, USER_AGENT)
            .header(REQUEST_ID, &id)
            .body(call.body.clone())
            .map_err(bad)?;
        if call.idempotent {
            request.extensions_mut().insert(Idempotent);
        }
        request.headers_mut().extend(call.headers.clone());
        request.headers_mut().extend(credentials.headers.clone());
        let sent = self.shared.transport.send(request).await;
        sent.map_err(|error| lost(call, &id, error)).map(|response| (id, response))
    }
}

fn lost(call: &Call, id: &HeaderValue, error: TransportError) -> Error {
    let error = if call.idempotent { error.idempotent() } else { error.effectful() };
    error.with_request_id(id.to_str().unwrap_or_default())
}

fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.contains("html") || kind.contains("json"))
}

/// What a fresh session did not help with, so that no login is spent on it again for a while.
#[derive(Debug, Default)]
pub(super) struct Fruitless(Mutex<HashMap<(StatusCode, String), DateTime<Utc>>>);

impl Fruitless {
    fn has(&self, call: &Call, status: StatusCode, now: DateTime<Utc>) -> bool {
        self.map().get(&Self::key(call, status)).is_some_and(|at| now - *at < REMEMBERED)
    }

    fn add(&self, call: &Call, status: StatusCode, now: DateTime<Utc>) {
        let mut map = self.map();
        if map.len() >= MOST_REMEMBERED {
            map.clear();
        }
        map.insert(Self::key(call, status), now);
    }

    /// The entity or service that is called, and how.
    fn key(call: &Call, status: StatusCode) -> (StatusCode, String) {
        let name = call.path.split(['(', '?']).next().unwrap_or_default();
        (status, format!("{} {name}", call.method))
    }

    fn map(&self) -> MutexGuard<'_, HashMap<(StatusCode, String), DateTime<Utc>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const REMEMBERED: Duration = Duration::minutes(15);
const MOST_REMEMBERED: usize = 256;
const ANY_JSON: &str = "application/json";
const JSON: &str = "application/json; charset=utf-8; IEEE754Compatible=true";
/// The longest answer that is read into memory.
const ANSWER_LIMIT: usize = 64 * 1024 * 1024;
