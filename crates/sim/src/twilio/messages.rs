//! The messages of an account, in the order in which it took them.

use std::ops::Deref;

use chrono::{DateTime, Utc};

use super::Message;

/// The messages of an account, in the order in which it took them.
#[derive(Debug, Default)]
pub(super) struct Messages {
    all: Vec<Message>,
    /// When the last of each message and those before it is sent: so far back a list need look.
    sent_by: Vec<DateTime<Utc>>,
}

impl Messages {
    pub(super) fn push(&mut self, message: Message) {
        let sent = message.timeline.iter().map(|step| step.at).max().unwrap_or(message.created);
        let before = self.sent_by.last().copied();
        self.sent_by.push(before.map_or(sent, |before| before.max(sent)));
        self.all.push(message);
    }

    /// All that may have been sent since `time`, newest first.
    pub(super) fn since(&self, time: DateTime<Utc>) -> impl Iterator<Item = &Message> {
        self.all[self.sent_by.partition_point(|sent| *sent < time)..].iter().rev()
    }

    /// Forgets those from before `time`, and says how many they were.
    pub(super) fn forget_before(&mut self, time: DateTime<Utc>) -> usize {
        let old = self.all.partition_point(|message| message.created < time);
        self.all.drain(..old);
        self.sent_by.drain(..old);
        old
    }
}

impl Deref for Messages {
    type Target = [Message];

    fn deref(&self) -> &[Message] {
        &self.all
    }
}
