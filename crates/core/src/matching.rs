//! Which of several contacts is meant.

use std::fmt;

use crate::directory::Contact;
use crate::identity::Identity;

/// Chooses among the contacts a directory found.
pub trait ContactMatcher: fmt::Debug + Send + Sync + 'static {
    /// The one that is meant, if that is certain.
    fn choose(&self, identity: &Identity, candidates: &[Contact]) -> Match;
}

/// The choice. Complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// It cannot be told which is meant.
    Ambiguous,
    /// Nobody.
    None,
    /// This one.
    One(Contact),
}

/// The default: the only candidate, or none; several are ambiguous, and an identity that is merely
/// claimed joins nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct OnlyCandidate;

impl ContactMatcher for OnlyCandidate {
    fn choose(&self, identity: &Identity, candidates: &[Contact]) -> Match {
        if !identity.may_join() {
            return Match::None;
        }
        match candidates {
            [] => Match::None,
            [only] => Match::One(only.clone()),
            _ => Match::Ambiguous,
        }
    }
}
