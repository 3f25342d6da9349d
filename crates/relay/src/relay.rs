//! The relay: what the steps share.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use handover_core::archive::Archive;
use handover_core::assistant::Assistant;
use handover_core::blobs::Blobs;
use handover_core::channel::Channel;
use handover_core::clock::Clock;
use handover_core::decide::{Decision, Input, decide};
use handover_core::desk::Desk;
use handover_core::directory::Directory;
use handover_core::event::Source;
use handover_core::feed::Feed;
use handover_core::id::{ChannelId, DeskId, SessionId, TenantId};
use handover_core::matching::ContactMatcher;
use handover_core::message::Message;
use handover_core::policy::{ChannelPolicy, DeskPolicy, Policy, World};
use handover_core::session::{Conversation, Session};
use handover_core::store::{Served, Store};
use handover_core::webhook::Webhook;
use url::Url;

use crate::builder::Builder;

/// Brings customers, an assistant and people at a desk together.
///
/// It is made of steps ([`Relay::accept`], [`Relay::work_one`], [`Relay::tick`]) that spawn nothing
/// and know no runtime; [`runner`](crate::runner) drives them on tokio. Clones share everything.
///
/// All that counts is in the store: a relay may be dropped at any moment.
#[derive(Clone)]
pub struct Relay {
    pub(crate) parts: Arc<Parts>,
}

/// Makes the link to a session's page.
pub type Links = dyn Fn(SessionId, DateTime<Utc>) -> Option<Url> + Send + Sync;

pub(crate) struct Parts {
    pub(crate) tenant: TenantId,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) archive: Arc<dyn Archive>,
    pub(crate) blobs: Option<Arc<dyn Blobs>>,
    pub(crate) assistant: Option<Arc<dyn Assistant>>,
    pub(crate) matcher: Arc<dyn ContactMatcher>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) policy: Policy,
    pub(crate) channels: BTreeMap<ChannelId, ChannelParts>,
    pub(crate) desks: BTreeMap<DeskId, DeskParts>,
    pub(crate) webhooks: HashMap<String, (Source, Arc<dyn Webhook>)>,
    pub(crate) feeds: BTreeMap<Source, Arc<dyn Feed>>,
    pub(crate) served: Vec<Served>,
    pub(crate) links: Option<Arc<Links>>,
    pub(crate) public_url: Option<Url>,
    pub(crate) lease: Duration,
    pub(crate) file_limit: u64,
}

pub(crate) struct ChannelParts {
    pub(crate) channel: Arc<dyn Channel>,
    pub(crate) policy: ChannelPolicy,
}

pub(crate) struct DeskParts {
    pub(crate) desk: Arc<dyn Desk>,
    pub(crate) directory: Option<Arc<dyn Directory>>,
    pub(crate) policy: DeskPolicy,
}

impl Relay {
    /// Starts to put a relay together.
    pub fn builder(tenant: TenantId) -> Builder {
        Builder::new(tenant)
    }

    /// Whose relay it is.
    pub fn tenant(&self) -> &TenantId {
        &self.parts.tenant
    }

    /// The store's other face.
    pub fn archive(&self) -> &Arc<dyn Archive> {
        &self.parts.archive
    }

    /// The feeds that can be polled.
    pub fn feeds(&self) -> impl Iterator<Item = &Source> {
        self.parts.feeds.keys()
    }
}

impl Parts {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Decides with what is known of the session's channel and desk.
    ///
    /// A channel that is no longer configured has jobs to be settled still; nothing new is said.
    pub(crate) fn decide(
        &self,
        conversation: &mut Conversation,
        input: Input,
        now: DateTime<Utc>,
    ) -> Decision {
        let session = &conversation.session;
        let channel = self.channels.get(&session.channel);
        let retired = ChannelPolicy {
            desk: session.desk.clone(),
            hosted: session.hosted,
            assistant: false,
            ..ChannelPolicy::new(session.channel.clone())
        };
        let parts = |message: &Message| channel.map_or(1, |c| c.channel.parts(message).len());
        let world = World {
            policy: &self.policy,
            channel: channel.map_or(&retired, |channel| &channel.policy),
            desk: self.desk_of(session).map(|desk| &desk.policy),
            parts: &parts,
        };
        decide(&world, conversation, input, now)
    }

    pub(crate) fn desk_of(&self, session: &Session) -> Option<&DeskParts> {
        self.desks.get(session.desk.as_ref()?)
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("tenant", &self.parts.tenant).finish_non_exhaustive()
    }
}
