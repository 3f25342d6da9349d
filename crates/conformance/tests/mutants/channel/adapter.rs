//! An honest little adapter for the carrier, and its defects.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::event::{Author, Event, Fact, Inbound, Report, Source};
use handover_core::id::{ChannelId, EventId, Key};
use handover_core::identity::{Identity, Proof};
use handover_core::message::{Delivery, DeliveryState};
use handover_core::thread::Thread;
use handover_core::transport::Transport;
use handover_core::webhook::{Received, Rejection, Webhook};
use http::{Request, Response};
use serde_json::Value;
use uuid::Uuid;

use super::provider::signature;

/// What is wrong with the adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    BreaksAfterADrop,
    BrokenIsLater,
    CutsAtTheLimit,
    DrawsKeys,
    EchoesAreMessages,
    HostByPrefix,
    IdFromTheText,
    IdFromTheTime,
    JoinsLines,
    KnownSignatureAnyBody,
    KnownSignatureAnyUrl,
    LastHeaderWins,
    LogsTheMessage,
    LogsTheRejected,
    NoTimeCheck,
    None,
    PanicsOnNothing,
    ReceiptsForTheNext,
    RejectsTheUnknown,
    Remembers,
    RepeatsWhenBusy,
    ShowsItsSecret,
    SignatureButOne,
    TakenByItsText,
    Unescaped,
    UnsettledIsNotSent,
}

pub(crate) struct Adapter {
    pub(super) id: ChannelId,
    pub(super) secret: String,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) defect: Defect,
    pub(super) calls: AtomicU32,
    pub(super) busy: AtomicBool,
    known: Mutex<HashSet<String>>,
}

impl Adapter {
    pub(crate) fn new(secret: &str, transport: Arc<dyn Transport>, defect: Defect) -> Self {
        Self {
            id: ChannelId::new("carrier").unwrap(),
            secret: secret.to_owned(),
            transport,
            defect,
            calls: AtomicU32::new(0),
            busy: AtomicBool::new(false),
            known: Mutex::default(),
        }
    }

    pub(super) fn has(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    fn verify(&self, request: &Request<Bytes>, now: DateTime<Utc>) -> Result<String, Rejection> {
        let time = self.header(request, "carrier-time")?;
        let given = self.header(request, "carrier-signature")?;
        let url = request.uri().to_string();
        let wanted = signature(&self.secret, &time, &url, request.body());
        let good = if self.has(Defect::SignatureButOne) {
            given.len() == wanted.len() && given[..35] == wanted[..35]
        } else {
            given == wanted
        };
        if !good && !self.is_known(&given, request) {
            if self.has(Defect::LogsTheRejected) {
                tracing::warn!(body = ?request.body(), "a forged request");
            }
            return Err(Rejection::UNSIGNED);
        }
        if good {
            self.known.lock().unwrap().insert(self.memory(&given, request));
        }
        let seconds: i64 = time.parse().map_err(|_| Rejection::UNSIGNED)?;
        let is_stale = (now.timestamp() - seconds).abs() > 300;
        if is_stale && !self.has(Defect::NoTimeCheck) {
            return Err(Rejection::UNSIGNED);
        }
        Ok(time)
    }

    /// A replay cache gone wrong: a signature that was good once is good for anything.
    fn is_known(&self, given: &str, request: &Request<Bytes>) -> bool {
        let careless = [Defect::KnownSignatureAnyBody, Defect::KnownSignatureAnyUrl];
        let memory = self.memory(given, request);
        careless.contains(&self.defect) && self.known.lock().unwrap().contains(&memory)
    }

    fn memory(&self, given: &str, request: &Request<Bytes>) -> String {
        let time = request.headers().get("carrier-time");
        if self.has(Defect::KnownSignatureAnyUrl) {
            return format!("{given} {time:?} {:?}", request.body());
        }
        format!("{given} {time:?} {}", request.uri())
    }

    fn header(&self, request: &Request<Bytes>, name: &str) -> Result<String, Rejection> {
        let mut values = request.headers().get_all(name).iter();
        let first = values.next().ok_or(Rejection::UNSIGNED)?;
        let last = values.next_back();
        if last.is_some() && !self.has(Defect::LastHeaderWins) {
            return Err(Rejection::UNSIGNED);
        }
        let value = last.unwrap_or(first).to_str().map_err(|_| Rejection::UNSIGNED)?;
        Ok(value.to_owned())
    }

    fn message(&self, value: &Value, time: &str) -> Option<Event> {
        let (id, text) = (value["id"].as_str()?, value["text"].as_str()?);
        let from = Identity::tel(value["from"].as_str()?, Proof::ChannelProven)?;
        let row = match self.defect {
            Defect::IdFromTheText => {
                Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes()).to_string()
            }
            Defect::IdFromTheTime => format!("{id}-{time}"),
            _ => id.to_owned(),
        };
        let text = if self.has(Defect::JoinsLines) { text.replace('\n', " ") } else { text.into() };
        let thread = Thread::channel(&self.id, format!("us|{}", from.value));
        let threads = vec![thread, Thread::customer(&self.id, &from)];
        let fact = Fact::Message(Inbound::text(from, text));
        Some(self.event(EventId::new("carrier", row), time, threads, Author::Person, fact))
    }

