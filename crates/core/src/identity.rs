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

/// What somebody is called, as they or their provider say: one line of at most 100 characters.
///
/// It proves nothing. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(Box<str>);

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

    /// Whether it is the same address, however well it is proven.
    pub fn is_same(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.value == other.value
    }

    /// Whether automatic matching may join by this identity.
    pub fn may_join(&self) -> bool {
        self.proof >= Proof::ChannelProven
    }
}

impl Name {
    /// The name in `text`: control characters and what is too long are left out; none if nothing is
    /// left.
    pub fn new(text: &str) -> Option<Self> {
        let plain = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
        let plain: String = plain.filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
        let name = plain.trim();
        (!name.is_empty()).then(|| Self(name.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name")
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

const LONGEST_NAME: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_bounded_line_that_is_not_shown() {
        let name = |text| Name::new(text).map(|name| name.as_str().to_owned());
        assert_eq!(name(" Ann\r\nLee\u{0} ").as_deref(), Some("Ann  Lee"));
        assert_eq!(name(" \t\u{7} "), None);
        assert_eq!(name(&"ä".repeat(500)).map(|name| name.chars().count()), Some(100));
        assert!(!format!("{:?}", Name::new("Ann")).contains("Ann"));
    }
}
