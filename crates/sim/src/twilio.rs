//! Twilio: the messages API, signed webhooks, opt-outs, the carrier, and the customers' telephones.

mod account;
mod api;
mod config;
mod customer;
mod message;
mod messages;
mod retention;
mod segments;
mod send;
mod sign;
mod webhook;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Request;
use uuid::Uuid;

pub use self::config::{Builder, Carrier};
pub use self::message::{Direction, Message};
use self::messages::Messages;
pub use self::sign::signature;
use crate::{Clock, Faults, Logged, Outbox, Outgoing, Reply, Simulator, Wire};

/// A simulated Twilio account, with the telephones of its customers.
///
/// Clones share the account.
#[derive(Clone)]
pub struct Twilio {
    shared: Arc<Mutex<State>>,
    faults: Faults,
    outbox: Outbox,
}

impl Twilio {
    /// An account with this sid, auth token and one number, whose inbound messages are posted
    /// nowhere yet.
    pub fn new(account_sid: &str, auth_token: &str, number: &str) -> Self {
        Self::builder(account_sid, auth_token).number(number).build()
    }

    /// An account to be configured.
    pub fn builder(account_sid: &str, auth_token: &str) -> Builder {
        Builder::new(account_sid, auth_token)
    }

    /// The faults of this account. [`crate::Fault::ExpireToken`] revokes all credentials until
    /// [`Twilio::restore_credentials`].
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Accepts the credentials again.
    pub fn restore_credentials(&self) {
        self.state().revoked = false;
    }

    /// Where inbound messages are posted; see [`Builder::inbound_url`].
    pub fn set_inbound_url(&self, url: &str) {
        self.state().config.inbound_url = Some(url.to_owned());
    }

    /// Posts to URLs that start with `public` really go to `real` instead; the signature stays
    /// that of the public URL.
    pub fn reach(&self, public: &str, real: &str) {
        self.state().config.reach.push((public.to_owned(), real.to_owned()));
    }

    /// The base of media links: a server's own address.
    pub fn set_api_url(&self, url: &str) {
        url.trim_end_matches('/').clone_into(&mut self.state().config.api_url);
    }

    /// What the carrier does with messages to a number from now on.
    pub fn set_carrier(&self, number: &str, carrier: Carrier) {
        self.state().carriers.insert(number.to_owned(), carrier);
    }

    /// All messages, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        self.state().messages.to_vec()
    }

    /// The messages after the first `n`, oldest first.
    pub fn messages_after(&self, n: usize) -> Vec<Message> {
        self.state().messages.iter().skip(n).cloned().collect()
    }

    /// The texts of ours a customer's telephone shows, oldest first.
    pub fn phone(&self, number: &str) -> Vec<String> {
        let state = self.state();
        let ours = state.messages.iter().filter(|message| {
            message.direction == Direction::Outbound && message.to == number && message.arrives()
        });
        ours.map(|message| message.body.clone()).collect()
    }

    /// The texts the provider itself sent, confirmations of keywords, oldest first.
    pub fn auto_replies(&self) -> Vec<AutoReply> {
        self.state().auto_replies.clone()
    }

    /// Whether a customer has opted out of a number of ours.
    pub fn is_opted_out(&self, ours: &str, customer: &str) -> bool {
        self.state().is_opted_out(ours, customer)
    }

    /// Takes the webhooks, in the order they travel.
    pub fn take_webhooks(&self) -> Vec<Outgoing> {
        self.outbox.take()
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Logged> {
        self.state().log.clone()
    }

    /// How many requests there were.
    pub fn round_trips(&self) -> usize {
        self.state().log.len()
    }

    /// This simulator at every host, without sockets.
    pub fn transport(&self, clock: Clock) -> Wire {
        Wire::new(clock).any(self.clone())
    }

    fn start(config: config::Config) -> Self {
        let state = State {
            config,
            messages: Messages::default(),
            shown: 0,
            opt_outs: BTreeSet::new(),
            carriers: HashMap::new(),
            media: BTreeMap::new(),
            auto_replies: Vec::new(),
            made: 0,
            revoked: false,
            log: Vec::new(),
        };
        Self {
            shared: Arc::new(Mutex::new(state)),
            faults: Faults::default(),
            outbox: Outbox::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A text the provider sent on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AutoReply {
    /// The number of ours it came from.
    pub from: String,
    /// The customer.
    pub to: String,
    /// What it says.
    pub text: String,
}

impl Simulator for Twilio {
    fn handle(&self, request: Request<Bytes>, now: DateTime<Utc>) -> Reply {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let reply = self.faults.run(
            request.method(),
            target,
            api::page,
            || self.state().revoked = true,
            || {
                let mut state = self.state();
                let (response, callbacks) = state.answer(&request, now);
                let latency = state.config.latency;
                drop(state);
                callbacks.into_iter().for_each(|outgoing| self.outbox.push(outgoing));
                (response, latency)
            },
        );
        self.state().log.push(Logged::new(&request, 0, now, &reply));
        reply
    }

    fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}

impl fmt::Debug for Twilio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Twilio").finish_non_exhaustive()
    }
}

struct State {
    config: config::Config,
    messages: Messages,
    /// How many of them [`Twilio::new_messages`] has told of.
    shown: usize,
    /// (number or service of ours, customer)
    opt_outs: BTreeSet<(String, String)>,
    carriers: HashMap<String, Carrier>,
    media: BTreeMap<String, Media>,
    auto_replies: Vec<AutoReply>,
    made: u64,
    revoked: bool,
    log: Vec<Logged>,
}

impl State {
    fn sid(&mut self, prefix: &str) -> String {
        self.made += 1;
        let name = format!("twilio {prefix} {}", self.made);
        format!("{prefix}{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).simple())
    }
}

struct Media {
    message: String,
    kind: String,
    content: Bytes,
    created: DateTime<Utc>,
}
