//! The carrier, a made-up provider: how it behaves, without the adapter's code.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_conformance::channel::{Answer, ChannelFixture, Listed, Provider, Understood};
use handover_core::channel::{Channel, Outbound};
use handover_core::clock::Clock;
use handover_core::identity::{Identity, Proof};
use handover_core::transport::Transport;
use handover_core::webhook::Webhook;
use http::{HeaderName, HeaderValue, Request, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::adapter::{Adapter, Defect, SETTLES};

pub(crate) struct Carrier(pub(crate) Defect);

impl ChannelFixture for Carrier {
    fn channel(&self, transport: Arc<dyn Transport>, _clock: Arc<dyn Clock>) -> Arc<dyn Channel> {
        Arc::new(Adapter::new(SECRET, transport, self.0))
    }

    fn webhook(
        &self,
        transport: Arc<dyn Transport>,
        _clock: Arc<dyn Clock>,
    ) -> Option<Arc<dyn Webhook>> {
        Some(Arc::new(Adapter::new(SECRET, transport, self.0)))
    }

    fn provider(&self) -> Provider {
        let customer = Identity::new(Identity::TEL, CUSTOMER, Proof::ChannelProven);
        let headers = ["carrier-time", "carrier-signature"].map(HeaderName::from_static);
        Provider::new(SECRET, customer, headers)
            .with_signed_url()
            .with_signed_time(Duration::from_mins(5))
            .with_settling_list(SETTLES)
            .with_key()
            .with_file("https://files.carrier.example/f-1")
    }

    fn deliver(&self, id: &str, text: &str, now: DateTime<Utc>) -> Request<Bytes> {
        let body = json!({ "kind": "message", "id": id, "from": CUSTOMER, "text": text });
        self.sign(post(&body), now)
    }

    fn sign(&self, mut request: Request<Bytes>, now: DateTime<Utc>) -> Request<Bytes> {
        let time = now.timestamp().to_string();
        let signature = signature(SECRET, &time, &request.uri().to_string(), request.body());
        let headers = request.headers_mut();
        headers.insert("carrier-time", HeaderValue::from_str(&time).unwrap());
        headers.insert("carrier-signature", HeaderValue::from_str(&signature).unwrap());
        request
    }

    fn unknown(&self, now: DateTime<Utc>) -> Vec<Request<Bytes>> {
        let invented = json!({ "kind": "typing", "from": CUSTOMER });
        let newer = json!({ "version": 2, "things": [{ "kind": "message" }] });
        [invented, newer].iter().map(|body| self.sign(post(body), now)).collect()
    }

    fn corpus(&self) -> Vec<Request<Bytes>> {
        let receipt = json!({ "kind": "receipt", "id": "out-1", "key": "x", "state": "delivered" });
        vec![post(&receipt), post(&json!([1, "two", null, { "kind": 7 }]))]
    }

    fn understand(&self, request: &Request<Bytes>) -> Option<Understood> {
        let is_send = request.method() == "POST" && request.uri().path() == "/messages";
        let value: Value = serde_json::from_slice(request.body()).ok().filter(|_| is_send)?;
        Some(Understood {
            to: value["to"].as_str()?.to_owned(),
            text: value["text"].as_str()?.to_owned(),
            key: value["key"].as_str().map(ToOwned::to_owned),
        })
    }

    fn answer(&self, answer: &Answer, outbound: &Outbound) -> Option<Response<Bytes>> {
        let to = &outbound.to.value;
        let (status, body) = match answer {
            Answer::Accepted { id } => (200, json!({ "id": id, "text": outbound.text })),
            Answer::Broken => (500, json!({ "error": "internal" })),
            Answer::Busy(_) => (429, json!({ "error": "slow down" })),
            Answer::OptedOut => (403, json!({ "error": format!("{to} has opted out") })),
            Answer::Refused => (400, json!({ "error": format!("{to} is no number") })),
            Answer::Unauthorized => (401, json!({ "error": "who are you?" })),
        };
        let mut response = Response::builder().status(status);
        if let Answer::Busy(delay) = answer {
            response = response.header("retry-after", delay.as_secs());
        }
        Some(response.body(body.to_string().into()).unwrap())
    }

    fn other(&self, request: &Request<Bytes>, listed: &[Listed]) -> Response<Bytes> {
        let row = |one: &Listed| {
            let Outbound { to, text, .. } = &one.outbound;
            json!({ "id": one.id, "to": to.value, "text": text, "at": one.at.timestamp() })
        };
        let named = request.uri().path().strip_prefix("/messages/");
        let is_asked = |one: &&Listed| named.is_none_or(|named| named == one.id);
        let rows: Vec<Value> = listed.iter().filter(is_asked).map(row).collect();
        Response::new(Value::from(rows).to_string().into())
    }

    fn echoes(
        &self,
        request: &Request<Bytes>,
        id: &str,
        now: DateTime<Utc>,
    ) -> Vec<Request<Bytes>> {
        let Some(read) = self.understand(request) else { return Vec::new() };
        let receipt = json!({ "kind": "receipt", "id": id, "key": read.key, "state": "delivered" });
        let copy = json!({ "kind": "sent", "id": id, "from": "+15550001111", "text": read.text });
        [receipt, copy].iter().map(|body| self.sign(post(body), now)).collect()
    }
}

/// A toy of a signature; a real provider has a real one.
pub(crate) fn signature(secret: &str, time: &str, url: &str, body: &[u8]) -> String {
    let signed = [secret.as_bytes(), b"|", time.as_bytes(), b"|", url.as_bytes(), b"|", body];
    Uuid::new_v5(&Uuid::NAMESPACE_URL, &signed.concat()).to_string()
}

fn post(body: &Value) -> Request<Bytes> {
    let request = Request::builder().method("POST").uri("https://relay.example/hook?tenant=acme");
    request.body(body.to_string().into()).unwrap()
}

const CUSTOMER: &str = "+15557654321";
const SECRET: &str = "carrier-secret-5512";
