//! How Pigeon behaves, from its documentation alone: nothing here uses the code under test.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use custom_channel::{Config, Pigeon};
use handover_conformance::channel::{Answer, ChannelFixture, Listed, Provider, Understood};
use handover_core::channel::{Channel, Outbound};
use handover_core::clock::Clock;
use handover_core::id::ChannelId;
use handover_core::identity::{Identity, Proof};
use handover_core::transport::Transport;
use handover_core::webhook::Webhook;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderName, Request, Response};
use serde_json::{Value, json};
use sha2::Sha256;

handover_conformance::channel_tests!(Post);

struct Post;

impl Post {
    fn pigeon(&self, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Arc<Pigeon> {
        let channel = ChannelId::new("pigeon").unwrap();
        let config = Config::new(channel, "acme", SECRET.to_owned().into()).unwrap();
        Arc::new(Pigeon::new(config, transport, clock))
    }
}

impl ChannelFixture for Post {
    fn channel(&self, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Arc<dyn Channel> {
        self.pigeon(transport, clock)
    }

    fn webhook(
        &self,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Option<Arc<dyn Webhook>> {
        Some(self.pigeon(transport, clock))
    }

    fn provider(&self) -> Provider {
        let customer = Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap();
        let signature = ["pigeon-time", "pigeon-signature"].map(HeaderName::from_static);
        Provider::new(SECRET, customer, signature)
            .with_signed_time(Duration::from_secs(300))
            .with_settling_list(Duration::from_secs(60))
            .with_key()
    }

    fn deliver(&self, id: &str, text: &str, now: DateTime<Utc>) -> Request<Bytes> {
        self.sign(
            post(&json!({
                "type": "message", "id": id, "from": CUSTOMER, "text": text, "sent_at": 1_800_000_000,
            })),
            now,
        )
    }

    fn sign(&self, mut request: Request<Bytes>, now: DateTime<Utc>) -> Request<Bytes> {
        let time = now.timestamp().to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(&[time.as_bytes(), b".", request.body()].concat());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        request.headers_mut().insert("pigeon-time", time.parse().unwrap());
        request.headers_mut().insert("pigeon-signature", signature.parse().unwrap());
        request
    }

    fn unknown(&self, now: DateTime<Utc>) -> Vec<Request<Bytes>> {
        let bodies = [
            json!({ "type": "typing", "from": CUSTOMER }),
            json!({ "version": 2, "things": [{ "type": "message" }] }),
        ];
        bodies.iter().map(|body| self.sign(post(body), now)).collect()
    }

    /// For a real provider: at least one captured request of each kind, with date and source.
    fn corpus(&self) -> Vec<Request<Bytes>> {
        let bodies = [
            json!({ "type": "receipt", "id": "p-9", "reference": "x", "state": "delivered" }),
            json!({ "type": "message", "id": 7, "from": null }),
            json!([1, "two", null]),
        ];
        bodies.iter().map(post).collect()
    }

    fn understand(&self, request: &Request<Bytes>) -> Option<Understood> {
        let is_send = request.method() == "POST" && request.uri().path() == "/v1/messages";
        let body: Value = serde_json::from_slice(request.body()).ok().filter(|_| is_send)?;
        let text = |name: &str| body[name].as_str().map(ToOwned::to_owned);
        Some(Understood { to: text("to")?, text: text("text")?, key: text("reference") })
    }

    fn answer(&self, answer: &Answer, outbound: &Outbound) -> Option<Response<Bytes>> {
        let to = &outbound.to.value;
        let (status, body) = match answer {
            Answer::Accepted { id } => (201, json!({ "id": id })),
            Answer::Broken => (500, json!({ "error": "internal" })),
            Answer::Busy(_) => (429, json!({ "error": "slow down" })),
            Answer::OptedOut => (403, json!({ "error": format!("{to} has opted out") })),
            Answer::Refused => (422, json!({ "error": format!("{to} is no number") })),
            Answer::Unauthorized => (401, json!({ "error": "who are you?" })),
        };
        let mut response = Response::builder().status(status);
        if let Answer::Busy(delay) = answer {
            response = response.header("retry-after", delay.as_secs());
        }
        response.body(body.to_string().into()).ok()
    }

    fn other(&self, request: &Request<Bytes>, listed: &[Listed]) -> Response<Bytes> {
        let query = request.uri().query().unwrap_or_default();
        let since: i64 = query.trim_start_matches("since=").parse().unwrap_or(0);
        let rows = listed.iter().filter(|one| one.at.timestamp() >= since).map(
            |Listed { id, outbound, .. }| json!({ "id": id, "to": outbound.to.value, "text": outbound.text }),
        );
        let body = json!({ "messages": rows.collect::<Vec<_>>() });
        Response::new(body.to_string().into())
    }

    fn echoes(
        &self,
        request: &Request<Bytes>,
        id: &str,
        now: DateTime<Utc>,
    ) -> Vec<Request<Bytes>> {
        let Some(sent) = self.understand(request) else { return Vec::new() };
        let receipt = |state: &str| json!({ "type": "receipt", "id": id, "reference": sent.key, "state": state });
        let bodies = [receipt("sent"), receipt("delivered")];
        bodies.iter().map(|body| self.sign(post(body), now)).collect()
    }
}

fn post(body: &Value) -> Request<Bytes> {
    let request = Request::post("https://relay.example/channels/pigeon");
    request.body(body.to_string().into()).unwrap()
}

const CUSTOMER: &str = "+15552223333";
const SECRET: &str = "pigeon-secret-1";
