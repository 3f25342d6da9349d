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

use crate::{ChannelSetup, Relay};

/// A channel whose requests hold a text, and whose sends are kept.
#[derive(Debug, Default)]
pub(super) struct Toy {
    pub(super) sent: Mutex<Vec<String>>,
    pub(super) called: Mutex<Vec<Uri>>,
}

#[derive(Debug)]
pub(super) struct Echo;

pub(super) fn relay(toy: &Arc<Toy>, public_url: &str) -> Relay {
    Relay::builder(TenantId::new("acme").unwrap())
        .assistant(Arc::new(Echo))
        .public_url(public_url.parse().unwrap())
        .channel(ChannelSetup::new(Arc::<Toy>::clone(toy)).webhook(Arc::<Toy>::clone(toy)))
        .build(Arc::new(MemoryStore::new()))
        .unwrap()
}

fn id() -> ChannelId {
    ChannelId::new("toy").unwrap()
}

fn account() -> Account {
    Account::new(AccountId::new("toy").unwrap())
}

impl Webhook for Toy {
    fn receive(&self, request: &Request<Bytes>, now: DateTime<Utc>) -> Result<Received, Rejection> {
        self.called.lock().unwrap().push(request.uri().clone());
        let text = std::str::from_utf8(request.body()).map_err(|_| Rejection::malformed("text"))?;
        let from = Identity::tel("+15552223333", Proof::ChannelProven).unwrap();
        let event = Event {
            id: EventId::new("toy", text),
            at: now,
            source: Source::Channel(id()),
            threads: vec![Thread::channel(&id(), "a|b")],
            author: Author::Person,
            fact: Fact::Message(Inbound::text(from, text)),
        };
        Ok(Received { events: vec![event], ..Received::nothing(Response::new(Bytes::new())) })
    }
}

#[async_trait]
impl Channel for Toy {
    fn id(&self) -> &ChannelId {
        static ID: std::sync::OnceLock<ChannelId> = std::sync::OnceLock::new();
        ID.get_or_init(id)
    }

    fn capabilities(&self) -> ChannelCapabilities {
        ChannelCapabilities::new(account(), 100)
    }

    fn parts(&self, message: &Message) -> Vec<Part> {
        vec![Part { text: message.text.clone() }]
    }

    async fn send(&self, outbound: &Outbound) -> Result<Receipt, Error> {
        self.sent.lock().unwrap().push(outbound.text.clone());
        Ok(Receipt::accepted("1"))
    }

    async fn find(&self, _: &Outbound, _: &Attempt) -> Result<Found, Error> {
        Ok(Found::NotSent)
    }

    async fn fetch(&self, _: &str, _: u64) -> Result<Body, Error> {
        Err(Error::never(ErrorKind::NotFound, "a toy has no files"))
    }
}

#[async_trait]
impl Assistant for Echo {
    fn account(&self) -> Account {
        account()
    }

    async fn answer(&self, turn: &Turn) -> Result<Answer, Error> {
        let last = turn.messages.last().map(|message| format!("echo {}", message.text));
        Ok(Answer { text: last, ..Answer::default() })
    }
}
