//! The promises of a channel and of a directory, kept against Front as its documentation describes
//! it: dev.frontapp.com and its API specification, digest of 2026-11-20.
//!
//! A directory's promise to tell several contacts with one address is not asked: in Front an address
//! belongs to one contact only.

#![expect(clippy::unwrap_used, reason = "a fixture fails loudly")]

mod desk;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_conformance::channel::{Answer, ChannelFixture, Listed, Provider, Understood};
use handover_conformance::directory::{self, DirectoryFixture};
use handover_core::channel::{Channel, Outbound};
use handover_core::clock::Clock;
use handover_core::directory::Directory;
use handover_core::id::{ChannelId, DeskId};
use handover_core::identity::{Identity, Proof};
use handover_core::transport::Transport;
use handover_core::webhook::Webhook;
use handover_front::ids::{InboxId, TeammateId};
use handover_front::{Client, Config, DeskConfig, Front};
use handover_sim::front::Front as Sim;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderName, Request, Response};
use serde_json::{Value, json};
use sha2::Sha256;

const CUSTOMER: &str = "+14155557741";
const HOOK: &str = "https://relay.example/desks/front";
const SECRET: &str = "front-secret-canary-7741";

fn front(transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Front {
    let login = Config::new(SECRET.into()).unwrap();
    let config = DeskConfig::new(DeskId::new("front").unwrap(), TeammateId::new("tea_ai").unwrap())
        .and_then(|config| config.with_application_keys(vec![SECRET.into()]))
        .and_then(|config| {
            let inbox = InboxId::new("inb_sms").unwrap();
            config.with_channel(&ChannelId::new("front-sms").unwrap(), [inbox])
        });
    Front::new(Client::new(&login, transport, clock).unwrap(), config.unwrap())
}

/// Front as it hosts a number.
struct Hosting;

impl ChannelFixture for Hosting {
    fn channel(&self, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Arc<dyn Channel> {
        Arc::new(front(transport, clock).channels().remove(0))
    }

    fn webhook(
        &self,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Option<Arc<dyn Webhook>> {
        Some(Arc::new(front(transport, clock)))
    }

    fn provider(&self) -> Provider {
        let customer = Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap();
        let headers = ["x-front-signature", "x-front-request-timestamp"];
        Provider::new(SECRET, customer, headers.map(HeaderName::from_static))
            .with_signed_time(Duration::from_secs(300))
            .with_settling_list(Duration::from_secs(60))
            .with_file("https://acme.api.frontapp.com/download/fil_1")
            .with_ids(["msg_o1", "msg_o2", "msg_o3"])
    }

    fn deliver(&self, id: &str, text: &str, now: DateTime<Utc>) -> Request<Bytes> {
        let message = message(&format!("msg_k{id}"), None, text);
        let event = event(&format!("evt_k{id}"), "inbound", &message);
        self.sign(post(&wrapped("inbound_received", &event)), now)
    }

    fn sign(&self, mut request: Request<Bytes>, now: DateTime<Utc>) -> Request<Bytes> {
        let time = now.timestamp_millis().to_string();
        let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        let mac = mac.chain_update(time.as_bytes()).chain_update(b":").chain_update(request.body());
        let signature = BASE64.encode(mac.finalize().into_bytes());
        request.headers_mut().insert("x-front-request-timestamp", time.parse().unwrap());
        request.headers_mut().insert("x-front-signature", signature.parse().unwrap());
        request
    }

    fn unknown(&self, now: DateTime<Utc>) -> Vec<Request<Bytes>> {
        let mut comment = event("evt_c1", "comment", &json!({"id": "com_1", "body": "between us"}));
        comment["target"]["_meta"]["type"] = json!("comment");
        let tag = event("evt_t1", "tag", &json!({"id": "tag_1", "name": "vip"}));
        let strange = event("evt_h1", "hologram", &Value::Null);
        let kinds = [("new_comment_added", comment), ("tag_added", tag), ("hologram", strange)];
        kinds.iter().map(|(kind, event)| self.sign(post(&wrapped(kind, event)), now)).collect()
    }

    /// Typed after webhookdb's sample of a mail and the documentation's of a sync; no public sample
    /// of a text was found.
    fn corpus(&self) -> Vec<Request<Bytes>> {
        let mail = json!({"authorization": {"id": "cmp_4thp0"}, "type": "inbound_received",
            "payload": {"id": "evt_3s78kxhw", "type": "inbound", "emitted_at": 1_694_046_470.93,
                "conversation": {"id": "cnv_abc", "subject": "Hi", "status": "unassigned",
                    "assignee": null, "recipient": {"name": null, "handle": "a@b.example", "role": "from"}},
                "source": {"_meta": {"type": "inboxes"}, "data": [{"id": "inb_sms"}]},
                "target": {"_meta": {"type": "message"}, "data": {"id": "msg_1sagx9sk",
                    "type": "email", "is_inbound": true, "created_at": 1_694_046_470.0,
                    "body": "<p>Hi</p>", "text": null, "author": null, "recipients": []}}}});
        vec![post(&mail), post(&json!({"type": "sync", "authorization": {"id": "cmp_4thp0"}}))]
    }

    fn understand(&self, request: &Request<Bytes>) -> Option<Understood> {
        let path = request.uri().path();
        let is_send = request.method() == "POST"
            && path.starts_with("/conversations/")
            && path.ends_with("/messages");
        let body: Value = serde_json::from_slice(request.body()).ok().filter(|_| is_send)?;
        // Front knows itself whom a conversation is with.
        let text = body["body"].as_str()?.to_owned();
        Some(Understood { to: CUSTOMER.to_owned(), text, key: None })
    }

    fn answer(&self, answer: &Answer, outbound: &Outbound) -> Option<Response<Bytes>> {
        let told = |status: u16| {
            json!({"_error": {"status": status, "title": "Error", "message": outbound.text,
                "details": [&*outbound.to.value]}})
        };
        let response = Response::builder();
        let (response, body) = match answer {
            Answer::Accepted { id } => {
                (response.status(202), json!({"status": "accepted", "message_uid": id}))
            }
            Answer::Broken => (response.status(500), told(500)),
            Answer::Busy(delay) => {
                (response.status(429).header("retry-after", delay.as_secs()), told(429))
            }
            // What a provider behind Front thinks of the recipient is told later.
            Answer::OptedOut => return None,
            Answer::Refused => (response.status(400), told(400)),
            Answer::Unauthorized => (response.status(401), told(401)),
        };
        response.body(body.to_string().into()).ok()
    }

    fn other(&self, request: &Request<Bytes>, listed: &[Listed]) -> Response<Bytes> {
        let path = request.uri().path();
        let body = if path.ends_with("/messages") {
            let mut newest_first: Vec<&Listed> = listed.iter().collect();
            newest_first.sort_by_key(|one| std::cmp::Reverse(one.at));
            let row = |one: &&Listed| {
                let mut row = message(&one.id, Some("tea_ai"), &one.outbound.text);
                row["created_at"] = json!(one.at.timestamp());
                row
            };
            json!({"_results": newest_first.iter().map(row).collect::<Vec<_>>()})
        } else if let Some(uid) = path.strip_prefix("/messages/alt:uid:") {
            let Some(one) = listed.iter().find(|one| one.id == uid) else {
                return Response::builder().status(404).body(Bytes::from_static(b"{}")).unwrap();
            };
            message(&one.id, Some("tea_ai"), &one.outbound.text)
        } else {
            conversation()
        };
        Response::new(body.to_string().into())
    }

    fn echoes(&self, sent: &Request<Bytes>, id: &str, now: DateTime<Utc>) -> Vec<Request<Bytes>> {
        let text = self.understand(sent).map(|read| read.text).unwrap_or_default();
        let event = event("evt_e1", "out_reply", &message(id, Some("tea_ai"), &text));
        vec![self.sign(post(&wrapped("outbound_sent", &event)), now)]
    }
}

fn wrapped(kind: &str, event: &Value) -> Value {
    json!({"type": kind, "authorization": {"id": "cmp_acme"}, "payload": event})
}

fn event(id: &str, kind: &str, target: &Value) -> Value {
    json!({"id": id, "type": kind, "emitted_at": 1_772_366_400.0, "conversation": conversation(),
        "source": {"_meta": {"type": "inboxes"}, "data": [{"id": "inb_sms"}]},
        "target": {"_meta": {"type": "message"}, "data": target}})
}

fn conversation() -> Value {
    json!({"id": "cnv_1", "status": "assigned", "assignee": {"id": "tea_ai", "type": "ai"},
        "recipient": {"handle": CUSTOMER, "role": "from", "name": null}})
}

fn message(id: &str, author: Option<&str>, text: &str) -> Value {
    json!({"id": id, "type": "sms", "is_inbound": author.is_none(), "created_at": 1_772_366_400.0,
        "body": text, "text": text, "author": author.map(|id| json!({"id": id, "type": "ai"})),
        "recipients": [{"handle": CUSTOMER, "role": "from", "name": null}], "attachments": [],
        "is_draft": false, "draft_mode": null, "error_type": null})
}

fn post(body: &Value) -> Request<Bytes> {
    Request::post(HOOK).body(body.to_string().into()).unwrap()
}

handover_conformance::channel_tests!(Hosting);

/// Front as it keeps contacts.
struct Contacts {
    sim: Sim,
    clock: handover_sim::Clock,
    added: Mutex<u32>,
}

impl Contacts {
    fn new() -> Self {
        let clock = handover_sim::Clock::new(|| "2026-11-20T09:00:00Z".parse().unwrap());
        let sim = Sim::builder(SECRET).plan(100_000).build();
        Self { sim, clock, added: Mutex::new(0) }
    }
}

impl DirectoryFixture for Contacts {
    fn double(&self) -> Arc<dyn Transport> {
        Arc::new(self.sim.transport(self.clock.clone()))
    }

    fn directory(&self, transport: Arc<dyn Transport>) -> Arc<dyn Directory> {
        Arc::new(front(transport, Arc::new(self.clock.clone())))
    }

    fn secret(&self) -> String {
        SECRET.to_owned()
    }

    fn busy(&self, delay: Duration) -> Response<Bytes> {
        let response = Response::builder().status(429).header("retry-after", delay.as_secs());
        response.body(Bytes::from_static(b"{}")).unwrap()
    }

    fn identity(&self) -> Identity {
        Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap()
    }

    fn contacts(&self, identity: &Identity) -> Vec<String> {
        let has = |handles: &[(String, String)]| {
            handles.iter().any(|(source, handle)| source == "phone" && **handle == *identity.value)
        };
        let contacts = self.sim.contacts();
        let own = contacts.into_iter().filter(|contact| has(&contact.handles));
        own.map(|contact| contact.id).collect()
    }

    fn person_adds(&self, identity: &Identity) -> String {
        *self.added.lock().unwrap() += 1;
        let fields = json!({"handles": [{"source": "phone", "handle": &*identity.value}]});
        let request = Request::post("https://api2.frontapp.com/contacts")
            .header("authorization", format!("Bearer {SECRET}"))
            .header("content-type", "application/json")
            .body(Bytes::from(fields.to_string()))
            .unwrap();
        let reply = handover_sim::Simulator::handle(&self.sim, request, self.clock.now());
        let row: Value = serde_json::from_slice(reply.response().unwrap().body()).unwrap();
        row["id"].as_str().unwrap_or_default().to_owned()
    }
}

macro_rules! keeps {
    ($($promise:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $promise() {
            let verdict = directory::$promise(&Contacts::new()).await;
            assert!(verdict.is_ok(), "{verdict:?}");
        }
    )*};
}

mod a_directory {
    use super::{Contacts, directory};

    keeps!(
        busy_carries_the_delay,
        create_twice_is_one_contact,
        lookup_is_exact,
        lost_answer_is_one_contact,
        never_shows_its_secret,
        never_shows_the_customer,
    );
}
