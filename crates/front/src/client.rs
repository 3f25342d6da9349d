//! The client: calls with a token, one request each.

mod budget;
mod conversations;
mod people;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::clock::Clock;
use handover_core::error::{Error, ErrorKind};
use handover_core::transport::{Body, Transport, TransportError};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::config::Config;
use crate::hosts::Hosts;
use crate::ids::ConversationId;
use crate::multipart::{self, Attachment};
use crate::problem::{Answer, Call};
use crate::token::{Token, Tokens};
use budget::{Meter, UnderWay};

pub use budget::Budget;
pub use conversations::{Answered, NewMessage, Standing};

#[cfg(test)]
mod tests;

/// A Front, reached by its core API.
///
/// Cheap to clone; clones share the token and what is known of the budget: while Front has said that
/// none of this minute's calls is left, none is made. It never repeats a request on its own, but for
/// one renewal of an application's token, and it follows redirects to what a conversation was merged
/// into only, on Front's own hosts.
///
/// # Cancel safety
/// Reads may be dropped. What writes says what a dropped call leaves behind.
///
/// # Privacy
/// The token goes to Front's hosts only, by `https`. No error holds a body or an address.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    room: Option<Arc<Room>>,
    /// Whether a write is not followed to what a conversation was merged into.
    stays: bool,
}

/// Calls of this minute that nobody else may use up.
struct Room {
    inner: Arc<Inner>,
    left: AtomicU32,
}

struct Inner {
    hosts: Hosts,
    tokens: Tokens,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    meter: Meter,
}

/// What goes with a request.
pub(crate) enum Content<'a> {
    Json(Value),
    Nothing,
    WithFiles(Value, &'a [Attachment]),
}

impl Client {
    /// A client. Nothing is called yet.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the token fits no header.
    pub fn new(
        config: &Config,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let tokens = Tokens::new(&config.login, &transport, &clock)?;
        let hosts = Hosts::new(config.api_url.clone());
        let meter = Meter::default();
        let inner = Arc::new(Inner { hosts, tokens, transport, clock, meter });
        Ok(Self { inner, room: None, stays: false })
    }

    /// What the last answer said of the company's budget.
    pub fn budget(&self) -> Option<Budget> {
        self.inner.meter.budget()
    }

    /// A client whose next `calls` are sure to fit into this minute, as far as Front has told: for
    /// what should not break off in the middle.
    ///
    /// # Errors
    /// [`ErrorKind::RateLimited`] if they do not fit. Nothing was called.
    pub(crate) fn with_room(&self, calls: u32) -> Result<Self, Error> {
        let calls = self.inner.meter.set_aside(calls, self.now())?;
        let room = Room { inner: Arc::clone(&self.inner), left: AtomicU32::new(calls) };
        Ok(Self { room: Some(Arc::new(room)), ..self.clone() })
    }

    /// A client for writes that hold only for the conversation that was looked at: if it was merged
    /// since, they are not done, and are to begin again with a look.
    pub(crate) fn staying(&self) -> Self {
        Self { stays: true, ..self.clone() }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.inner.clock.now()
    }

    pub(crate) fn hosts(&self) -> &Hosts {
        &self.inner.hosts
    }

