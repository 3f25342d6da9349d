//! The book, a made-up directory: its double, an honest little adapter, and its defects.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::DateTime;
use handover_core::channel::Account;
use handover_core::directory::{Contact, Directory};
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_core::id::{AccountId, Key};
use handover_core::identity::{Identity, Name};
use handover_core::transport::{Body, Transport, TransportError, retry_after};
use http::{Request, Response};
use serde_json::{Value, json};

/// What is wrong with the adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    BusyWithoutDelay,
    CountsItsCalls,
    LikeIsEnough,
    LogsTheCustomer,
    LostIsFinal,
    None,
    ShowsItsSecret,
    TakesTheFirst,
}

/// Keeps contacts, and finds them by the last seven characters of their address.
#[derive(Clone, Default)]
pub(crate) struct Book(pub(super) Arc<Mutex<Vec<Value>>>);

pub(crate) struct Adapter {
    secret: String,
    transport: Arc<dyn Transport>,
    defect: Defect,
    calls: AtomicUsize,
}

#[async_trait]
impl Transport for Book {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let mut rows = self.0.lock().unwrap();
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let (status, body) = if request.method() == "POST" {
            let there = rows.iter().find(|row| row["id"] == body["id"]).cloned();
            let status = if there.is_some() { 409 } else { 201 };
            let row = there.unwrap_or_else(|| {
                rows.push(body.clone());
                body
            });
            (status, row)
        } else {
            let end = tail(body["value"].as_str().unwrap_or_default());
            let found: Vec<Value> = rows
                .iter()
                .filter(|row| row["value"].as_str().is_some_and(|value| value.ends_with(end)))
                .cloned()
                .collect();
            (200, Value::from(found))
        };
        let body = Body::from(Bytes::from(body.to_string()));
        Ok(Response::builder().status(status).body(body).unwrap())
    }
}

impl Adapter {
    pub(crate) fn new(secret: &str, transport: Arc<dyn Transport>, defect: Defect) -> Self {
        Self { secret: secret.into(), transport, defect, calls: AtomicUsize::new(0) }
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    async fn call(&self, method: &str, body: &Value) -> Result<Value, Error> {
        let bearer = format!("Bearer {}", self.secret);
        let request = Request::builder().method(method).uri("https://book.example/contacts");
        let request = request.header("authorization", bearer);
        let request = request.body(Bytes::from(body.to_string())).unwrap();
        let response = self.transport.send(request).await.map_err(TransportError::idempotent)?;
        let status = response.status().as_u16();
        let after = retry_after(response.headers(), DateTime::UNIX_EPOCH);
        let after = after.filter(|_| !self.has(Defect::BusyWithoutDelay));
        let body = response.into_body().bytes(1 << 20).await.map_err(TransportError::idempotent)?;
        let unreadable = |_| Error::unsure(ErrorKind::Protocol, "the book's answer is unreadable");
        match status {
            429 => {
                let retry = Retry::Later { after, scope: RetryScope::Account };
                Err(Error::new(ErrorKind::RateLimited, retry, "the book is busy"))
            }
            200..300 | 409 => serde_json::from_slice(&body).map_err(unreadable),
            500.. => Err(Error::unsure(ErrorKind::Unavailable, "the book is out of order")),
            _ => Err(Error::never(ErrorKind::Invalid, "the book refuses the request")),
        }
    }
}

#[async_trait]
impl Directory for Adapter {
    fn account(&self) -> Account {
        Account::new(AccountId::new("book").unwrap())
    }

    async fn lookup(&self, identity: &Identity) -> Result<Vec<Contact>, Error> {
        if self.has(Defect::LogsTheCustomer) {
            tracing::debug!(number = %identity.value, "looking up");
        }
        let rows = self.call("GET", &json!({ "value": identity.value })).await?;
        let is_it =
            |row: &&Value| row["value"] == *identity.value || self.has(Defect::LikeIsEnough);
        let found = rows.as_array().into_iter().flatten().filter(is_it);
        let most = if self.has(Defect::TakesTheFirst) { 1 } else { usize::MAX };
        Ok(found.take(most).map(|row| Contact::new(row["id"].as_str().unwrap(), None)).collect())
    }

    async fn create(
        &self,
        identity: &Identity,
        _: Option<&Name>,
        key: &Key,
    ) -> Result<Contact, Error> {
        let mut id = key.uuid().to_string();
        let calls = self.calls.fetch_add(1, Ordering::SeqCst);
        if calls > 0 && self.has(Defect::CountsItsCalls) {
            id = format!("{id}-{calls}");
        }
        let row = json!({ "id": id, "value": identity.value });
        match self.call("POST", &row).await {
            Ok(_) => Ok(Contact::new(id, None)),
            Err(error) if self.has(Defect::LostIsFinal) && error.retry() == Retry::Unsure => {
                Err(Error::never(error.kind(), "the contact could not be made"))
            }
            Err(error) => Err(error),
        }
    }
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Adapter");
        if self.has(Defect::ShowsItsSecret) {
            shown.field("secret", &self.secret);
        }
        shown.finish_non_exhaustive()
    }
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book").finish_non_exhaustive()
    }
}

fn tail(value: &str) -> &str {
    &value[value.len().saturating_sub(7)..]
}
