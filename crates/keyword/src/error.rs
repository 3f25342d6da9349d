//! What is wrong with a configuration.

use std::fmt;

/// A key of the configuration has a value that cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The key, with the place in its list from 1: `answer.2.contains`.
    pub key: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A phrase is empty.
    #[error("holds an empty phrase; write a word or leave it out")]
    EmptyPhrase,
    /// A text is empty.
    #[error("is empty; write a text")]
    EmptyText,
    /// There is no phrase, so it would never be found.
    #[error("holds no phrase; write at least one")]
    NoPhrase,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.key, self.fault)
    }
}

impl std::error::Error for ConfigError {}
