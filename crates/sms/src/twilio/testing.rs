//! A scripted transport and a configuration for the tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::channel::Outbound;
use handover_core::clock::Clock;
use handover_core::id::{ChannelId, EventId, Key, SessionId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::thread::Thread;
use handover_core::transport::{Body, Transport, TransportError};
use http::{Request, Response};
use secrecy::SecretString;
use url::Url;

use super::{Config, Twilio};

pub(super) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(super) const SERVICE: &str = "MG00000000000000000000000000000001";
pub(super) const SID: &str = "SM00000000000000000000000000000001";
pub(super) const TOKEN: &str = "token-canary";
pub(super) const OURS: &str = "+12025550100";
pub(super) const CUSTOMER: &str = "+14155550123";
pub(super) const HOOK: &str = "https://relay.example/channels/sms-us";
pub(super) const NOW: &str = "2026-11-20T12:00:00Z";

/// Answers from a list, in order, and keeps what was asked.
#[derive(Debug, Default)]
pub(super) struct Script {
    answers: Mutex<VecDeque<Result<Response<Body>, TransportError>>>,
    pub(super) asked: Mutex<Vec<Request<Bytes>>>,
}

#[derive(Debug)]
struct Fixed(DateTime<Utc>);

impl Clock for Fixed {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        self.asked.lock().unwrap().push(request);
        self.answers.lock().unwrap().pop_front().expect("no answer is left in the script")
    }
}

impl Script {
    pub(super) fn answer(&self, status: u16, body: &str) -> &Self {
        self.answer_with(status, &[], body)
    }

    pub(super) fn answer_with(&self, status: u16, headers: &[(&str, &str)], body: &str) -> &Self {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let body = Body::from(Bytes::copy_from_slice(body.as_bytes()));
        self.push(Ok(response.body(body).unwrap()))
    }

    pub(super) fn fail(&self, error: TransportError) -> &Self {
        self.push(Err(error))
    }

    pub(super) fn push(&self, answer: Result<Response<Body>, TransportError>) -> &Self {
        self.answers.lock().unwrap().push_back(answer);
        self
    }

    /// The URLs that were asked for.
    pub(super) fn urls(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|request| request.uri().to_string()).collect()
    }

    /// The value of a header of request `n`.
    pub(super) fn header(&self, n: usize, name: &str) -> Option<String> {
        let asked = self.asked.lock().unwrap();
        asked[n].headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    }

    /// The form that request `n` posted.
    pub(super) fn form(&self, n: usize) -> Vec<(String, String)> {
        let asked = self.asked.lock().unwrap();
        form_urlencoded::parse(asked[n].body()).into_owned().collect()
    }
}

pub(super) fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

pub(super) fn config(from: &str) -> Config {
    let tokens = vec![SecretString::from(TOKEN), SecretString::from("old-token-canary")];
    let channel = ChannelId::new("sms-us").unwrap();
    Config::new(channel, ACCOUNT, tokens, from, Url::parse(HOOK).unwrap()).unwrap()
}

pub(super) fn twilio_with(config: Config) -> (Twilio, Arc<Script>) {
    let script = Arc::new(Script::default());
    let transport: Arc<dyn Transport> = Arc::<Script>::clone(&script);
    (Twilio::new(config, transport, Arc::new(Fixed(now()))), script)
}

pub(super) fn twilio() -> (Twilio, Arc<Script>) {
    twilio_with(config(OURS))
}

pub(super) fn key() -> Key {
    let tenant = TenantId::new("t").unwrap();
    Key::send(SessionId::derive(&tenant, &EventId::new("sms-us", "SM1")), 4, 0)
}

pub(super) fn outbound(text: &str) -> Outbound {
    Outbound {
        key: key(),
        thread: Thread::channel(&ChannelId::new("sms-us").unwrap(), format!("{OURS}|{CUSTOMER}")),
        to: Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap(),
        text: text.into(),
        media: Vec::new(),
        control: handover_core::event::Holder::Assistant,
    }
}
