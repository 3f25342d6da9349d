//! The business process that tells the world: signal start, then a web service call with a secret
//! and no signature.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, Request, Uri};
use serde_json::json;
use uuid::Uuid;

use super::tenant::Signal;
use crate::{Outgoing, RetryOn};

/// Where and how the business process calls out when an activity is added to a case or a case is
/// closed.
#[derive(Clone)]
pub struct Poke {
    url: Uri,
    secret: String,
    style: PokeStyle,
    retries: u32,
    modified: bool,
}

/// How the secret travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PokeStyle {
    /// `Authorization: Bearer …`
    Bearer,
    /// `X-Handover-Secret: …`
    Header,
    /// The last segment of the path.
    Path,
}

impl Poke {
    /// Calls `url` with the secret, once.
    pub fn new(url: Uri, secret: &str, style: PokeStyle) -> Self {
        Self { url, secret: secret.to_owned(), style, retries: 0, modified: false }
    }

    /// "Retries on call failure", for errors and for silence of five seconds.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// Fires for modified activities too, as `new_activity`.
    #[must_use]
    pub fn on_modified(mut self) -> Self {
        self.modified = true;
        self
    }

    pub(crate) fn call(&self, signal: Signal, now: DateTime<Utc>) -> Option<Outgoing> {
        let (event, case) = match signal {
            Signal::ActivityAdded { case } => ("new_activity", case),
            Signal::ActivityModified { case } if self.modified => ("new_activity", case),
            Signal::ActivityModified { .. } => return None,
            Signal::CaseClosed { case } => ("case_closed", case),
        };
        let mut outgoing = Outgoing::new(now, self.request(event, case)?);
        outgoing.retries = self.retries;
        outgoing.retry_on = RetryOn::All;
        Some(outgoing)
    }

    fn request(&self, event: &str, case: Uuid) -> Option<Request<Bytes>> {
        let body = json!({"event_type": event, "caseId": case}).to_string();
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self.style {
            PokeStyle::Bearer => {
                let bearer = HeaderValue::try_from(format!("Bearer {}", self.secret)).ok()?;
                headers.insert(AUTHORIZATION, bearer);
            }
            PokeStyle::Header => {
                let secret = HeaderValue::try_from(&self.secret).ok()?;
                headers.insert(HeaderName::from_static("x-handover-secret"), secret);
            }
            PokeStyle::Path => {
                let url = self.url.to_string();
                let url = format!("{}/{}", url.trim_end_matches('/'), self.secret);
                *request.uri_mut() = url.parse().ok()?;
            }
        }
        Some(request)
    }
}

impl std::fmt::Debug for Poke {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Poke").field("style", &self.style).finish_non_exhaustive()
    }
}
