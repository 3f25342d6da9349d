//! Whatever else a Creatio offers: services, DataService, processes.

use bytes::Bytes;
use handover_core::error::{Error, ErrorKind};
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::Value as Json;

use super::Client;
use super::call::{Call, Place};
use crate::parse::without_bom;
use crate::problem::{Problem, service_failure};

/// A request for anything that this crate has no function for.
///
/// It is sent as every other call is: with the login, within the limits, renewed once.
///
/// # Privacy
/// `Debug` shows neither path nor body.
#[derive(Clone)]
pub struct RawRequest(Call);

/// The answer to a [`RawRequest`], of any status.
///
/// # Privacy
/// `Debug` shows the status only.
#[derive(Clone)]
pub struct RawAnswer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, at most 64 MiB.
    pub body: Bytes,
}

impl RawRequest {
    /// A request below the application's services, where `/0` is put before it on hosts that want
    /// it: `rest/UsrOrders/Find`, `DataService/json/SyncReply/SelectQuery`, `odata/Case/$count`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for what is no path below the application: a URL, a way up.
    pub fn new(method: Method, path: &str) -> Result<Self, Error> {
        let path = path.trim_start_matches('/');
        let plain = path.split(['?', '#']).next().unwrap_or_default();
        let read = plain.to_ascii_lowercase();
        let read = read.replace("%2e", ".").replace("%2f", "/").replace("%5c", "\\");
        let leads_out =
            read.contains("://") || read.contains('\\') || read.split('/').any(|part| part == "..");
        if plain.is_empty() || leads_out || !path.bytes().all(|b| b.is_ascii_graphic()) {
            let message = "a path below the application is wanted, percent-encoded";
            return Err(Error::never(ErrorKind::Invalid, message).with_code("path"));
        }
        let is_safe = method.is_idempotent();
        let call = Call::new(method, path.to_owned()).at(Place::App);
        Ok(Self(if is_safe { call } else { call.effectful() }))
    }

    /// The path is below the site's root instead, where `/ServiceModel/AuthService.svc` is.
    #[must_use]
    pub fn at_site_root(self) -> Self {
        Self(self.0.at(Place::Site))
    }

    /// A body, and what it is.
    #[must_use]
    pub fn with_body(self, kind: HeaderValue, body: impl Into<Bytes>) -> Self {
        Self(self.0.header_value(CONTENT_TYPE, kind).body(body))
    }

    /// A JSON body.
    #[must_use]
    pub fn with_json(self, body: &Json) -> Self {
        self.with_body(HeaderValue::from_static("application/json"), body.to_string())
    }

    /// A header. Those of the login cannot be set.
    #[must_use]
    pub fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self(self.0.header_value(name, value))
    }

    /// Twice is once for this request, although its method does not say so: after a lost answer it
    /// may be made again.
    #[must_use]
    pub fn idempotent(self) -> Self {
        Self(self.0.repeatable())
    }
}

impl RawAnswer {
    /// The body as JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`] if it is none.
    pub fn json(&self) -> Result<Json, Error> {
        serde_json::from_slice(without_bom(&self.body))
            .map_err(|_| Error::never(ErrorKind::Protocol, "the answer is no JSON"))
    }
}

impl Client {
    /// Sends a request of the caller's own making. An answer of any status is `Ok`, but for those that
    /// say that the login is no good.
    ///
    /// # Errors
    /// The transport's, the login's, the budget's. [`Retry::Unsure`](handover_core::error::Retry) if
    /// the answer to a request was lost that must not happen twice.
    ///
    /// # Cancel safety
    /// The request may have been carried out.
    pub async fn raw(&self, request: &RawRequest) -> Result<RawAnswer, Error> {
        if request.0.place == Place::App {
            self.find_host().await?;
        }
        let answer = self.answer(&request.0).await?;
        Ok(RawAnswer { status: answer.status, headers: answer.headers, body: answer.body })
    }

    /// Posts JSON to a service and reads JSON: a configuration service, DataService, a process.
    ///
    /// Source: such services answer 200 to what failed, with `success: false`.
    ///
    /// # Errors
    /// As [`Client::raw`], and for an answer that is a page, an error or no success.
    ///
    /// # Cancel safety
    /// The service may have done its work.
    pub async fn service(&self, path: &str, body: &Json) -> Result<Json, Error> {
        let request = RawRequest::new(Method::POST, path)?.with_json(body);
        self.find_host().await?;
        let answer = self.answer(&request.0).await?;
        if let Some(problem) = answer.problem() {
            return Err(self.error(&answer, problem));
        }
        let json: Json = serde_json::from_slice(without_bom(&answer.body)).map_err(|_| {
            let message = "the service's answer is no JSON";
            answer.signed(Error::unsure(ErrorKind::Protocol, message))
        })?;
        match service_failure(&json) {
            Some(code) => Err(self.error(&answer, Problem::Service).with_code(code)),
            None => Ok(json),
        }
    }
}

impl std::fmt::Debug for RawRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawRequest").field("method", &self.0.method).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawAnswer").field("status", &self.status).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
