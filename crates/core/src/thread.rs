//! Addresses of conversations, as each side names them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{ChannelId, DeskId, Key, SessionId};
use crate::identity::Identity;

/// An address of a conversation as one side names it.
///
/// A session has several: the reply thread on its channel, the customer's thread, its own id, and
/// the case on the desk. `Debug` shows the side only, because a channel's address may be a phone
/// number.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Thread {
    /// Whose name it is.
    pub side: Side,
    /// The name, unique on that side.
    pub address: Box<str>,
}

/// Whose name a thread is. Complete.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// A channel's: `{our address}|{customer's address}`, `cnv_…`, a Message-ID.
    Channel(ChannelId),
    /// A customer on a channel, whichever of our addresses they write to. It tells which session
    /// came before, never which one an event belongs to.
    Customer(ChannelId),
    /// A desk's: the id of a case.
    Desk(DeskId),
    /// Ours: the id of the session. Resolved without being stored.
    Session,
}

impl Thread {
    /// A conversation on a channel, under the channel's name for it.
    pub fn channel(channel: &ChannelId, address: impl Into<Box<str>>) -> Self {
        Self { side: Side::Channel(channel.clone()), address: address.into() }
    }

    /// All that one customer says on a channel, whichever of our addresses they write to.
    pub fn customer(channel: &ChannelId, customer: &Identity) -> Self {
        let address = format!("{}|{}", customer.scheme, customer.value).into();
        Self { side: Side::Customer(channel.clone()), address }
    }

    /// A case on a desk.
    pub fn case(desk: &DeskId, case: impl Into<Box<str>>) -> Self {
        Self { side: Side::Desk(desk.clone()), address: case.into() }
    }

    /// A session, by our own id.
    pub fn session(session: SessionId) -> Self {
        Self { side: Side::Session, address: session.to_string().into() }
    }

    /// The session that made `key`, for a provider that tells the key back.
    pub fn of_send(key: &Key) -> Option<Self> {
        key.sent().map(|(session, _, _)| Self::session(session))
    }

    /// Whether it names a customer rather than a conversation.
    pub fn is_customer(&self) -> bool {
        matches!(self.side, Side::Customer(_))
    }

    /// The session, where the thread names one.
    pub fn as_session(&self) -> Option<SessionId> {
        (self.side == Side::Session).then(|| self.address.parse().ok())?
    }

    /// One text that is unique over all sides, for a store's index.
    pub fn to_text(&self) -> String {
        match &self.side {
            Side::Channel(channel) => format!("channel|{channel}|{}", self.address),
            Side::Customer(channel) => format!("customer|{channel}|{}", self.address),
            Side::Desk(desk) => format!("desk|{desk}|{}", self.address),
            Side::Session => format!("session|{}", self.address),
        }
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread").field("side", &self.side).finish_non_exhaustive()
    }
}
