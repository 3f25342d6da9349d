//! What stands in the way of a server.

use std::error::Error;
use std::path::Path;
use std::{fmt, io};

/// Why a server cannot be had.
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem {
    /// A program failed.
    Failed {
        /// Which.
        program: String,
        /// What it said.
        output: String,
    },
    /// A file, a directory or a process of ours could not be made.
    Io(io::Error),
    /// PostgreSQL is not installed.
    Missing,
    /// This process is root's, and there is no other user to run the server.
    NoUser,
}

impl Problem {
    /// Adds the end of the server's log to what a program said.
    pub(super) fn with_log(self, log: &Path) -> Self {
        let Self::Failed { program, mut output } = self else { return self };
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        for line in &lines[lines.len().saturating_sub(10)..] {
            output.push('\n');
            output.push_str(line);
        }
        Self::Failed { program, output }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { program, output } => write!(f, "{program}: {}", output.trim()),
            Self::Io(error) => write!(f, "the files of a PostgreSQL server: {error}"),
            Self::Missing => f.write_str(
                "PostgreSQL is not installed: initdb is neither in PATH nor in \
                 /usr/lib/postgresql/*/bin; on Debian, `apt-get install postgresql`",
            ),
            Self::NoUser => f.write_str(
                "PostgreSQL does not run as root, and there is no user `postgres` or `nobody`",
            ),
        }
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
