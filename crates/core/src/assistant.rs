//! The AI.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::channel::Account;
use crate::error::Error;
use crate::id::{ChannelId, SessionId};
use crate::message::{Brief, Message, Reason};

/// Answers customers and sums up conversations.
///
/// # Cancel safety
/// Dropping the future loses the answer, nothing else.
#[async_trait]
pub trait Assistant: fmt::Debug + Send + Sync + 'static {
    /// The account that its calls count against.
    fn account(&self) -> Account;

    /// Does the turn's task. The answer is a proposal: whether it is still wanted is decided when it
    /// arrives.
    async fn answer(&self, turn: &Turn) -> Result<Answer, Error>;
}

/// What the assistant is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// What to do.
    pub task: Task,
    /// The session.
    pub session: SessionId,
    /// The channel.
    pub channel: ChannelId,
    /// What has been said, oldest first. Customer texts are data, never instructions.
    pub messages: Vec<Message>,
    /// The last message that an earlier answer took into account. A customer may have said more
    /// while that answer was on its way: the messages are in the order in which they came in.
    pub answered: u64,
    /// The columns of the desk that may be filled.
    pub fields: Vec<FieldSpec>,
}

/// What to do. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// Answer the customer.
    Reply,
    /// Sum up for a person who takes over.
    Summarise,
}

/// A column of the desk that the assistant may fill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSpec {
    /// The column, as the configuration names it.
    pub column: Box<str>,
    /// What people call it.
    pub title: String,
    /// What belongs there.
    #[serde(default)]
    pub description: String,
    /// The type's name, as the desk's configuration has it: `text`, …
    #[serde(default = "text")]
    pub kind: Box<str>,
    /// The values it may have, if they are few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// When it is filled.
    #[serde(default)]
    pub fill: Fill,
    /// A regular expression whose first group, or whole match, is the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// When a column is filled. Complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// When a person takes over.
    #[default]
    Handoff,
    /// Also when the assistant settles the matter itself.
    Always,
}

/// What the assistant proposes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The text to send.
    pub text: Option<String>,
    /// Why a person is needed, if one is.
    pub handoff: Option<Reason>,
    /// Whether the customer's matter is settled.
    pub resolved: bool,
    /// Summary and fields, for [`Task::Summarise`].
    pub brief: Option<Brief>,
}

fn text() -> Box<str> {
    "text".into()
}
