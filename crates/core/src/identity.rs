//! Who somebody is, and how well that is proven.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An address by which a person is known: a phone number, a mailbox, a visitor id.
///
/// `Debug` shows the scheme only.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// What kind of address: [`Identity::TEL`], [`Identity::EMAIL`], or a word of the channel's own.
    pub scheme: Box<str>,
    /// The address, in its canonical spelling.
    pub value: Box<str>,
    /// How well it is proven that the person owns it.
    pub proof: Proof,
}

/// How well an identity is proven. Complete; later is stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Typed in by somebody.
    Claimed,
    /// The message arrived over that channel.
    ChannelProven,
    /// A signed token or an aligned mail.
    Verified,
}

impl Identity {
    /// The scheme of a phone number in E.164: `+` and 7 to 15 digits.
    pub const TEL: &'static str = "tel";
    /// The scheme of a mailbox, in lower case.
    pub const EMAIL: &'static str = "email";

    /// An identity of any scheme.
    pub fn new(scheme: impl Into<Box<str>>, value: impl Into<Box<str>>, proof: Proof) -> Self {
        Self { scheme: scheme.into(), value: value.into(), proof }
    }

    /// A phone number, if `value` is written in E.164.
    pub fn tel(value: &str, proof: Proof) -> Option<Self> {
        let digits = value.strip_prefix('+')?;
        let is_number = (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        is_number.then(|| Self::new(Self::TEL, value, proof))
    }

    /// Whether automatic matching may join by this identity.
    pub fn may_join(&self) -> bool {
        self.proof >= Proof::ChannelProven
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("scheme", &self.scheme)
            .field("proof", &self.proof)
            .finish_non_exhaustive()
    }
}
