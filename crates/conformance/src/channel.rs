//! The promises of a channel and its webhook.
//!
//! The fixture says how the *provider* behaves, from its documentation and captured traffic, and
//! never uses the adapter's code.

mod find;
mod forged;
mod fuzz;
mod privacy;
mod receive;
mod scene;
mod send;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::channel::{Channel, Outbound};
use handover_core::clock::Clock;
use handover_core::identity::Identity;
use handover_core::transport::Transport;
use handover_core::webhook::Webhook;
use http::{HeaderName, Request, Response};

use crate::run::promises;

pub use find::{
    fetch_refuses_foreign_hosts, find_tells_sent_from_not_sent, what_was_taken_is_told_by_its_name,
};
pub use forged::{
    rejection_says_nothing, rejects_every_flipped_bit_of_the_body,
    rejects_every_flipped_bit_of_the_signature, rejects_every_flipped_bit_of_the_url,
    rejects_missing_doubled_and_huge_headers, rejects_stale_and_future,
};
pub use fuzz::never_panics_on_a_prefix;
pub use privacy::{never_shows_its_secret, never_shows_the_message};
pub use receive::{
    different_messages_differ, echoes_of_our_sends_are_not_events, is_pure,
    parses_what_the_provider_sends, receipts_name_their_send, redelivery_has_the_same_id,
    unknown_kinds_are_accepted_and_ignored,
};
pub use send::{
    one_send_is_one_call, provider_sees_what_was_said, refuses_over_limit_before_io,
    same_key_same_wire_key, survives_drop_at_every_poll, tells_busy_from_refused_from_unsure,
};

/// How a provider behaves, as its documentation says. Every test makes a fixture of its own.
pub trait ChannelFixture: Send + Sync + 'static {
    /// The channel under test, over `transport`.
    fn channel(&self, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Arc<dyn Channel>;

    /// The webhook under test; `None` for a channel that is only polled.
    fn webhook(
        &self,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Option<Arc<dyn Webhook>>;

    /// What the provider is like.
    fn provider(&self) -> Provider;

    /// The request by which the provider delivers a message with `text`, from the customer, as signed
    /// at `now`. Its id is made from `id`, a short number, and differs where that differs.
    fn deliver(&self, id: &str, text: &str, now: DateTime<Utc>) -> Request<Bytes>;

    /// `request`, whatever is in it, signed as the provider signs at `now`. An old signature is
    /// replaced.
    fn sign(&self, request: Request<Bytes>, now: DateTime<Utc>) -> Request<Bytes>;

    /// Requests of other kinds, signed at `now`: documented ones that are of no concern, and ones
    /// that the provider may invent.
    fn unknown(&self, now: DateTime<Utc>) -> Vec<Request<Bytes>>;

    /// Captured requests, to be changed at random. Their signatures need not fit.
    fn corpus(&self) -> Vec<Request<Bytes>>;

    /// What the provider reads in a request of ours that sends a message; `None` for any other
    /// request.
    fn understand(&self, request: &Request<Bytes>) -> Option<Understood>;

    /// The provider's answer to the sending of `outbound`, worded as the provider words it, with
    /// recipient and text where it names them. `None` if it has no such answer.
    fn answer(&self, answer: &Answer, outbound: &Outbound) -> Option<Response<Bytes>>;

    /// The provider's answer to a request that sends nothing: a login, or a page of its list of
    /// messages, on which the `listed` ones stand, or the one of these that the request names.
    fn other(&self, request: &Request<Bytes>, listed: &[Listed]) -> Response<Bytes>;

    /// What the provider sends to us about message `id`, one of [`Provider::ids`], which it took by
    /// `request`: receipts, or the message itself where the provider tells everything. Signed at
    /// `now`.
    fn echoes(&self, request: &Request<Bytes>, id: &str, now: DateTime<Utc>)
    -> Vec<Request<Bytes>>;
}

/// What a provider is like.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Provider {
    /// The secret that the adapter was given: it must not be shown anywhere.
    pub secret: String,
    /// The customer, whose address must not be shown anywhere.
    pub customer: Identity,
    /// The headers that carry the signature and what it covers besides the body.
    pub signature: Vec<HeaderName>,
    /// Whether the URL is signed.
    pub signs_url: bool,
    /// How old a signature may be, where the provider signs a time.
    pub tolerance: Option<Duration>,
    /// How long a message that was taken may be missing on the list of what was sent.
    pub settles: Duration,
    /// Whether a send carries a key that the provider takes or tells back.
    pub carries_key: bool,
    /// A file that came with a message, as `fetch` is given it.
    pub file: Option<String>,
    /// Three ids such as the provider gives to messages that it takes.
    pub ids: [String; 3],
}

/// What the provider reads in a request that sends a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// Who it goes to.
    pub to: String,
    /// What it says.
    pub text: String,
    /// The key it carries: an idempotency key, or what the provider tells back.
    pub key: Option<String>,
}

/// How a provider answers a send. Complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Taken, under this id.
    Accepted {
        /// The provider's id.
        id: String,
    },
    /// Out of order: nobody knows whether it was taken.
    Broken,
    /// Not taken: too much at once. To be tried again after the delay.
    Busy(Duration),
    /// Not taken: the recipient has opted out.
    OptedOut,
    /// Not taken: the recipient is no good.
    Refused,
    /// Not taken: the login is no good.
    Unauthorized,
}

/// A message of ours on the provider's list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The provider's id.
    pub id: String,
    /// What was sent.
    pub outbound: Outbound,
    /// When the provider took it.
    pub at: DateTime<Utc>,
}

impl Provider {
    /// A provider that signs nothing but the body, in these headers, and takes no key.
    pub fn new(
        secret: impl Into<String>,
        customer: Identity,
        signature: impl IntoIterator<Item = HeaderName>,
    ) -> Self {
        Self {
            secret: secret.into(),
            customer,
            signature: signature.into_iter().collect(),
            signs_url: false,
            tolerance: None,
            settles: Duration::ZERO,
            carries_key: false,
            file: None,
            ids: ["out1", "out2", "out3"].map(ToOwned::to_owned),
        }
    }

    /// States that the URL is signed.
    #[must_use]
    pub fn with_signed_url(mut self) -> Self {
        self.signs_url = true;
        self
    }

    /// States that a time is signed, and how old it may be.
    #[must_use]
    pub fn with_signed_time(mut self, tolerance: Duration) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// States how long a message may be missing on the list of what was sent.
    #[must_use]
    pub fn with_settling_list(mut self, settles: Duration) -> Self {
        self.settles = settles;
        self
    }

    /// States that a send carries a key.
    #[must_use]
    pub fn with_key(mut self) -> Self {
        self.carries_key = true;
        self
    }

    /// States what the reference of a file looks like.
    #[must_use]
    pub fn with_file(mut self, reference: impl Into<String>) -> Self {
        self.file = Some(reference.into());
        self
    }

    /// States what the ids of messages look like.
    #[must_use]
    pub fn with_ids(mut self, ids: [impl Into<String>; 3]) -> Self {
        self.ids = ids.map(Into::into);
        self
    }
}

__channel_promises!([promises] channel [Arc<dyn ChannelFixture>]);

/// Writes one test for each promise of a channel.
///
/// Takes an expression that makes a [`ChannelFixture`].
#[macro_export]
macro_rules! channel_tests {
    ($fixture:expr) => {
        $crate::__channel_promises!([$crate::__tests] channel [
            ::std::sync::Arc::new($fixture)
                as ::std::sync::Arc<dyn $crate::channel::ChannelFixture>
        ]);
    };
}
