//! What the tests of this crate share. The simulator is another program: it uses nothing of ours.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Duration, TimeZone, Utc};
use handover_core::assistant::FieldSpec;
use handover_core::channel::Attempt;
use handover_core::desk::{About, Entry, Opening};
use handover_core::id::{ChannelId, DeskId, Key, SessionId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::message::Speaker;
use handover_core::transport::{Body, Idempotent, Transport, TransportError};
use handover_sim::Clock;
use handover_sim::creatio::{Builder, Creatio as Sim, Kind};
use http::{Request, Response, StatusCode};
use secrecy::SecretString;
use uuid::Uuid;

use crate::{Client, Config, Creatio, DeskConfig};

/// A clock that stands until it is moved.
#[derive(Clone, Debug)]
pub(crate) struct Time(Arc<Mutex<DateTime<Utc>>>);

impl Time {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(start())))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    pub(crate) fn pass(&self, seconds: i64) -> DateTime<Utc> {
        let mut now = self.0.lock().unwrap();
        *now += Duration::seconds(seconds);
        *now
    }

    pub(crate) fn clock(&self) -> Clock {
        let time = self.clone();
        Clock::new(move || time.now())
    }
}

pub(crate) fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap()
}

/// A simulated tenant and a desk on it.
pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) time: Time,
    pub(crate) desk: Creatio,
}

pub(crate) fn world() -> World {
    world_with(desk_config())
}

pub(crate) fn world_with(config: DeskConfig) -> World {
    let sim = builder().build();
    let time = Time::new();
    let desk = desk_on(&sim, &time, config);
    World { sim, time, desk }
}

pub(crate) fn builder() -> Builder {
    Sim::builder("client", CLIENT_SECRET).column("Case", "UsrOrderNumber", Kind::Text(Some(50)))
}

pub(crate) fn client_on(sim: &Sim, time: &Time) -> Client {
    client_at(sim, time, "http://127.0.0.1:9/")
}

pub(crate) fn limited_client_on(sim: &Sim, time: &Time, daily_calls: u64) -> Client {
    let base = "http://127.0.0.1:9";
    let config = Config::new(base, "client", SecretString::from(CLIENT_SECRET))
        .and_then(|config| config.with_identity_url(base))
        .and_then(|config| config.with_daily_calls(daily_calls))
        .unwrap();
    Client::new(&config, Arc::new(sim.transport(time.clock())), Arc::new(time.clock())).unwrap()
}

pub(crate) fn client_at(sim: &Sim, time: &Time, base: &str) -> Client {
    let config = Config::new(base, "client", SecretString::from(CLIENT_SECRET))
        .and_then(|config| config.with_identity_url(base))
        .unwrap();
    Client::new(&config, Arc::new(sim.transport(time.clock())), Arc::new(time.clock())).unwrap()
}

pub(crate) fn desk_on(sim: &Sim, time: &Time, config: DeskConfig) -> Creatio {
    Creatio::new(client_on(sim, time), config).unwrap()
}

pub(crate) fn desk_config() -> DeskConfig {
    DeskConfig::new(TenantId::new("acme").unwrap(), DeskId::new("creatio").unwrap())
        .with_fields(vec![order_number()])
        .and_then(|config| config.with_webhook_secrets(vec![SecretString::from(WEBHOOK_SECRET)]))
        .unwrap()
}

pub(crate) fn order_number() -> FieldSpec {
    FieldSpec {
        column: "UsrOrderNumber".into(),
        title: "Order number".to_owned(),
        description: String::new(),
        kind: "text".into(),
        fill: handover_core::assistant::Fill::Handoff,
        options: Vec::new(),
        pattern: None,
    }
}

pub(crate) fn session() -> SessionId {
    SessionId(Uuid::from_u128(7))
}

pub(crate) fn about() -> About {
    About {
        session: session(),
        channel: ChannelId::new("sms-us").unwrap(),
        customer: Identity::tel(NUMBER, Proof::ChannelProven).unwrap(),
        link: Some("https://relay.acme.example/sessions/7".parse().unwrap()),
        first_words: "Where is\nmy order?".to_owned(),
    }
}

