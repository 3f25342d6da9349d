//! Calls of Creatio's business processes: hints that there is something to read.

mod body;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::feed::Scope;
use handover_core::webhook::{Received, Rejection, Webhook};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::json;

use crate::creatio::Creatio;
use crate::signature;
use body::Call;

/// `POST /desks/{name}`, with the secret in a header or as the last segment of the path.
///
/// A call says which case to look at and nothing else: a process passes on an id, may fire twice or
/// late, and is tried once. What happened is then read by the [feed](handover_core::feed::Feed).
///
/// `POST /desks/{name}/ping` (or `…/{secret}/ping`) answers with tenant and desk.
///
/// # Privacy
/// A request is rejected without a word about the secret or its body.
impl Webhook for Creatio {
    fn receive(
        &self,
        request: &Request<Bytes>,
        _now: DateTime<Utc>,
    ) -> Result<Received, Rejection> {
        let mut segments = request.uri().path().split('/').rev().filter(|part| !part.is_empty());
        let last = segments.next();
        let ping = last == Some("ping");
        let path_secret = if ping { segments.next() } else { last };
        let config = self.config();
        signature::verify(request.headers(), path_secret, &config.webhook_secrets)?;
        if ping {
            return Ok(Received::nothing(answer(&json!({
                "status": "ok", "tenant": config.tenant.as_str(), "desk": config.desk.as_str()}))));
        }
        if request.method() != Method::POST {
            return Err(Rejection { status: StatusCode::METHOD_NOT_ALLOWED, reason: "method" });
        }
        if request.body().len() > MOST_BYTES {
            return Err(Rejection { status: StatusCode::PAYLOAD_TOO_LARGE, reason: "size" });
        }
        let ok = answer(&json!({"status": "ok"}));
        let poke = |scope| Received { pokes: vec![scope], ..Received::nothing(ok.clone()) };
        Ok(match body::read(request, &config.closing_events)? {
            Call::Anything => poke(Scope::All),
            Call::Case(case) => poke(Scope::Thread(case.to_string().into())),
            Call::Nothing => Received::ignored(ok),
        })
    }
}

fn answer(body: &serde_json::Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

const MOST_BYTES: usize = 256 * 1024;

#[cfg(test)]
mod tests;
