#![doc = include_str!("../README.md")]

mod config;
mod encode;
mod parse;
mod signature;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::{
    Account, Attempt, Channel, ChannelCapabilities, Found, Outbound, Part, Receipt,
};
use handover_core::clock::Clock;
use handover_core::error::{Error, ErrorKind};
use handover_core::id::ChannelId;
use handover_core::message::Message;
use handover_core::transport::{Body, Transport, TransportError};
use handover_core::webhook::{Received, Rejection, Webhook};
use http::Request;

pub use config::{Config, ConfigError};

/// Pigeon as a channel and its webhook. Clones share everything.
///
/// # Privacy
/// `Debug` and errors show no secret, number or text.
#[derive(Clone)]
pub struct Pigeon {
    config: Arc<Config>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

impl Pigeon {
    /// A channel that sends over `transport`.
    pub fn new(config: Config, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self { config: Arc::new(config), transport, clock }
    }
}

impl Webhook for Pigeon {
    fn receive(&self, request: &Request<Bytes>, now: DateTime<Utc>) -> Result<Received, Rejection> {
        signature::verify(request, &self.config.secret, now)?;
        parse::request(&self.config.channel, request.body(), now)
    }
}

#[async_trait]
impl Channel for Pigeon {
    fn id(&self) -> &ChannelId {
        &self.config.channel
    }

    fn capabilities(&self) -> ChannelCapabilities {
        let account = Account::new(self.config.account.clone());
        ChannelCapabilities::new(account, MAX_CHARS).with_lookup().with_receipts()
    }

    fn parts(&self, message: &Message) -> Vec<Part> {
        vec![Part { text: message.text.clone() }]
    }

    async fn send(&self, outbound: &Outbound) -> Result<Receipt, Error> {
        if outbound.text.chars().count() > MAX_CHARS {
            return Err(Error::never(ErrorKind::TooLong, "the text is longer than Pigeon takes"));
        }
        let request = encode::message(&self.config, outbound)?;
        let response = self.transport.send(request).await.map_err(TransportError::effectful)?;
        parse::sent(response, self.clock.now()).await
    }

    async fn find(&self, outbound: &Outbound, attempt: &Attempt) -> Result<Found, Error> {
        let request = encode::list(&self.config, attempt.first)?;
        let response = self.transport.send(request).await.map_err(TransportError::idempotent)?;
        for row in parse::list(response).await? {
            let is_free = !attempt.accounted.iter().any(|id| **id == *row.id);
            if is_free && *row.to == *outbound.to.value && row.text == outbound.text {
                return Ok(Found::Sent(Receipt::accepted(row.id)));
            }
        }
        // Pigeon's list has settled only after the last attempt that may have written to it.
        if attempt.now - attempt.last > SETTLES {
            return Ok(Found::NotSent);
        }
        Ok(Found::Unknown { again_after: Some(LOOK_AGAIN) })
    }

    async fn fetch(&self, _reference: &str, _limit: u64) -> Result<Body, Error> {
        Err(Error::never(ErrorKind::Forbidden, "messages of Pigeon carry no files"))
    }
}

impl fmt::Debug for Pigeon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pigeon").field("channel", &self.config.channel).finish_non_exhaustive()
    }
}

const MAX_CHARS: usize = 1000;
/// A minute as documented, and half a minute for a request that was still on its way.
const SETTLES: TimeDelta = TimeDelta::seconds(90);
const LOOK_AGAIN: Duration = Duration::from_secs(20);
