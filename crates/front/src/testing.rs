//! A scripted transport, a clock and rows for the tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::{Attempt, Outbound};
use handover_core::clock::Clock;
use handover_core::id::{ChannelId, DeskId, EventId, Key, SessionId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::thread::Thread;
use handover_core::transport::{Body, Transport, TransportError};
use http::{Request, Response};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::ids::{InboxId, TeammateId};
use crate::{Client, Config, DeskConfig, Front, HostedChannel};

pub(crate) const APP_KEY: &str = "app-key-canary";
pub(crate) const CNV: &str = "cnv_abc";
pub(crate) const CUSTOMER: &str = "+14155550123";
pub(crate) const RULE_SECRET: &str = "rule-secret-canary";
pub(crate) const TOKEN: &str = "token-canary";

/// Answers from a list, in order, and keeps what was asked.
#[derive(Debug, Default)]
pub(crate) struct Script {
    answers: Mutex<VecDeque<Result<Response<Body>, TransportError>>>,
    asked: Mutex<Vec<Request<Bytes>>>,
}

/// A clock that stands until it is moved.
#[derive(Debug)]
pub(crate) struct Time(Mutex<DateTime<Utc>>);

impl Time {
    pub(crate) fn pass(&self, time: TimeDelta) {
        *self.0.lock().unwrap() += time;
    }
}

impl Clock for Time {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let asked = format!("{} {}", request.method(), request.uri());
        self.asked.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front();
        std::future::ready(()).await;
        answer.unwrap_or_else(|| panic!("no answer is left in the script for {asked}"))
    }
}

impl Script {
    #[expect(clippy::needless_pass_by_value, reason = "literals are passed")]
    pub(crate) fn json(&self, body: Value) -> &Self {
        self.answer(200, &[], &body.to_string())
    }

    pub(crate) fn status(&self, status: u16) -> &Self {
        self.answer(status, &[], "")
    }

    pub(crate) fn answer(&self, status: u16, headers: &[(&str, &str)], body: &str) -> &Self {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let body = Body::from(Bytes::copy_from_slice(body.as_bytes()));
        self.push(Ok(response.body(body).unwrap()))
    }

    pub(crate) fn fail(&self, error: TransportError) -> &Self {
        self.push(Err(error))
    }

    fn push(&self, answer: Result<Response<Body>, TransportError>) -> &Self {
        self.answers.lock().unwrap().push_back(answer);
        self
    }

    /// "METHOD path?query" of each request; with its host where that is another than the API's.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |request: &Request<Bytes>| {
            let url = request.uri().to_string();
            format!("{} {}", request.method(), url.trim_start_matches("https://api2.frontapp.com"))
        };
        self.asked.lock().unwrap().iter().map(line).collect()
    }

    /// What request `n` carried, as JSON.
    pub(crate) fn body(&self, n: usize) -> Value {
        serde_json::from_slice(self.asked.lock().unwrap()[n].body()).unwrap_or_default()
    }

    pub(crate) fn raw(&self, n: usize) -> String {
        String::from_utf8_lossy(self.asked.lock().unwrap()[n].body()).into_owned()
    }

    pub(crate) fn header(&self, n: usize, name: &str) -> Option<String> {
        let asked = self.asked.lock().unwrap();
        asked[n].headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    }

    pub(crate) fn is_done(&self) -> bool {
        self.answers.lock().unwrap().is_empty()
    }
}

/// A Front whose answers are scripted.
pub(crate) struct World {
    pub(crate) script: Arc<Script>,
    pub(crate) front: Front,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(desk_config())
    }

    pub(crate) fn with(config: DeskConfig) -> Self {
        let (script, time) = (Arc::new(Script::default()), time());
        let client = client(&Config::new(SecretString::from(TOKEN)).unwrap(), &script, &time);
        Self { script, front: Front::new(client, config) }
    }

    pub(crate) fn channel(&self) -> HostedChannel {
        self.front.channel(&channel_id()).unwrap()
    }
}

