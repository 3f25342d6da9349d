//! How a command fails.

use std::fmt;
use std::process::ExitCode;

/// Why a command ended without doing what it was asked, for a person to read.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Something is broken, or is not there: exit status 1.
    Broken,
    /// The command line, the configuration or the store's file cannot be used: exit status 2.
    Usage,
}

impl Failure {
    /// Something is broken, or is not there.
    pub(crate) fn broken(text: impl fmt::Display) -> Self {
        Self { kind: Kind::Broken, text: text.to_string() }
    }

    /// The command line, the configuration or the store's file cannot be used as it is.
    pub(crate) fn usage(text: impl fmt::Display) -> Self {
        Self { kind: Kind::Usage, text: text.to_string() }
    }

    /// The exit status.
    pub(crate) fn code(&self) -> ExitCode {
        match self.kind {
            Kind::Broken => ExitCode::from(1),
            Kind::Usage => ExitCode::from(2),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<handover_core::error::Error> for Failure {
    fn from(error: handover_core::error::Error) -> Self {
        Self::broken(error)
    }
}