    /// One call with our token; a second one with a fresh token if an application's has run out.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        content: Content<'_>,
        call: Call,
    ) -> Result<Answer, Error> {
        let url = self.inner.hosts.url(path);
        let token = self.inner.tokens.token(None).await?;
        let answer = self.send(&method, &url, &content, &token.header, call).await?;
        match token.number {
            Some(number) if answer.status == StatusCode::UNAUTHORIZED => {
                let token = self.inner.tokens.token(Some(number)).await?;
                self.send(&method, &url, &content, &token.header, call).await
            }
            _ => Ok(answer),
        }
    }

    /// A call that must succeed.
    pub(crate) async fn done(
        &self,
        method: Method,
        path: &str,
        content: Content<'_>,
        call: Call,
    ) -> Result<Answer, Error> {
        self.call(method, path, content, call).await?.success(call, self.now())
    }

    /// Reads what stands at `path`.
    pub(crate) async fn read<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<T, Error> {
        let answer = self.done(Method::GET, path, Content::Nothing, Call::Repeatable).await?;
        answer.json(Call::Repeatable)
    }

    /// One request under `authorization`, and one more for each time the conversation was merged.
    pub(crate) async fn send(
        &self,
        method: &Method,
        url: &str,
        content: &Content<'_>,
        authorization: &HeaderValue,
        call: Call,
    ) -> Result<Answer, Error> {
        let mut answer = self.once(method, url, content, authorization, call).await?;
        let mut into = None;
        for _ in 0..MERGES {
            let Some((url, merged)) = self.merged(&answer) else { break };
            if self.stays && *method != Method::GET {
                let message = "the conversation was merged into another since it was looked at";
                return Err(Error::later(ErrorKind::Unavailable, message).with_code("merged"));
            }
            answer = self.once(method, &url, content, authorization, call).await?;
            into = Some(merged);
        }
        Ok(Answer { merged: into, ..answer })
    }

    async fn once(
        &self,
        method: &Method,
        url: &str,
        content: &Content<'_>,
        authorization: &HeaderValue,
        call: Call,
    ) -> Result<Answer, Error> {
        let request = request(method, url, content, authorization)?;
        let lost = |error: TransportError| match call {
            Call::Once => error.effectful(),
            Call::Repeatable => error.idempotent(),
        };
        let _under_way = self.begin()?;
        let (head, body) = self.inner.transport.send(request).await.map_err(lost)?.into_parts();
        self.inner.meter.learn(&head.headers, self.now());
        // The head of a refusal says enough: that it was refused is certain.
        let body = match body.bytes(MAX_ANSWER).await {
            Err(error) if head.status.is_success() => return Err(lost(error)),
            body => body.unwrap_or_default(),
        };
        tracing::debug!(status = head.status.as_u16(), "front call");
        Ok(Answer { status: head.status, headers: head.headers, body, merged: None })
    }

    fn begin(&self) -> Result<UnderWay<'_>, Error> {
        let is_aside = self.room.as_ref().is_some_and(|room| room.take());
        self.inner.meter.begin(is_aside, self.now())
    }

    /// Where a merged conversation is by now, if the redirect leads there and stays with Front.
    fn merged(&self, answer: &Answer) -> Option<(String, ConversationId)> {
        if !matches!(answer.status.as_u16(), 301 | 308) {
            return None;
        }
        let location = answer.headers.get(header::LOCATION)?.to_str().ok()?;
        let absolute = if location.starts_with('/') && !location.starts_with("//") {
            self.inner.hosts.url(location)
        } else {
            location.to_owned()
        };
        let url = self.inner.hosts.check(&absolute)?;
        let mut words = url.path_segments()?.skip_while(|word| *word != "conversations").skip(1);
        let merged = ConversationId::new(words.next()?).ok()?;
        Some((url.into(), merged))
    }

    /// A file at Front: our token goes with the first request only, and one redirect is followed
    /// without it.
    pub(crate) async fn open(&self, url: &url::Url) -> Result<Response<Body>, Error> {
        let Token { header: authorization, .. } = self.inner.tokens.token(None).await?;
        let get = |url: &str| Request::get(url).header(header::ACCEPT, "*/*");
        let astray = || Error::never(ErrorKind::Forbidden, "the file is redirected astray");
        let bad = |_| Error::never(ErrorKind::Invalid, "the file has no address to call");
        let request = get(url.as_str()).header(header::AUTHORIZATION, authorization);
        let request = request.body(Bytes::new()).map_err(bad)?;
        let _under_way = self.begin()?;
        let sent = self.inner.transport.send(request).await.map_err(TransportError::idempotent)?;
        self.inner.meter.learn(sent.headers(), self.now());
        if !sent.status().is_redirection() {
            return Ok(sent);
        }
        let to = sent.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
        let to = to.and_then(|to| url.join(to).ok()).filter(|to| self.inner.hosts.may_redirect(to));
        let to = to.ok_or_else(astray)?;
        let request = get(to.as_str()).body(Bytes::new()).map_err(bad)?;
        let sent = self.inner.transport.send(request).await.map_err(TransportError::idempotent)?;
        if sent.status().is_redirection() { Err(astray()) } else { Ok(sent) }
    }
}

impl Room {
    fn take(&self) -> bool {
        self.left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.inner.meter.give_back(self.left.load(Relaxed));
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("hosts", &self.inner.hosts).finish_non_exhaustive()
    }
}

fn request(
    method: &Method,
    url: &str,
    content: &Content<'_>,
    authorization: &HeaderValue,
) -> Result<Request<Bytes>, Error> {
    let mut request = Request::builder()
        .method(method)
        .uri(url)
        .header(header::AUTHORIZATION, authorization.clone())
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, USER_AGENT);
    let body = match content {
        Content::Nothing => Bytes::new(),
        Content::Json(value) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            value.to_string().into()
        }
        Content::WithFiles(fields, files) => {
            let (kind, body) = multipart::form(fields, files);
            request = request.header(header::CONTENT_TYPE, kind);
            body
        }
    };
    let bad = |_| Error::never(ErrorKind::Invalid, "the request has no valid address");
    request.body(body).map_err(bad)
}

/// `text` as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// What stands in an id or alias without being escaped. Front wants `+`, `:` and `@` escaped in an
/// alias's value; the `:` of `alt:` it knows itself.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-').remove(b'.').remove(b'~');
const MAX_ANSWER: usize = 16 << 20;
/// How many merges are followed: into another, and that one into another.
const MERGES: usize = 4;
const USER_AGENT: &str = concat!("handover-front/", env!("CARGO_PKG_VERSION"));
