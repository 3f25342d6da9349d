//! A toy of a channel: one customer, whose requests are lines of text.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::channel::{
    Account, Attempt, Channel, ChannelCapabilities, Found, Outbound, Part, Receipt,
};
use handover_core::error::{Error, ErrorKind};
use handover_core::event::{Author, Event, Fact, Inbound, Source};
use handover_core::id::{AccountId, ChannelId, EventId, InvalidName};
use handover_core::identity::{Identity, Proof};
use handover_core::message::Message;
use handover_core::thread::Thread;
use handover_core::transport::Body;
use handover_core::webhook::{Received, Rejection, Webhook};
use http::{Request, Response};

/// A toy: it keeps what the customer would see. Clones share it.
#[derive(Clone, Debug)]
pub struct Terminal {
    id: ChannelId,
    account: AccountId,
    screen: Arc<Mutex<Vec<String>>>,
}

impl Terminal {
    /// An empty screen.
    ///
    /// # Errors
    /// If the names were not plain.
    pub fn new() -> Result<Self, InvalidName> {
        let (id, account) = (ChannelId::new("terminal")?, AccountId::new("terminal")?);
        Ok(Self { id, account, screen: Arc::default() })
    }

    /// What was sent since the last look.
    pub fn look(&self) -> Vec<String> {
        std::mem::take(&mut *self.screen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Webhook for Terminal {
    /// A real one verifies a signature first. Here, the time stands in for the provider's id.
    fn receive(&self, request: &Request<Bytes>, now: DateTime<Utc>) -> Result<Received, Rejection> {
        let text = str::from_utf8(request.body()).map_err(|_| Rejection::malformed("utf-8"))?;
        let customer = Identity::new("terminal", "you", Proof::ChannelProven);
        let event = Event {
            id: EventId::new(self.id.as_str(), now.to_rfc3339()),
            at: now,
            source: Source::Channel(self.id.clone()),
            threads: vec![Thread::channel(&self.id, "you"), Thread::customer(&self.id, &customer)],
            author: Author::Person,
            fact: Fact::Message(Inbound::text(customer, text)),
        };
        Ok(Received { events: vec![event], ..Received::nothing(Response::default()) })
    }
}

#[async_trait]
impl Channel for Terminal {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    fn capabilities(&self) -> ChannelCapabilities {
        ChannelCapabilities::new(Account::new(self.account.clone()), usize::MAX)
    }

    fn parts(&self, message: &Message) -> Vec<Part> {
        vec![Part { text: message.text.clone() }]
    }

    async fn send(&self, outbound: &Outbound) -> Result<Receipt, Error> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner).push(outbound.text.clone());
        Ok(Receipt::accepted(outbound.key.to_string()))
    }

    async fn find(&self, _outbound: &Outbound, _attempt: &Attempt) -> Result<Found, Error> {
        Ok(Found::Unknown { again_after: None })
    }

    async fn fetch(&self, _reference: &str, _limit: u64) -> Result<Body, Error> {
        Err(Error::never(ErrorKind::Forbidden, "a terminal has no files"))
    }
}
