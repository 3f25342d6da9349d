//! The names that Front gives to things: a prefix and a number in base 36.
//!
//! Source: dev.frontapp.com, core API reference; community.front.com thread 85 (a later event has a
//! larger number). Digest of 2026-11-20.

use std::fmt;

/// What was given is not an id of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id of Front is a prefix such as `cnv_` and letters and digits")]
pub struct InvalidId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl $name {
            /// The id, if it has the prefix of its kind and letters and digits behind it.
            ///
            /// # Errors
            /// [`InvalidId`] otherwise.
            pub fn new(text: &str) -> Result<Self, InvalidId> {
                if is_id(text, $prefix) { Ok(Self(text.into())) } else { Err(InvalidId) }
            }

            /// The id as Front writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// A channel: a number, mailbox or widget that is connected to Front.
    ChannelId, "cha_"
}
id! {
    /// A company: whose token or webhook it is.
    CompanyId, "cmp_"
}
id! {
    /// A contact.
    ContactId, "crd_"
}
id! {
    /// A conversation.
    ConversationId, "cnv_"
}
id! {
    /// An event.
    EventId, "evt_"
}
id! {
    /// An inbox.
    InboxId, "inb_"
}
id! {
    /// A message.
    MessageId, "msg_"
}
id! {
    /// A tag.
    TagId, "tag_"
}
id! {
    /// A teammate, a person or the AI.
    TeammateId, "tea_"
}

impl EventId {
    /// The event's place among all events: a larger one is later.
    pub fn order(&self) -> u128 {
        order(&self.0)
    }
}

/// The number of an id. What does not fit is the latest of all.
pub(crate) fn order(id: &str) -> u128 {
    let number = id.rsplit('_').next().unwrap_or_default();
    u128::from_str_radix(number, 36).unwrap_or(u128::MAX)
}

fn is_id(text: &str, prefix: &str) -> bool {
    let is_plain = |rest: &str| {
        (1..=60).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    text.strip_prefix(prefix).is_some_and(is_plain)
}

#[cfg(test)]
mod tests;
