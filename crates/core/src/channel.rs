//! Where the customer is.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use url::Url;

use crate::error::Error;
use crate::event::Holder;
use crate::id::{AccountId, ChannelId, DeskId, Key};
use crate::identity::Identity;
use crate::message::{Delivery, DeliveryState, Message};
use crate::thread::Thread;
use crate::transport::Body;

/// Sends to customers.
///
/// What comes in is another trait's: [`Webhook`](crate::webhook::Webhook) or
/// [`Feed`](crate::feed::Feed).
#[async_trait]
pub trait Channel: fmt::Debug + Send + Sync + 'static {
    /// The channel's name.
    fn id(&self) -> &ChannelId;

    /// What the channel can do.
    fn capabilities(&self) -> ChannelCapabilities;

    /// Cuts a message into the parts that are sent one by one. Pure; at least one part.
    ///
    /// A part that is too long is refused by [`Channel::send`], never cut silently.
    fn parts(&self, message: &Message) -> Vec<Part>;

    /// Sends one part: at most one irreversible call to the provider.
    ///
    /// # Errors
    /// [`Retry::Later`](crate::error::Retry::Later) only when the provider certainly did not take
    /// it; [`Retry::Unsure`](crate::error::Retry::Unsure) when it may have.
    /// [`ErrorKind::TooLong`](crate::error::ErrorKind::TooLong) before any IO.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the send uncertain; [`Channel::find`] tells.
    async fn send(&self, outbound: &Outbound) -> Result<Receipt, Error>;

    /// Looks for a part that an earlier attempt may have sent. No effect at the provider.
    ///
    /// With [`Attempt::taken`] the provider has taken it under that name, and nothing else decides:
    /// it says how far it got, [`Found::Sent`] with that state, or cannot say yet.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    async fn find(&self, outbound: &Outbound, attempt: &Attempt) -> Result<Found, Error>;

    /// Opens a file that came with a message, of at most `limit` bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`](crate::error::ErrorKind::Forbidden) for a reference outside the
    /// provider's own hosts.
    async fn fetch(&self, reference: &str, limit: u64) -> Result<Body, Error>;
}

/// What a channel can do. Data, so that nobody finds out later by an error.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ChannelCapabilities {
    /// The account at the provider that its calls count against.
    pub account: Account,
    /// The desk that hosts the channel and delivers its people's replies itself.
    pub hosted_by: Option<DeskId>,
    /// Whether [`Channel::find`] tells what became of a part by the name under which the provider
    /// took it. Then a part of which nothing is told is asked for, and one report that fits several
    /// is decided by it.
    pub confirms: bool,
    /// Whether [`Channel::find`] can ever tell.
    pub lookup: bool,
    /// Whether it sends e-mail: what a desk itself has mailed to the customer need not be sent again.
    pub mail: bool,
    /// The longest text, in characters, of one part.
    pub max_chars: usize,
    /// Whether receipts come back for what was sent.
    pub receipts: bool,
}

/// What a provider limits and suspends as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Its name; channels and desks of one account share it.
    pub id: AccountId,
    /// How many calls a second it takes, if that is known beforehand.
    pub per_second: Option<f64>,
}

/// One part of a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// The text to send, exactly.
    pub text: String,
}

/// One part on its way out.
#[derive(Clone, PartialEq)]
pub struct Outbound {
    /// Names the send. Where the provider takes an idempotency key or a callback URL, it goes there.
    pub key: Key,
    /// The reply thread.
    pub thread: Thread,
    /// Who it goes to.
    pub to: Identity,
    /// The text, exactly as [`Channel::parts`] cut it.
    pub text: String,
    /// Where to fetch files that go with it.
    pub media: Vec<Url>,
    /// Who had control when the send was claimed: whether a person is being waited for already.
    pub control: Holder,
}

/// The provider took it.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// How far it got, with the provider's id.
    pub delivery: Delivery,
}

/// What earlier attempts of a job may have done.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The effect's key.
    pub key: Key,
    /// 1 for the first attempt.
    pub number: u32,
    /// Whether an earlier attempt may have written what must not be written twice. One that was
    /// refused, or never left us, has not.
    pub tried: bool,
    /// When the first attempt began.
    pub first: DateTime<Utc>,
    /// When the latest attempt that may have had its effect was under way.
    pub last: DateTime<Utc>,
    /// Now.
    pub now: DateTime<Utc>,
    /// The provider's ids that belong to other messages of ours.
    pub accounted: Vec<Box<str>>,
    /// What the provider called it when it took it: only what became of it is asked. Of use where
    /// [`ChannelCapabilities::confirms`].
    pub taken: Option<Box<str>>,
}

/// What [`Channel::find`] found. Complete.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// The provider has not taken it, and its list has settled: it may be sent.
    NotSent,
    /// The provider took it.
    Sent(Receipt),
    /// It cannot be told yet, or ever.
    Unknown {
        /// When it is worth asking again, if ever.
        again_after: Option<Duration>,
    },
}

impl ChannelCapabilities {
    /// A channel that takes texts of up to `max_chars` characters and can do nothing else.
    pub fn new(account: Account, max_chars: usize) -> Self {
        Self {
            account,
            hosted_by: None,
            confirms: false,
            lookup: false,
            mail: false,
            max_chars,
            receipts: false,
        }
    }

    /// States that [`Channel::find`] tells what became of a part that was taken, by its name.
    #[must_use]
    pub fn with_confirmation(mut self) -> Self {
        self.confirms = true;
        self
    }

    /// States that [`Channel::find`] can tell.
    #[must_use]
    pub fn with_lookup(mut self) -> Self {
        self.lookup = true;
        self
    }

    /// States that it sends e-mail.
    #[must_use]
    pub fn with_mail(mut self) -> Self {
        self.mail = true;
        self
    }

    /// States that receipts come back.
    #[must_use]
    pub fn with_receipts(mut self) -> Self {
        self.receipts = true;
        self
    }

    /// States that a desk hosts the channel.
    #[must_use]
    pub fn with_host(mut self, desk: DeskId) -> Self {
        self.hosted_by = Some(desk);
        self
    }
}

impl Account {
    /// An account whose limits are not known beforehand.
    pub fn new(id: AccountId) -> Self {
        Self { id, per_second: None }
    }
}

impl Attempt {
    /// The first attempt.
    pub fn first(key: Key, now: DateTime<Utc>) -> Self {
        Self {
            key,
            number: 1,
            tried: false,
            first: now,
            last: now,
            now,
            accounted: Vec::new(),
            taken: None,
        }
    }
}

impl Receipt {
    /// Taken under the provider's id.
    pub fn accepted(provider_id: impl Into<Box<str>>) -> Self {
        let delivery = Delivery {
            state: DeliveryState::Accepted,
            provider_id: Some(provider_id.into()),
            ..Delivery::pending()
        };
        Self { delivery }
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("chars", &self.text.chars().count()).finish()
    }
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound")
            .field("key", &self.key)
            .field("thread", &self.thread)
            .field("chars", &self.text.chars().count())
            .finish_non_exhaustive()
    }
}
