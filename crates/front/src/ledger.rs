//! What was sent lately.
//!
//! Front's list shows no name of ours for a message, and not the `message_uid` by which it took it;
//! so a reply that Front tells of is known again by its conversation and text.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use handover_core::id::{ChannelId, Key};

use crate::encode;

/// Replies that this process sent, and conversations that it let go of. Bounded.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    sent: VecDeque<Sent>,
    let_go: VecDeque<Box<str>>,
}

struct Sent {
    conversation: Box<str>,
    text: u64,
    key: Key,
    channel: ChannelId,
    /// What Front calls it, once it told.
    message: Option<Box<str>>,
}

impl Ledger {
    /// Front took a reply.
    pub(crate) fn took(&self, conversation: &str, text: &str, key: Key, channel: &ChannelId) {
        let sent = Sent {
            conversation: conversation.into(),
            text: digest(text),
            key,
            channel: channel.clone(),
            message: None,
        };
        let mut pages = self.pages();
        pages.sent.push_back(sent);
        if pages.sent.len() > MOST {
            pages.sent.pop_front();
        }
    }

    /// The reply that `message` is: the oldest with this text that is no other message. Asked
    /// again, it tells the same.
    pub(crate) fn find(
        &self,
        conversation: &str,
        message: &str,
        text: &str,
    ) -> Option<(Key, ChannelId)> {
        let text = digest(text);
        let mut pages = self.pages();
        let known = |sent: &Sent| sent.message.as_deref() == Some(message);
        let new = |sent: &Sent| {
            sent.message.is_none() && *sent.conversation == *conversation && sent.text == text
        };
        let at = pages.sent.iter().position(known).or_else(|| pages.sent.iter().position(new))?;
        let sent = pages.sent.get_mut(at)?;
        sent.message = Some(message.into());
        Some((sent.key, sent.channel.clone()))
    }

    /// We took the AI off a conversation, to hand it to people.
    pub(crate) fn let_go(&self, conversation: &str) {
        let mut pages = self.pages();
        pages.let_go.push_back(conversation.into());
        if pages.let_go.len() > MOST {
            pages.let_go.pop_front();
        }
    }

    /// Whether it was us who left a conversation to nobody.
    pub(crate) fn was_let_go(&self, conversation: &str) -> bool {
        self.pages().let_go.iter().any(|known| **known == *conversation)
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    encode::folded(text).hash(&mut hasher);
    hasher.finish()
}

const MOST: usize = 4_096;
