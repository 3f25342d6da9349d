//! Names and ids.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The namespace of every id we derive.
const NAMESPACE: Uuid = Uuid::from_u128(0x5b1e_8d0c_92f4_4c6b_a1d7_3e6f_0a94_c2b8);

/// A name was empty, too long or held a character outside `a-z A-Z 0-9 - _ .`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to 64 characters from a-z, A-Z, 0-9, '-', '_' and '.'")]
pub struct InvalidName;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name, if it is 1 to 64 characters from `a-z A-Z 0-9 - _ .`.
            ///
            /// # Errors
            /// [`InvalidName`] otherwise.
            pub fn new(name: impl AsRef<str>) -> Result<Self, InvalidName> {
                let name = name.as_ref();
                let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
                if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
                    return Err(InvalidName);
                }
                Ok(Self(name.into()))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(name: String) -> Result<Self, InvalidName> {
                Self::new(name)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.as_ref().into()
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

name! {
    /// What a provider limits and suspends as a whole, for instance a Twilio account.
    AccountId
}
name! {
    /// A channel: where the customer is. The name it has in the configuration.
    ChannelId
}
name! {
    /// A desk: where humans work. The name it has in the configuration.
    DeskId
}
name! {
    /// A customer of the host: nothing of one tenant ever meets another's.
    TenantId
}

/// One conversation while open.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub Uuid);

impl SessionId {
    /// The id of the session that `event` opens. The same event always gives the same session.
    pub fn derive(tenant: &TenantId, event: &EventId) -> Self {
        Self(derive(&["session", tenant.as_str(), event.as_str()]))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::str::FromStr for SessionId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// A case as we know it, from before the desk does: the row id of the `Open` that makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub Uuid);

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A person as we know them: derived from the identity, so a second look finds the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContactId(pub Uuid);

impl ContactId {
    /// The contact behind `value` of `scheme`, for one tenant.
    pub fn derive(tenant: &TenantId, scheme: &str, value: &str) -> Self {
        Self(derive(&["contact", tenant.as_str(), scheme, value]))
    }
}

/// Names a fact from outside, not its delivery: a redelivery has the same id.
///
/// It starts with the source's name, so two sources never meet: `sms-us:SM…`, `creatio:{row}`. A
/// later version of the same row has `@{version}` appended; see [`EventId::row`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(Box<str>);

impl EventId {
    /// The id of row `row` at `source`, in its first version.
    pub fn new(source: impl AsRef<str>, row: impl fmt::Display) -> Self {
        Self(format!("{}:{row}", source.as_ref()).into())
    }

    /// The id of a later version of the same row.
    #[must_use]
    pub fn version(&self, version: impl fmt::Display) -> Self {
        Self(format!("{} {version}", self.row()).into())
    }

    /// The id of the same row with another text.
    #[must_use]
    pub fn edited(&self, text: &str) -> Self {
        self.version(derive(&["edit", text]))
    }

    /// The same merge, decided once more because its other conversation was opened meanwhile.
    #[must_use]
    pub fn again(&self) -> Self {
        Self(format!("{}.again", self.row()).into())
    }

    /// The same merge, as a fact about the conversation that goes on.
    #[must_use]
    pub fn joined(&self) -> Self {
        Self(format!("{}.joined", self.row()).into())
    }

    /// The id without its version. What we wrote ourselves is recognised by it.
    pub fn row(&self) -> &str {
        self.0.split_once(' ').map_or(&self.0, |(row, _)| row)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names one effect outside. The same effect always has the same key, over crashes and retries.
///
/// Its text form (`{subject}.{effect}.{n}.{m}`) is safe in a URL; [`Key::uuid`] is the row id of
/// what it makes at a desk or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    subject: Uuid,
    effect: Effect,
    n: u64,
    m: u32,
}

/// What a key's effect is. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Effect {
    Amend,
    Contact,
    Entry,
    File,
    Handoff,
    Open,
    Send,
    Status,
}

impl Key {
    /// A later change of the case, number `n` of its session.
    pub fn amend(session: SessionId, n: u64) -> Self {
        Self { subject: session.0, effect: Effect::Amend, n, m: 0 }
    }

    /// Making a contact in a directory.
    pub fn contact(contact: ContactId) -> Self {
        Self { subject: contact.0, effect: Effect::Contact, n: 0, m: 0 }
    }

    /// The entry of message `seq` on the session's case.
    pub fn entry(session: SessionId, seq: u64) -> Self {
        Self { subject: session.0, effect: Effect::Entry, n: seq, m: 0 }
    }

    /// File `index` of message `seq`, at the desk.
    pub fn file(session: SessionId, seq: u64, index: usize) -> Self {
        let m = u32::try_from(index).unwrap_or(u32::MAX);
        Self { subject: session.0, effect: Effect::File, n: seq, m }
    }

    /// The handoff whose note is message `seq`.
    pub fn handoff(session: SessionId, seq: u64) -> Self {
        Self { subject: session.0, effect: Effect::Handoff, n: seq, m: 0 }
    }

    /// Opening the `n`th case of a session, from 0.
    pub fn open(session: SessionId, n: u64) -> Self {
        Self { subject: session.0, effect: Effect::Open, n, m: 0 }
    }

    /// Sending part `part` of message `seq`.
    pub fn send(session: SessionId, seq: u64, part: u16) -> Self {
        Self { subject: session.0, effect: Effect::Send, n: seq, m: part.into() }
    }

    /// Writing the case's status, the `n`th time.
    pub fn status(session: SessionId, n: u64) -> Self {
        Self { subject: session.0, effect: Effect::Status, n, m: 0 }
    }

    /// The same send, the `n`th time a person asked for it again.
    #[must_use]
    pub fn again(mut self, n: u16) -> Self {
        self.m = (self.m & 0xFFFF) | (u32::from(n) << 16);
        self
    }

    /// The id of the row that this key makes, wherever ids are ours to choose.
    pub fn uuid(&self) -> Uuid {
        derive(&["key", &self.to_string()])
    }

    /// The session, message and part of a send key.
    pub fn sent(&self) -> Option<(SessionId, u64, u16)> {
        let part = (self.m & 0xFFFF) as u16;
        (self.effect == Effect::Send).then_some((SessionId(self.subject), self.n, part))
    }

    /// Reads the text form back.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split('.');
        let subject = words.next()?.parse().ok()?;
        let effect = Effect::parse(words.next()?)?;
        let n = words.next()?.parse().ok()?;
        let m = words.next()?.parse().ok()?;
        words.next().is_none().then_some(Self { subject, effect, n, m })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}.{}", self.subject, self.effect.name(), self.n, self.m)
    }
}

impl Effect {
    const ALL: [Self; 8] = [
        Self::Amend,
        Self::Contact,
        Self::Entry,
        Self::File,
        Self::Handoff,
        Self::Open,
        Self::Send,
        Self::Status,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Amend => "amend",
            Self::Contact => "contact",
            Self::Entry => "entry",
            Self::File => "file",
            Self::Handoff => "handoff",
            Self::Open => "open",
            Self::Send => "send",
            Self::Status => "status",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effect| effect.name() == name)
    }
}

/// UUIDv5 over length-prefixed words, so that no two lists of words meet.
fn derive(words: &[&str]) -> Uuid {
    let mut name = String::new();
    for word in words {
        name.push_str(&word.len().to_string());
        name.push(':');
        name.push_str(word);
    }
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}
