//! What a host may choose. Data, not code.

use chrono::TimeDelta;

use crate::assistant::FieldSpec;
use crate::id::{ChannelId, DeskId};
use crate::message::Message;

/// Choices that hold for all conversations of a tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// How long a case waits for the directory before it is opened without a contact.
    pub lookup_deadline: TimeDelta,
    /// How long a handoff waits for the assistant's summary.
    pub summary_deadline: TimeDelta,
    /// How soon a person should act on a handoff before an alarm is raised. Wall-clock time.
    pub accept_deadline: TimeDelta,
    /// How old an assistant's reply may be when it is sent.
    pub answer_max_age: TimeDelta,
    /// How long the assistant may fail before a person is asked.
    pub assistant_give_up: TimeDelta,
    /// How long sending to a customer is tried.
    pub customer_give_up: TimeDelta,
    /// How long the desk is tried before the job is parked.
    pub desk_give_up: TimeDelta,
    /// How long an uncertain send is looked for before a person is asked.
    pub uncertain_after: TimeDelta,
    /// How long after it was taken a message of which the provider tells nothing is asked for by the
    /// name under which it was taken, where the channel can be asked.
    pub confirm_after: TimeDelta,
    /// Whether an uncertain send goes out again instead of being shown to a person.
    pub uncertain_again: bool,
    /// What the customer is told when a person is asked because the assistant failed.
    pub handoff_notice: Option<String>,
}

/// Choices for one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelPolicy {
    /// The channel.
    pub channel: ChannelId,
    /// The desk that helps, if any.
    pub desk: Option<DeskId>,
    /// Whether that desk hosts the channel.
    pub hosted: bool,
    /// Whether it can be asked what became of a message, by the name under which that was taken.
    pub confirms: bool,
    /// Whether it sends e-mail.
    pub mail: bool,
    /// Whether the assistant answers. Without it every conversation goes straight to a person.
    pub assistant: bool,
    /// How long nobody says anything before a conversation that the assistant has is over.
    pub inactivity: Option<TimeDelta>,
    /// Which case a new conversation goes on.
    pub append: AppendTo,
}

/// Which case a new conversation goes on. Complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AppendTo {
    /// On the open case of the same customer on the channel, if there is one.
    #[default]
    OpenCase,
    /// Always on one of its own.
    Never,
}

/// Choices for one desk.
#[derive(Clone, Debug, PartialEq)]
pub struct DeskPolicy {
    /// The desk.
    pub desk: DeskId,
    /// When a case is opened.
    pub open_case: OpenCase,
    /// Whether the desk has a directory to look customers up in.
    pub directory: bool,
    /// Whether a customer whom the directory does not know is entered there.
    pub create_contacts: bool,
    /// Whether giving a case to a person means that this person speaks.
    pub assignment_takes_control: bool,
    /// The columns that the assistant may fill.
    pub fields: Vec<FieldSpec>,
    /// How long after it was resolved a case is opened again by a new conversation.
    pub reopen: TimeDelta,
    /// Whether the desk takes the files of messages.
    pub files: bool,
}

/// When a case is opened. Complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OpenCase {
    /// With the customer's first message.
    #[default]
    FirstMessage,
    /// Only when a person is needed.
    Handoff,
}

/// What [`decide`](crate::decide::decide) may know besides the conversation.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The tenant's choices.
    pub policy: &'a Policy,
    /// The channel's.
    pub channel: &'a ChannelPolicy,
    /// The desk's, if one helps.
    pub desk: Option<&'a DeskPolicy>,
    /// How many parts the channel cuts a message into: pure, at least 1.
    pub parts: &'a dyn Fn(&Message) -> usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            lookup_deadline: TimeDelta::seconds(5),
            summary_deadline: TimeDelta::seconds(5),
            accept_deadline: TimeDelta::minutes(15),
            answer_max_age: TimeDelta::minutes(15),
            assistant_give_up: TimeDelta::minutes(2),
            customer_give_up: TimeDelta::hours(1),
            desk_give_up: TimeDelta::hours(24),
            uncertain_after: TimeDelta::minutes(5),
            confirm_after: TimeDelta::minutes(5),
            uncertain_again: false,
            handoff_notice: Some("A colleague will take it from here.".into()),
        }
    }
}

impl ChannelPolicy {
    /// A channel on which the assistant answers and no desk helps.
    pub fn new(channel: ChannelId) -> Self {
        Self {
            channel,
            desk: None,
            hosted: false,
            confirms: false,
            mail: false,
            assistant: true,
            inactivity: None,
            append: AppendTo::OpenCase,
        }
    }
}

impl DeskPolicy {
    /// A desk that gets a case with the first message.
    pub fn new(desk: DeskId) -> Self {
        Self {
            desk,
            open_case: OpenCase::FirstMessage,
            directory: false,
            create_contacts: false,
            assignment_takes_control: false,
            fields: Vec::new(),
            reopen: TimeDelta::zero(),
            files: false,
        }
    }
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("channel", &self.channel)
            .field("desk", &self.desk)
            .finish_non_exhaustive()
    }
}
