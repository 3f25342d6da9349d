//! One Front as the relay sees it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use handover_core::channel::Account;
use handover_core::id::ChannelId;

use crate::client::Client;
use crate::config::DeskConfig;
use crate::ids::TagId;

/// A Front as a desk, its directory, its feed, its webhook and its doctor; the channels that it
/// hosts are [`Front::channel`].
///
/// Cheap to clone. Clones share the client and the ids of tags; nothing that is lost with the process
/// matters.
#[derive(Clone)]
pub struct Front(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) client: Client,
    pub(crate) config: DeskConfig,
    pub(crate) tags: Mutex<HashMap<String, TagId>>,
}

/// A channel that Front hosts: inboxes whose conversations the AI teammate answers.
///
/// It is a [`Channel`](handover_core::channel::Channel); what comes in is told by the desk's
/// webhook and feed. Clones share what [`Front`]'s do.
#[derive(Clone)]
pub struct HostedChannel {
    pub(crate) front: Front,
    pub(crate) id: ChannelId,
}

impl Front {
    /// A desk over `client`.
    pub fn new(client: Client, config: DeskConfig) -> Self {
        Self(Arc::new(Shared { client, config, tags: Mutex::default() }))
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// The channel `id`, if the configuration gives it inboxes.
    pub fn channel(&self, id: &ChannelId) -> Option<HostedChannel> {
        let known = self.config().inboxes.values().any(|channel| channel == id);
        known.then(|| HostedChannel { front: self.clone(), id: id.clone() })
    }

    /// All channels that the configuration gives inboxes.
    pub fn channels(&self) -> Vec<HostedChannel> {
        let hosted = |id| HostedChannel { front: self.clone(), id };
        self.config().channels().into_iter().map(hosted).collect()
    }

    pub(crate) fn config(&self) -> &DeskConfig {
        &self.0.config
    }

    pub(crate) fn account(&self) -> Account {
        self.config().account.clone()
    }
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front").field("desk", &self.config().desk).finish_non_exhaustive()
    }
}

impl fmt::Debug for HostedChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostedChannel").field("id", &self.id).finish_non_exhaustive()
    }
}
