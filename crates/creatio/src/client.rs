//! The client: authenticated calls, one request each.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::clock::Clock;
use handover_core::error::{Error, ErrorKind};
use handover_core::transport::Transport;
use http::{HeaderValue, Method, Request, header};
use uuid::Uuid;

use crate::column::{Column, Entity, Values};
use crate::config::{Config, ConfigError};
use crate::parse::Row;
use crate::problem::{Answer, Problem};
use crate::query::{Query, select};
use crate::schema::Known;
use crate::token::{Token, Tokens};

/// A Creatio, reached by OData 4 with an OAuth application's token.
///
/// Cheap to clone; clones share the token and what is known of the schema. It never repeats a
/// request on its own, but for one renewal of a token that has run out.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    odata: String,
    other_odata: String,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    tokens: Tokens,
    known: Known,
    series: i64,
    calls: AtomicU64,
}

impl Client {
    /// A client. Nothing is called yet.
    ///
    /// # Errors
    /// [`ConfigError`] if the Identity Service's address is neither given nor derivable.
    pub fn new(
        config: &Config,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        let tokens = Tokens::new(config, Arc::clone(&transport), Arc::clone(&clock))?;
        Ok(Self(Arc::new(Inner {
            odata: config.odata_url(),
            other_odata: config.other_odata_url(),
            series: clock.now().timestamp_micros(),
            transport,
            clock,
            tokens,
            known: Known::default(),
            calls: AtomicU64::new(0),
        })))
    }