pub(crate) fn client(config: &Config, script: &Arc<Script>, time: &Arc<Time>) -> Client {
    let transport: Arc<dyn Transport> = Arc::<Script>::clone(script);
    let clock: Arc<dyn Clock> = Arc::<Time>::clone(time);
    Client::new(config, transport, clock).unwrap()
}

pub(crate) fn time() -> Arc<Time> {
    Arc::new(Time(Mutex::new(now())))
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

pub(crate) fn channel_id() -> ChannelId {
    ChannelId::new("front-sms").unwrap()
}

pub(crate) fn teammate() -> TeammateId {
    TeammateId::new("tea_ai").unwrap()
}

pub(crate) fn desk_config() -> DeskConfig {
    DeskConfig::new(DeskId::new("front").unwrap(), teammate())
        .and_then(|config| config.with_application_keys(vec![SecretString::from(APP_KEY)]))
        .and_then(|config| config.with_rule_secrets(vec![SecretString::from(RULE_SECRET)]))
        .and_then(|config| config.with_channel(&channel_id(), [InboxId::new("inb_sms").unwrap()]))
        .unwrap()
}

pub(crate) fn session() -> SessionId {
    SessionId::derive(&TenantId::new("t").unwrap(), &EventId::new("front-sms", "msg_1"))
}

pub(crate) fn outbound(text: &str) -> Outbound {
    Outbound {
        key: Key::send(session(), 2, 0),
        thread: Thread::channel(&channel_id(), CNV),
        to: Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap(),
        text: text.into(),
        media: Vec::new(),
        control: handover_core::event::Holder::Assistant,
    }
}

pub(crate) fn again(key: Key, passed: TimeDelta) -> Attempt {
    Attempt { number: 2, tried: true, now: now() + passed, ..Attempt::first(key, now()) }
}

/// The conversation, as it stands with `assignee`.
pub(crate) fn conversation(assignee: Option<&str>) -> Value {
    json!({
        "id": CNV, "type": "conversation", "subject": "", "tags": [],
        "status": if assignee.is_some() { "assigned" } else { "unassigned" },
        "assignee": assignee.map(|id| json!({"id": id, "first_name": "Pat"})),
        "recipient": {"handle": CUSTOMER, "role": "from", "name": null},
    })
}

/// A message of the conversation, `seconds` after now.
pub(crate) fn message(id: &str, author: Option<&str>, text: &str, seconds: i64) -> Value {
    json!({
        "id": id, "type": "sms", "is_inbound": author.is_none(), "is_draft": false,
        "created_at": (now() + TimeDelta::seconds(seconds)).timestamp(),
        "body": text, "text": text, "subject": null, "error_type": null, "draft_mode": null,
        "author": author.map(|id| json!({"id": id, "first_name": "Pat", "last_name": "Rep", "type": "user"})),
        "recipients": [{"handle": CUSTOMER, "role": "from", "name": null},
                       {"handle": "+18005551212", "role": "to", "name": null}],
        "attachments": [], "metadata": {}, "_links": {"related": {"message_replied_to": null}},
    })
}

/// An event of the conversation, now.
#[expect(clippy::needless_pass_by_value, reason = "literals are passed")]
pub(crate) fn event(id: &str, kind: &str, target: (&str, Value), assignee: Option<&str>) -> Value {
    json!({
        "id": id, "type": kind, "emitted_at": now().timestamp_millis() as f64 / 1000.0,
        "conversation": conversation(assignee),
        "source": {"_meta": {"type": "inboxes"}, "data": [{"id": "inb_sms", "name": "SMS"}]},
        "target": {"_meta": {"type": target.0}, "data": target.1},
    })
}

pub(crate) fn inbound(id: &str, text: &str, assignee: Option<&str>) -> Value {
    event("evt_1", "inbound", ("message", message(id, None, text, 0)), assignee)
}
