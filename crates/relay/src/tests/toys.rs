//! The smallest channel, desk and assistant.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::assistant::{Answer, Assistant, Turn};
use handover_core::channel::{
    Account, Attempt, Channel, ChannelCapabilities, Found, Outbound, Part, Receipt,
};
use handover_core::error::{Error, ErrorKind};
use handover_core::event::{Author, Event, Fact, Inbound, Source};
use handover_core::id::{AccountId, ChannelId, EventId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::memory::MemoryStore;
use handover_core::message::Message;
use handover_core::thread::Thread;
use handover_core::transport::Body;
use handover_core::webhook::{Received, Rejection, Webhook};
use http::{Request, Response, Uri};

use crate::{Builder, ChannelSetup, Relay};

/// A channel whose requests hold a text, each on a thread of its own, and whose sends are kept; one
/// of "hang" never ends.
#[derive(Debug)]
pub(super) struct Toy {
    id: ChannelId,
    /// How many sends a second it takes.
    rate: Option<f64>,
    /// Whether the provider has what an earlier attempt may have sent.
    has_it: bool,
    pub(super) sent: Mutex<Vec<String>>,
    pub(super) called: Mutex<Vec<Uri>>,
}

#[derive(Debug)]
pub(super) struct Echo;

impl Toy {
    pub(super) fn named(name: &str) -> Self {
        let id = ChannelId::new(name).unwrap();
        Self { id, rate: None, has_it: false, sent: Mutex::default(), called: Mutex::default() }
    }

    pub(super) fn that_has_it(self) -> Self {
        Self { has_it: true, ..self }
    }

    pub(super) fn taking(self, per_second: f64) -> Self {
        Self { rate: Some(per_second), ..self }
    }
}

pub(super) fn relay(toy: &Arc<Toy>, public_url: &str) -> Relay {
    relay_of(&[toy], public_url)
}

pub(super) fn relay_of(toys: &[&Arc<Toy>], public_url: &str) -> Relay {
    builder(toys, public_url).build(Arc::new(MemoryStore::new())).unwrap()
}

pub(super) fn builder(toys: &[&Arc<Toy>], public_url: &str) -> Builder {
    let builder = Relay::builder(TenantId::new("acme").unwrap())
        .assistant(Arc::new(Echo))
        .public_url(public_url.parse().unwrap());
    let add = |builder: Builder, toy: &&Arc<Toy>| {
        let setup = ChannelSetup::new(Arc::<Toy>::clone(toy));
        builder.channel(setup.webhook(Arc::<Toy>::clone(toy)))
    };
    toys.iter().fold(builder, add)
}

fn account(name: &str) -> Account {
    Account::new(AccountId::new(name).unwrap())
}

impl Webhook for Toy {
    fn receive(&self, request: &Request<Bytes>, now: DateTime<Utc>) -> Result<Received, Rejection> {
        self.called.lock().unwrap().push(request.uri().clone());
        let text = std::str::from_utf8(request.body()).map_err(|_| Rejection::malformed("text"))?;
        let from = Identity::tel("+15552223333", Proof::ChannelProven).unwrap();
        let event = Event {
            id: EventId::new(self.id.as_str(), text),
            at: now,
            source: Source::Channel(self.id.clone()),
            threads: vec![Thread::channel(&self.id, text)],
            author: Author::Person,
            fact: Fact::Message(Inbound::text(from, text)),
        };
        Ok(Received { events: vec![event], ..Received::nothing(Response::new(Bytes::new())) })
    }
}

#[async_trait]
impl Channel for Toy {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    fn capabilities(&self) -> ChannelCapabilities {
        let account = Account { per_second: self.rate, ..account(self.id.as_str()) };
        ChannelCapabilities::new(account, 100)
    }

    fn parts(&self, message: &Message) -> Vec<Part> {
        vec![Part { text: message.text.clone() }]
    }

    async fn send(&self, outbound: &Outbound) -> Result<Receipt, Error> {
        if outbound.text.contains("hang") {
            std::future::pending::<()>().await;
        }
        self.sent.lock().unwrap().push(outbound.text.clone());
        Ok(Receipt::accepted("1"))
    }

    async fn find(&self, _: &Outbound, _: &Attempt) -> Result<Found, Error> {
        if self.has_it { Ok(Found::Sent(Receipt::accepted("1"))) } else { Ok(Found::NotSent) }
    }

    async fn fetch(&self, _: &str, _: u64) -> Result<Body, Error> {
        Err(Error::never(ErrorKind::NotFound, "a toy has no files"))
    }
}

#[async_trait]
impl Assistant for Echo {
    fn account(&self) -> Account {
        account("echo")
    }

    async fn answer(&self, turn: &Turn) -> Result<Answer, Error> {
        let last = turn.messages.last().map(|message| format!("echo {}", message.text));
        Ok(Answer { text: last, ..Answer::default() })
    }
}