    /// The row with this id, or `None`.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn get(
        &self,
        entity: &Entity,
        id: Uuid,
        columns: &[Column],
    ) -> Result<Option<Row>, Error> {
        let path = format!("{}({id})?$select={}", entity.name(), select(columns));
        let answer = self.call(Method::GET, &path, None).await?;
        match answer.problem() {
            None => Row::one(&answer.body).map(Some).ok_or_else(unreadable),
            Some(Problem::NotFound) => Ok(None),
            Some(problem) => Err(self.error(&answer, problem)),
        }
    }

    /// The rows a query names, as one answer.
    ///
    /// # Errors
    /// Any [`Error`] of a read; [`ErrorKind::Invalid`] before any call for a query that the server is
    /// known to refuse.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn query(&self, query: &Query) -> Result<Vec<Row>, Error> {
        let answer = self.call(Method::GET, &query.path()?, None).await?;
        match answer.problem() {
            None => Row::many(&answer.body).ok_or_else(unreadable),
            // A collection is never a missing row.
            Some(Problem::NotFound) => Err(self.error(&answer, Problem::NotExposed)),
            Some(problem) => Err(self.error(&answer, problem)),
        }
    }

    /// The rows of `entity` with any of these ids, in as many queries as the node limit asks for.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn rows(
        &self,
        entity: &Entity,
        ids: &[Uuid],
        columns: &[Column],
    ) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(crate::Filter::IDS) {
            let Some(filter) = crate::Filter::any_of(&ID, chunk) else { continue };
            let query = Query::new(entity.clone(), columns.iter().cloned()).filter(filter);
            rows.extend(self.query(&query.top(chunk.len())).await?);
        }
        Ok(rows)
    }

    /// Writes columns of a row that exists.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] before anything is written if a column does not exist, because Creatio
    /// would drop it with success; [`ErrorKind::NotFound`] if the row does not.
    ///
    /// # Cancel safety
    /// The columns may have been written.
    ///
    /// # Idempotency
    /// Writing the same values again has no further effect.
    pub async fn update(&self, entity: &Entity, id: Uuid, values: &Values) -> Result<(), Error> {
        if values.is_empty() {
            return Ok(());
        }
        let body = values.body()?;
        self.ensure_columns(entity, values.columns()).await?;
        let path = format!("{}({id})", entity.name());
        let body = Bytes::from(serde_json::Value::from(body).to_string());
        let answer = self.call(Method::PATCH, &path, Some(body)).await?;
        match answer.problem() {
            None => Ok(()),
            Some(problem) => Err(self.error(&answer, problem)),
        }
    }

    /// Logs in, unless there is a token still.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthorized`] if the login is refused, [`ErrorKind::Config`] if what answers is
    /// no Identity Service.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn log_in(&self) -> Result<(), Error> {
        self.0.tokens.token(None).await.map(drop)
    }

    /// The service document, here or at the other place where OData may be.
    pub(crate) async fn service_document(&self, other: bool) -> Result<Answer, Error> {
        let root = if other { &self.0.other_odata } else { &self.0.odata };
        let token = self.0.tokens.token(None).await?;
        self.send(&Method::GET, root, "", None, &token).await
    }

    /// The time, by the clock of this client.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    pub(crate) fn known(&self) -> &Known {
        &self.0.known
    }

    /// One call below the service root, with one renewal of the token if the one sent has run out.
    ///
    /// # Errors
    /// The transport's, the login's; an answer of any other kind is `Ok`.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Bytes>,
    ) -> Result<Answer, Error> {
        let token = self.0.tokens.token(None).await?;
        let answer = self.send(&method, &self.0.odata, path, body.clone(), &token).await?;
        if answer.problem() != Some(Problem::Expired) {
            return Ok(answer);
        }
        let token = self.0.tokens.token(Some(token.generation)).await?;
        let answer = self.send(&method, &self.0.odata, path, body, &token).await?;
        match answer.problem() {
            Some(Problem::Expired) => Err(self.error(&answer, Problem::Expired)),
            _ => Ok(answer),
        }
    }

    /// The error for a problem of an answer, with the id of the request.
    pub(crate) fn error(&self, answer: &Answer, problem: Problem) -> Error {
        let error = answer.error(problem, self.now());
        match answer.headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()) {
            Some(id) => error.with_request_id(id),
            None => error,
        }
    }

    async fn send(
        &self,
        method: &Method,
        root: &str,
        path: &str,
        body: Option<Bytes>,
        token: &Token,
    ) -> Result<Answer, Error> {
        let number = self.0.calls.fetch_add(1, Ordering::Relaxed);
        let id = format!("{:x}-{number}", self.0.series);
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{root}/{path}"))
            .header(header::AUTHORIZATION, token.header.clone())
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, USER_AGENT)
            .header(REQUEST_ID, &id);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, JSON);
        }
        if path == BATCH {
            request = request.header("prefer", "continue-on-error");
        }
        let request = request
            .body(body.unwrap_or_default())
            .map_err(|_| Error::never(ErrorKind::Invalid, "the request has no valid address"))?;
        let lost = |error: handover_core::transport::TransportError| {
            error.idempotent().with_request_id(&id)
        };
        let (mut head, body) = self.0.transport.send(request).await.map_err(lost)?.into_parts();
        let body = body.bytes(ANSWER_LIMIT).await.map_err(lost)?;
        // The id is kept where the error will look for it; it is ours, so it is a valid value.
        if let Ok(id) = HeaderValue::try_from(&id) {
            head.headers.insert(REQUEST_ID, id);
        }
        tracing::debug!(request = %id, status = head.status.as_u16(), "creatio call");
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("odata", &self.0.odata).finish_non_exhaustive()
    }
}

/// An answer of the right status that is not what it should be.
pub(crate) fn unreadable() -> Error {
    Error::later(ErrorKind::Protocol, "Creatio's answer cannot be read")
}

/// The column `Id`.
pub(crate) const ID: Column = Column::plain("Id");
/// The path of a batch.
pub(crate) const BATCH: &str = "$batch";
/// A firewall in front of Creatio may refuse clients without a name.
pub(crate) const USER_AGENT: &str = concat!("handover-creatio/", env!("CARGO_PKG_VERSION"));

const REQUEST_ID: &str = "x-request-id";
const JSON: &str = "application/json; charset=utf-8; IEEE754Compatible=true";
/// The longest answer that is read.
const ANSWER_LIMIT: usize = 64 * 1024 * 1024;

#[cfg(test)]
mod tests;
