//! Putting a relay together.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::archive::Archive;
use handover_core::assistant::{Assistant, FieldSpec};
use handover_core::blobs::Blobs;
use handover_core::channel::{Account, Channel};
use handover_core::clock::Clock;
use handover_core::desk::Desk;
use handover_core::directory::Directory;
use handover_core::event::Source;
use handover_core::feed::Feed;
use handover_core::id::{AccountId, DeskId, SessionId, TenantId};
use handover_core::job::Destination;
use handover_core::matching::{ContactMatcher, OnlyCandidate};
use handover_core::policy::{ChannelPolicy, DeskPolicy, OpenCase, Policy};
use handover_core::store::{Served, Store};
use handover_core::webhook::Webhook;
use url::Url;

use crate::clock::SystemClock;
use crate::relay::{ChannelParts, DeskParts, Parts, Relay};

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

/// A channel of a relay.
#[derive(Debug)]
pub struct ChannelSetup {
    channel: Arc<dyn Channel>,
    webhook: Option<Arc<dyn Webhook>>,
    feed: Option<Arc<dyn Feed>>,
    desk: Option<DeskId>,
    assistant: bool,
    inactivity: Option<TimeDelta>,
}

/// A desk of a relay.
#[derive(Debug)]
pub struct DeskSetup {
    desk: Arc<dyn Desk>,
    directory: Option<Arc<dyn Directory>>,
    webhook: Option<Arc<dyn Webhook>>,
    feed: Option<Arc<dyn Feed>>,
    open_case: OpenCase,
    create_contacts: bool,
    fields: Vec<FieldSpec>,
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
        let archive: Arc<dyn Archive> = Arc::<S>::clone(&store);
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

impl ChannelSetup {
    /// A channel without a desk, on which the assistant answers.
    pub fn new(channel: Arc<dyn Channel>) -> Self {
        Self { channel, webhook: None, feed: None, desk: None, assistant: true, inactivity: None }
    }

    /// Sets what reads the provider's requests.
    #[must_use]
    pub fn webhook(mut self, webhook: Arc<dyn Webhook>) -> Self {
        self.webhook = Some(webhook);
        self
    }

    /// Sets what finds messages that no request told of.
    #[must_use]
    pub fn feed(mut self, feed: Arc<dyn Feed>) -> Self {
        self.feed = Some(feed);
        self
    }

    /// Sets the desk that helps.
    #[must_use]
    pub fn desk(mut self, desk: DeskId) -> Self {
        self.desk = Some(desk);
        self
    }

    /// Sends every conversation straight to a person.
    #[must_use]
    pub fn without_assistant(mut self) -> Self {
        self.assistant = false;
        self
    }

    /// Ends a conversation that the assistant has once nobody said anything for so long.
    #[must_use]
    pub fn inactivity(mut self, after: TimeDelta) -> Self {
        self.inactivity = Some(after);
        self
    }

    fn join(self, parts: &mut Parts) -> Result<(), SetupError> {
        let id = self.channel.id().clone();
        if parts.channels.contains_key(&id) {
            return Err(SetupError::DoubleName(id.as_str().into()));
        }
        if self.assistant && parts.assistant.is_none() {
            return Err(SetupError::NoAssistant(id.as_str().into()));
        }
        if let Some(desk) = self.desk.as_ref().filter(|desk| !parts.desks.contains_key(*desk)) {
            let (channel, desk) = (id.as_str().into(), desk.as_str().into());
            return Err(SetupError::NoSuchDesk { channel, desk });
        }
        let capabilities = self.channel.capabilities();
        let policy = ChannelPolicy {
            desk: self.desk.clone(),
            hosted: capabilities.hosted_by.is_some() && capabilities.hosted_by == self.desk,
            assistant: self.assistant,
            inactivity: self.inactivity,
            ..ChannelPolicy::new(id.clone())
        };
        let account = capabilities.account;
        parts.serve(Destination::Channel(id.clone()), account.clone(), 1);
        if parts.blobs.is_some() {
            parts.serve(Destination::Media(id.clone()), account.clone(), 1);
        }
        let source = Source::Channel(id.clone());
        parts.listen(format!("channels/{id}"), source, self.webhook, self.feed, account);
        parts.channels.insert(id, ChannelParts { channel: self.channel, policy });
        Ok(())
    }
}

impl DeskSetup {
    /// A desk that gets a case with the first message.
    pub fn new(desk: Arc<dyn Desk>) -> Self {
        Self {
            desk,
            directory: None,
            webhook: None,
            feed: None,
            open_case: OpenCase::FirstMessage,
            create_contacts: false,
            fields: Vec::new(),
        }
    }

    /// Sets where customers are looked up; with `create`, whoever is not found is entered there.
    #[must_use]
    pub fn directory(mut self, directory: Arc<dyn Directory>, create: bool) -> Self {
        self.directory = Some(directory);
        self.create_contacts = create;
        self
    }

    /// Sets what reads the desk's requests.
    #[must_use]
    pub fn webhook(mut self, webhook: Arc<dyn Webhook>) -> Self {
        self.webhook = Some(webhook);
        self
    }

    /// Sets what is read after a request that says only that there is something to read.
    #[must_use]
    pub fn feed(mut self, feed: Arc<dyn Feed>) -> Self {
        self.feed = Some(feed);
        self
    }

    /// Sets when a case is opened.
    #[must_use]
    pub fn open_case(mut self, when: OpenCase) -> Self {
        self.open_case = when;
        self
    }

    /// Sets the columns that the assistant may fill.
    #[must_use]
    pub fn fields(mut self, fields: Vec<FieldSpec>) -> Self {
        self.fields = fields;
        self
    }

    fn join(self, parts: &mut Parts) -> Result<(), SetupError> {
        let id = self.desk.id().clone();
        if parts.desks.contains_key(&id) {
            return Err(SetupError::DoubleName(id.as_str().into()));
        }
        let capabilities = self.desk.capabilities();
        let policy = DeskPolicy {
            open_case: self.open_case,
            directory: self.directory.is_some(),
            create_contacts: self.create_contacts,
            assignment_takes_control: capabilities.assignment_takes_control,
            fields: self.fields,
            ..DeskPolicy::new(id.clone())
        };
        let account = capabilities.account;
        parts.serve(Destination::Desk(id.clone()), account.clone(), capabilities.batch);
        if let Some(directory) = &self.directory {
            parts.serve(Destination::Directory(id.clone()), directory.account(), 1);
        }
        let source = Source::Desk(id.clone());
        parts.listen(format!("desks/{id}"), source, self.webhook, self.feed, account);
        parts.desks.insert(id, DeskParts { desk: self.desk, directory: self.directory, policy });
        Ok(())
    }
}

impl Parts {
    fn serve(&mut self, destination: Destination, account: Account, batch: usize) {
        self.served.push(Served { destination, account, batch });
    }

    fn listen(
        &mut self,
        name: String,
        source: Source,
        webhook: Option<Arc<dyn Webhook>>,
        feed: Option<Arc<dyn Feed>>,
        account: Account,
    ) {
        if let Some(feed) = feed {
            self.serve(Destination::Feed(source.clone()), account, 1);
            self.feeds.insert(source.clone(), feed);
        }
        if let Some(webhook) = webhook {
            self.webhooks.insert(name, (source, webhook));
        }
    }

    /// The accounts that calls count against, each once.
    pub(crate) fn accounts(&self) -> Vec<AccountId> {
        let mut accounts: Vec<_> = self.served.iter().map(|s| s.account.id.clone()).collect();
        accounts.sort_unstable();
        accounts.dedup();
        accounts
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