pub(crate) fn opening() -> Opening {
    Opening {
        key: Key::open(session(), 0),
        about: about(),
        at: start(),
        contact: None,
        parent: None,
    }
}

pub(crate) fn entry(seq: u64, author: Speaker, text: &str) -> Entry {
    Entry {
        key: Key::entry(session(), seq),
        seq,
        author,
        at: start() + Duration::milliseconds(i64::try_from(seq).unwrap() * 250),
        text: text.to_owned(),
        files: Vec::new(),
        link: None,
        undelivered: None,
    }
}

pub(crate) fn entries(count: u64) -> Vec<Entry> {
    (1..=count).map(|seq| entry(seq, Speaker::Customer, &format!("text {seq}"))).collect()
}

pub(crate) fn attempt(key: Key) -> Attempt {
    Attempt::first(key, start())
}

/// Answers from a list, and remembers what was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script(Arc<Mutex<Scene>>);

#[derive(Debug, Default)]
struct Scene {
    answers: VecDeque<Result<(u16, &'static str, String), TransportError>>,
    requests: Vec<Request<Bytes>>,
}

impl Script {
    pub(crate) fn answer(self, status: u16, body: impl Into<String>) -> Self {
        self.push(Ok((status, "application/json", body.into())))
    }

    pub(crate) fn html(self, status: u16, body: &str) -> Self {
        self.push(Ok((status, "text/html", body.to_owned())))
    }

    pub(crate) fn fail(self, error: TransportError) -> Self {
        self.push(Err(error))
    }

    pub(crate) fn token(self) -> Self {
        self.answer(200, r#"{"access_token":"t","expires_in":3600,"token_type":"Bearer"}"#)
    }

    /// "METHOD path?query" of each request.
    pub(crate) fn lines(&self) -> Vec<String> {
        let scene = self.0.lock().unwrap();
        let line = |request: &Request<Bytes>| {
            format!("{} {}", request.method(), request.uri().path_and_query().unwrap())
        };
        scene.requests.iter().map(line).collect()
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        let scene = self.0.lock().unwrap();
        let text = |request: &Request<Bytes>| String::from_utf8_lossy(request.body()).into_owned();
        scene.requests.iter().map(text).collect()
    }

    /// Whether each request may be made twice, by its mark.
    pub(crate) fn marks(&self) -> Vec<bool> {
        let scene = self.0.lock().unwrap();
        let marked = |request: &Request<Bytes>| request.extensions().get::<Idempotent>().is_some();
        scene.requests.iter().map(marked).collect()
    }

    /// This header of each request that has it.
    pub(crate) fn header(&self, name: &str) -> Vec<String> {
        let scene = self.0.lock().unwrap();
        let value = |request: &Request<Bytes>| {
            Some(request.headers().get(name)?.to_str().unwrap().to_owned())
        };
        scene.requests.iter().filter_map(value).collect()
    }

    pub(crate) fn client(&self, time: &Time) -> Client {
        let secret = SecretString::from(CLIENT_SECRET);
        let config = Config::new("https://acme.creatio.com", "client", secret);
        self.client_by(&config.and_then(|config| config.with_concurrency(64)).unwrap(), time)
    }

    pub(crate) fn client_by(&self, config: &Config, time: &Time) -> Client {
        Client::new(config, Arc::new(self.clone()), Arc::new(time.clock())).unwrap()
    }

    fn push(self, answer: Result<(u16, &'static str, String), TransportError>) -> Self {
        self.0.lock().unwrap().answers.push_back(answer);
        self
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let answer = {
            let mut scene = self.0.lock().unwrap();
            scene.requests.push(request);
            scene.answers.pop_front().expect("one more answer in the script")
        };
        tokio::task::yield_now().await;
        let (status, kind, body) = answer?;
        let mut response = Response::new(Body::from(Bytes::from(body)));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response.headers_mut().insert("content-type", kind.parse().unwrap());
        Ok(response)
    }
}

pub(crate) const CLIENT_SECRET: &str = "client-secret-canary";
pub(crate) const WEBHOOK_SECRET: &str = "webhook-secret-canary";
pub(crate) const NUMBER: &str = "+15551234567";
