//! Putting a relay together.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use handover_core::archive::Archive;
use handover_core::assistant::Assistant;
use handover_core::blobs::Blobs;
use handover_core::clock::Clock;
use handover_core::id::{SessionId, TenantId};
use handover_core::job::Destination;
use handover_core::matching::{ContactMatcher, OnlyCandidate};
use handover_core::policy::Policy;
use handover_core::store::{Served, Store};
use url::Url;

use crate::clock::SystemClock;
use crate::relay::{Parts, Relay};
use crate::setup::{ChannelSetup, DeskSetup};

/// How many answers one question to the assistant may stand for.
const ANSWERS_AT_ONCE: usize = 100;

/// Puts a relay together; [`Builder::build`] checks that it fits.
pub struct Builder {
    tenant: TenantId,
    policy: Policy,
    blobs: Option<Arc<dyn Blobs>>,
    assistant: Option<Arc<dyn Assistant>>,
    matcher: Arc<dyn ContactMatcher>,
    clock: Arc<dyn Clock>,
    channels: Vec<ChannelSetup>,
    desks: Vec<DeskSetup>,
    links: Option<Arc<crate::Links>>,
    public_url: Option<Url>,
    lease: Duration,
    file_limit: u64,
}

/// The parts do not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// Two channels or two desks have one name.
    #[error("two parts of the relay are called {0:?}: give each its own name")]
    DoubleName(String),
    /// A channel wants an assistant, and there is none.
    #[error("channel {0:?} has its assistant on, but the relay has no assistant")]
    NoAssistant(String),
    /// A channel names a desk that is not there.
    #[error("channel {channel:?} names desk {desk:?}, which the relay does not have")]
    NoSuchDesk {
        /// The channel.
        channel: String,
        /// The desk it names.
        desk: String,
    },
}

impl Builder {
    pub(crate) fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            policy: Policy::default(),
            blobs: None,
            assistant: None,
            matcher: Arc::new(OnlyCandidate),
            clock: Arc::new(SystemClock),
            channels: Vec::new(),
            desks: Vec::new(),
            links: None,
            public_url: None,
            lease: Duration::from_secs(180),
            file_limit: 25 << 20,
        }
    }

    /// Adds a channel.
    #[must_use]
    pub fn channel(mut self, channel: ChannelSetup) -> Self {
        self.channels.push(channel);
        self
    }

    /// Adds a desk.
    #[must_use]
    pub fn desk(mut self, desk: DeskSetup) -> Self {
        self.desks.push(desk);
        self
    }

    /// Sets the assistant.
    #[must_use]
    pub fn assistant(mut self, assistant: Arc<dyn Assistant>) -> Self {
        self.assistant = Some(assistant);
        self
    }

    /// Sets where files are kept. Without it files are named, not fetched.
    #[must_use]
    pub fn blobs(mut self, blobs: Arc<dyn Blobs>) -> Self {
        self.blobs = Some(blobs);
        self
    }

    /// Sets who chooses among several contacts; by default nobody guesses.
    #[must_use]
    pub fn matcher(mut self, matcher: Arc<dyn ContactMatcher>) -> Self {
        self.matcher = matcher;
        self
    }

    /// Sets the clock; by default this machine's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the tenant's choices.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets who makes links to sessions' pages.
    #[must_use]
    pub fn links(
        mut self,
        links: impl Fn(SessionId, DateTime<Utc>) -> Option<Url> + Send + Sync + 'static,
    ) -> Self {
        self.links = Some(Arc::new(links));
        self
    }

    /// Sets the URL under which providers reach the relay; needed for the [`tower_service::Service`].
    #[must_use]
    pub fn public_url(mut self, url: Url) -> Self {
        self.public_url = Some(url);
        self
    }

    /// Sets how long a claimed job belongs to one worker. Three quarters of it must outlast the
    /// slowest call: a send that cannot begin in the first quarter is put back.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets the largest file that is fetched, in bytes.
    #[must_use]
    pub fn file_limit(mut self, bytes: u64) -> Self {
        self.file_limit = bytes;
        self
    }

    /// Puts the relay together on a store.
    ///
    /// # Errors
    /// [`SetupError`] when parts do not fit together.
    pub fn build<S: Store + Archive>(self, store: Arc<S>) -> Result<Relay, SetupError> {
        let archive = Arc::<S>::clone(&store);
        self.build_on(store, archive)
    }

    /// [`Builder::build`] on the two faces of one store, for instance one of them wrapped.
    ///
    /// # Errors
    /// [`SetupError`] when parts do not fit together.
    pub fn build_on(
        self,
        store: Arc<dyn Store>,
        archive: Arc<dyn Archive>,
    ) -> Result<Relay, SetupError> {
        let mut parts = Parts {
            tenant: self.tenant,
            store,
            archive,
            blobs: self.blobs,
            assistant: self.assistant,
            matcher: self.matcher,
            clock: self.clock,
            policy: self.policy,
            channels: BTreeMap::new(),
            desks: BTreeMap::new(),
            webhooks: HashMap::new(),
            feeds: BTreeMap::new(),
            served: Vec::new(),
            links: self.links,
            public_url: self.public_url,
            lease: self.lease,
            file_limit: self.file_limit,
        };
        if let Some(assistant) = &parts.assistant {
            parts.served.push(Served {
                destination: Destination::Assistant,
                account: assistant.account(),
                batch: ANSWERS_AT_ONCE,
            });
        }
        for desk in self.desks {
            desk.join(&mut parts)?;
        }
        for channel in self.channels {
            channel.join(&mut parts)?;
        }
        Ok(Relay { parts: Arc::new(parts) })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("tenant", &self.tenant)
            .field("channels", &self.channels)
            .field("desks", &self.desks)
            .finish_non_exhaustive()
    }
}
