//! The channels and desks of a relay, and what goes with each.

use std::sync::Arc;

use chrono::TimeDelta;
use handover_core::assistant::FieldSpec;
use handover_core::channel::{Account, Channel};
use handover_core::desk::Desk;
use handover_core::directory::Directory;
use handover_core::event::Source;
use handover_core::feed::Feed;
use handover_core::id::{AccountId, DeskId};
use handover_core::job::Destination;
use handover_core::policy::{AppendTo, ChannelPolicy, DeskPolicy, OpenCase};
use handover_core::store::Served;
use handover_core::webhook::Webhook;

use crate::builder::SetupError;
use crate::relay::{ChannelParts, DeskParts, Parts};

/// A channel of a relay.
#[derive(Debug)]
pub struct ChannelSetup {
    channel: Arc<dyn Channel>,
    webhook: Option<Arc<dyn Webhook>>,
    feed: Option<Arc<dyn Feed>>,
    desk: Option<DeskId>,
    assistant: bool,
    inactivity: Option<TimeDelta>,
    append: AppendTo,
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
    reopen: TimeDelta,
}

impl ChannelSetup {
    /// A channel without a desk, on which the assistant answers.
    pub fn new(channel: Arc<dyn Channel>) -> Self {
        Self {
            channel,
            webhook: None,
            feed: None,
            desk: None,
            assistant: true,
            inactivity: None,
            append: AppendTo::OpenCase,
        }
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

    /// Sets which case a new conversation goes on.
    #[must_use]
    pub fn append(mut self, to: AppendTo) -> Self {
        self.append = to;
        self
    }

    pub(crate) fn join(self, parts: &mut Parts) -> Result<(), SetupError> {
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
            confirms: capabilities.confirms,
            mail: capabilities.mail,
            assistant: self.assistant,
            inactivity: self.inactivity,
            append: self.append,
            ..ChannelPolicy::new(id.clone())
        };
        let account = capabilities.account;
        parts.serve(Destination::Channel(id.clone()), account.clone(), 1);
        if capabilities.confirms {
            parts.serve(Destination::Receipts(id.clone()), account.clone(), 1);
        }
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
            reopen: TimeDelta::zero(),
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

    /// Opens a case again when the same customer writes so soon after it was resolved.
    #[must_use]
    pub fn reopen(mut self, within: TimeDelta) -> Self {
        self.reopen = within;
        self
    }

    pub(crate) fn join(self, parts: &mut Parts) -> Result<(), SetupError> {
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
            reopen: self.reopen,
            files: capabilities.files && parts.blobs.is_some(),
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
    pub(crate) fn serve(&mut self, destination: Destination, account: Account, batch: usize) {
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
