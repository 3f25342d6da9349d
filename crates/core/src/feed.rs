//! What a source can be asked again.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::event::Event;

/// What a source can be asked again: a list of messages, the rows of a case, the changes since.
///
/// Push, poll and replay share this path: whatever arrives twice has the same event id.
///
/// # Cancel safety
/// Dropping the future has no effect; the next pull says it again.
#[async_trait]
pub trait Feed: fmt::Debug + Send + Sync + 'static {
    /// What the feed is like.
    fn capabilities(&self) -> FeedCapabilities;

    /// One page of facts.
    ///
    /// With [`Scope::All`] the page follows `after` and tells the next cursor; without a cursor it
    /// begins at a place the feed chooses (usually now, or a little before). With
    /// [`Scope::Thread`] it is the tail of that conversation, and no cursor moves.
    ///
    /// # Errors
    /// Any [`Error`]; a cursor it does not understand is read as none.
    async fn pull(&self, scope: &Scope, after: Option<&Cursor>) -> Result<Page, Error>;
}

/// What a feed is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FeedCapabilities {
    /// Whether it shows everybody's rows, so that a row that matches nothing is of no concern.
    pub foreign: bool,
}

/// How much of a feed to read. Complete.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything since the cursor.
    All,
    /// The tail of one conversation, under the source's name for it.
    Thread(Box<str>),
}

/// A place in a feed. Opaque but to the feed that made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub Box<str>);

/// One page of a feed.
#[derive(Debug, Default)]
pub struct Page {
    /// Facts, oldest first.
    pub events: Vec<Event>,
    /// Rows that are of no concern, or not yet; they return when they change.
    pub ignored: u32,
    /// Where the next page begins; `None` leaves the cursor where it is.
    pub next: Option<Cursor>,
    /// Whether there is more to read at once.
    pub more: bool,
}

impl FeedCapabilities {
    /// A feed of our own rows, or (`foreign`) of everybody's.
    pub fn new(foreign: bool) -> Self {
        Self { foreign }
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::All => "All",
            Self::Thread(_) => "Thread",
        })
    }
}
