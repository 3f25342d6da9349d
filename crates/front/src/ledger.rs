//! What was sent lately.
//!
//! Front shows no name of ours for a message, and the `message_uid` by which it took it is in none of
//! its documented rows; so a reply that Front tells of is known again by its conversation and text,
//! unless the uid is there after all.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use handover_core::id::{ChannelId, Key};

use crate::encode;
use crate::rows::Message;

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
    /// Under which name Front took it, once it did.
    uid: Option<Box<str>>,
    /// What Front calls it, once it told.
    message: Option<Box<str>>,
}

impl Ledger {
    /// A reply is about to go out, perhaps once more.
    pub(crate) fn sends(&self, conversation: &str, text: &str, key: Key, channel: &ChannelId) {
        let sent = Sent {
            conversation: conversation.into(),
            text: digest(text),
            key,
            channel: channel.clone(),
            uid: None,
            message: None,
        };
        let mut pages = self.pages();
        pages.sent.retain(|known| known.key != key || known.message.is_some());
        pages.sent.push_back(sent);
        if pages.sent.len() > MOST {
            pages.sent.pop_front();
        }
    }

    /// Front took it, under this name.
    pub(crate) fn took(&self, key: Key, uid: &str) {
        let mut pages = self.pages();
        if let Some(sent) = pages.sent.iter_mut().rev().find(|sent| sent.key == key) {
            sent.uid = Some(uid.into());
        }
    }

    /// The reply that `message` is: the one that was taken under its uid, or the oldest with this
    /// text that is no other message. Asked again, it tells the same.
    pub(crate) fn find(
        &self,
        conversation: &str,
        message: &Message,
        text: &str,
    ) -> Option<(Key, ChannelId)> {
        let text = digest(text);
        let mut pages = self.pages();
        let uid = message.message_uid.as_deref().filter(|uid| !uid.is_empty());
        let known = |sent: &Sent| {
            sent.message.as_deref() == Some(&message.id)
                || uid.is_some() && sent.uid.as_deref() == uid
        };
        let new = |sent: &Sent| {
            sent.message.is_none() && *sent.conversation == *conversation && sent.text == text
        };
        let at = pages.sent.iter().position(known).or_else(|| pages.sent.iter().position(new))?;
        let sent = pages.sent.get_mut(at)?;
        sent.message = Some(message.id.as_str().into());
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

    /// The AI has a conversation again.
    pub(crate) fn taken_up(&self, conversation: &str) {
        self.pages().let_go.retain(|known| **known != *conversation);
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
