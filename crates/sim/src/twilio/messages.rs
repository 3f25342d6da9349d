//! The messages of an account, in the order in which it took them.

use std::collections::HashMap;
use std::ops::Deref;

use chrono::{DateTime, Utc};

use super::Message;

/// The messages of an account, in the order in which it took them.
#[derive(Debug, Default)]
pub(super) struct Messages {
    all: Vec<Message>,
    /// When the last of each message and those before it is sent: so far back a list need look.
    sent_by: Vec<DateTime<Utc>>,
    /// Each message by its sid, counted from the account's first.
    places: HashMap<String, usize>,
    forgotten: usize,
}

impl Messages {
    pub(super) fn push(&mut self, message: Message) {
        let sent = message.timeline.iter().map(|step| step.at).max().unwrap_or(message.created);
        let before = self.sent_by.last().copied();
        self.sent_by.push(before.map_or(sent, |before| before.max(sent)));
        self.places.insert(message.sid.clone(), self.forgotten + self.all.len());
        self.all.push(message);
    }

    pub(super) fn called(&self, sid: &str) -> Option<&Message> {
        self.all.get(self.place(sid)?)
    }

    /// All that may have been sent since `time`, newest first, from behind the message `after`.
    pub(super) fn since(
        &self,
        time: DateTime<Utc>,
        after: Option<&str>,
    ) -> impl Iterator<Item = &Message> {
        let first = self.sent_by.partition_point(|sent| *sent < time);
        let end = after.and_then(|sid| self.place(sid)).unwrap_or(self.all.len());
        self.all[first.min(end)..end].iter().rev()
    }

    /// Forgets those from before `time`, and says how many they were.
    pub(super) fn forget_before(&mut self, time: DateTime<Utc>) -> usize {
        let old = self.all.partition_point(|message| message.created < time);
        for message in self.all.drain(..old) {
            self.places.remove(&message.sid);
        }
        self.forgotten += old;
        self.sent_by.drain(..old);
        old
    }

    fn place(&self, sid: &str) -> Option<usize> {
        self.places.get(sid).map(|place| place - self.forgotten)
    }
}

impl Deref for Messages {
    type Target = [Message];

    fn deref(&self) -> &[Message] {
        &self.all
    }
}
