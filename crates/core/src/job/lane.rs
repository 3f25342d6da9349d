//! Queues of jobs, and where their calls go.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::Source;
use crate::feed::Scope;
use crate::id::{CaseId, ChannelId, DeskId, SessionId};

/// A queue of jobs in order: one claim at a time.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lane {
    /// What the order belongs to.
    pub owner: LaneOwner,
    /// Where its calls go.
    pub destination: Destination,
}

/// What the order of a lane belongs to. Complete.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaneOwner {
    /// A case, shared by all sessions on it.
    Case(CaseId),
    /// A scope of a feed.
    Feed(Scope),
    /// A session.
    Session(SessionId),
}

/// Where a lane's calls go. Complete.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// The assistant.
    Assistant,
    /// A channel, to send.
    Channel(ChannelId),
    /// A desk.
    Desk(DeskId),
    /// A desk's directory.
    Directory(DeskId),
    /// A feed.
    Feed(Source),
    /// A channel, to fetch files.
    Media(ChannelId),
    /// A channel, to ask what became of what was sent: nothing that is sent waits for that.
    Receipts(ChannelId),
}

impl Lane {
    /// A lane of a session.
    pub fn session(session: SessionId, destination: Destination) -> Self {
        Self { owner: LaneOwner::Session(session), destination }
    }

    /// The desk lane of a case.
    pub fn case(case: CaseId, desk: &DeskId) -> Self {
        Self { owner: LaneOwner::Case(case), destination: Destination::Desk(desk.clone()) }
    }

    /// The lane in which a scope of a feed is read.
    pub fn feed(source: &Source, scope: Scope) -> Self {
        Self { owner: LaneOwner::Feed(scope), destination: Destination::Feed(source.clone()) }
    }

    /// One text that is unique, for a store's index.
    pub fn to_text(&self) -> String {
        let destination = self.destination.to_text();
        match &self.owner {
            LaneOwner::Case(case) => format!("case|{case}|{destination}"),
            LaneOwner::Feed(Scope::All) => format!("feed|all|{destination}"),
            LaneOwner::Feed(Scope::Thread(thread)) => format!("feed|one|{destination}|{thread}"),
            LaneOwner::Session(session) => format!("session|{session}|{destination}"),
        }
    }
}

impl Destination {
    /// One text that is unique, for a store's index.
    pub fn to_text(&self) -> String {
        match self {
            Self::Assistant => "assistant".into(),
            Self::Channel(channel) => format!("channel|{channel}"),
            Self::Desk(desk) => format!("desk|{desk}"),
            Self::Directory(desk) => format!("directory|{desk}"),
            Self::Feed(Source::Channel(channel)) => format!("feed|channel|{channel}"),
            Self::Feed(Source::Desk(desk)) => format!("feed|desk|{desk}"),
            Self::Media(channel) => format!("media|{channel}"),
            Self::Receipts(channel) => format!("receipts|{channel}"),
        }
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lane").field(&self.owner).field(&self.destination).finish()
    }
}

impl fmt::Debug for LaneOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(case) => write!(f, "case {case}"),
            Self::Feed(scope) => write!(f, "feed {scope:?}"),
            Self::Session(session) => write!(f, "session {session}"),
        }
    }
}