    fn receipt(&self, value: &Value, time: &str) -> Option<Event> {
        let wire_key = value["key"].as_str()?;
        let mut key = Key::parse(wire_key.split('~').next()?)?;
        if self.has(Defect::ReceiptsForTheNext) {
            let (session, seq, part) = key.sent()?;
            key = Key::send(session, seq + 1, part);
        }
        let id = value["id"].as_str()?;
        let delivery = Delivery { state: DeliveryState::Delivered, ..Delivery::pending() };
        let event = EventId::new("carrier", format!("{id}.delivered"));
        let fact = Fact::Receipt(Report::on(key, delivery));
        Some(self.event(event, time, vec![Thread::of_send(&key)?], Author::Machine, fact))
    }

    fn event(
        &self,
        id: EventId,
        time: &str,
        threads: Vec<Thread>,
        author: Author,
        fact: Fact,
    ) -> Event {
        let at = DateTime::from_timestamp(time.parse().unwrap_or(0), 0).unwrap_or_default();
        Event { id, at, source: Source::Channel(self.id.clone()), threads, author, fact }
    }
}

impl Webhook for Adapter {
    fn receive(&self, request: &Request<Bytes>, now: DateTime<Utc>) -> Result<Received, Rejection> {
        let time = self.verify(request, now)?;
        if self.has(Defect::PanicsOnNothing) {
            let _first = request.body()[0];
        }
        let value: Value =
            serde_json::from_slice(request.body()).map_err(|_| Rejection::malformed("json"))?;
        let event = match value["kind"].as_str() {
            Some("message") => self.message(&value, &time),
            Some("receipt") => self.receipt(&value, &time),
            Some("sent") if self.has(Defect::EchoesAreMessages) => self.message(&value, &time),
            kind if kind != Some("sent") && self.has(Defect::RejectsTheUnknown) => {
                return Err(Rejection::malformed("unknown kind"));
            }
            _ => None,
        };
        let memory = self.calls.fetch_add(1, Ordering::Relaxed);
        let response = Response::new(Bytes::new());
        let mut received = match event {
            Some(event) => Received { events: vec![event], ..Received::nothing(response) },
            None => Received::ignored(response),
        };
        if self.has(Defect::Remembers) {
            received.ignored += memory;
        }
        Ok(received)
    }
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Adapter");
        if self.has(Defect::ShowsItsSecret) {
            shown.field("secret", &self.secret);
        }
        shown.finish_non_exhaustive()
    }
}

/// How long a message may be missing on the carrier's list.
pub(crate) const SETTLES: Duration = Duration::from_mins(2);
pub(super) const SETTLED: TimeDelta = TimeDelta::minutes(2);
