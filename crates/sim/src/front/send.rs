//! What becomes of a message that Front has accepted.

use chrono::{DateTime, Utc};

use super::State;
use super::config::PARTNER;
use super::data::{Channel, Direction, Source, Target};

/// What becomes of messages to a handle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sending {
    /// They arrive.
    Delivers,
    /// They are processed, told as sent, and then fail: `sending_error`.
    Fails {
        /// The message's `error_type`.
        error: String,
    },
    /// They are accepted and never heard of again.
    Silent,
    /// They arrive or fail, and no event says so: only who asks for them by id or by what `202`
    /// answered hears of it.
    Untold {
        /// The message's `error_type`, if it fails.
        error: Option<String>,
    },
}

impl State {
    /// Sends what has been written, now or by and by.
    pub(crate) fn dispatch(&mut self, index: usize, source: Source, now: DateTime<Utc>) {
        let (conversation, to) = {
            let message = &self.messages[index];
            (message.conversation.clone(), message.to.first().cloned().unwrap_or_default())
        };
        let earlier = &self.messages[..index];
        let replies = earlier.iter().rev().any(|earlier| {
            earlier.conversation == conversation && earlier.direction == Direction::Inbound
        });
        self.messages[index].replies = replies;
        if self.sent_by(index).is_some_and(|channel| channel.kind == PARTNER) {
            self.messages[index].processed = Some(now);
            self.messages[index].awaits = true;
            self.deliver(index, now);
            return;
        }
        let sending = self.sending.get(&to).cloned().unwrap_or(Sending::Delivers);
        if sending == Sending::Silent {
            return;
        }
        let processed = now + self.config.processed_after;
        self.messages[index].processed = Some(processed);
        if let Sending::Untold { error } = sending {
            let failed = now + self.config.sent_after;
            self.messages[index].failure = error.map(|error| (failed, error));
            return;
        }
        self.tell_sent(index, source, processed);
        if let Sending::Fails { error } = sending {
            self.refuse(index, &error, now + self.config.sent_after);
        }
    }

    /// A message is out.
    pub(crate) fn tell_sent(&mut self, index: usize, source: Source, at: DateTime<Utc>) {
        let message = &self.messages[index];
        let kind = if message.replies { "out_reply" } else { "outbound" };
        let conversation = message.conversation.clone();
        self.emit(kind, &conversation, source, Target::Message(index), at);
    }

    /// A message has failed.
    pub(crate) fn refuse(&mut self, index: usize, error: &str, at: DateTime<Utc>) {
        let message = &mut self.messages[index];
        message.failure = Some((at, error.to_owned()));
        let conversation = message.conversation.clone();
        let inbox = self.conversation(&conversation).map(|held| held.inbox.clone());
        let source = Source::Inboxes(inbox.unwrap_or_default());
        self.emit("sending_error", &conversation, source, Target::Message(index), at);
    }

    fn sent_by(&self, index: usize) -> Option<&Channel> {
        let conversation = self.conversation(&self.messages[index].conversation)?;
        self.channel(conversation.channel.as_deref()?)
    }
}
