//! Reading the URLs under which stores are named in a configuration.

use std::path::PathBuf;

use handover_core::error::{Error, ErrorKind};

#[cfg(feature = "postgres")]
use crate::postgres::Address;
use crate::sqlite::{Options, Sqlite};

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// In memory: `sqlite::memory:`.
    Memory,
    /// On a server: `postgres://user@host/database`. With the feature `postgres`.
    #[cfg(feature = "postgres")]
    Postgres(Address),
    /// In a file: `sqlite:handover.db`, `sqlite:/var/lib/handover.db`.
    Sqlite(PathBuf),
}

impl Location {
    /// Reads a URL: `sqlite:` and a path, with `//` before it or not, or `postgres:` and what
    /// `Address` says.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if it is anything else, or on a server and the feature `postgres` is
    /// off. The URL is not quoted.
    pub fn parse(url: &str) -> Result<Self, Error> {
        if is_postgres(url) {
            return on_server(url);
        }
        let Some(rest) = url.strip_prefix("sqlite:") else {
            let text = "the URL of the store must begin with \"sqlite:\" or \"postgres://\", \
                        for instance \"sqlite:handover.db\"";
            return Err(Error::never(ErrorKind::Config, text));
        };
        if rest == ":memory:" {
            return Ok(Self::Memory);
        }
        Ok(Self::Sqlite(path(rest)?))
    }

    /// Opens the SQLite store there. A PostgreSQL store is connected to by `Postgres::connect`.
    ///
    /// # Errors
    /// As [`Sqlite::open`]; [`ErrorKind::Config`] if it is on a server.
    pub fn open(&self) -> Result<Sqlite, Error> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => {
                let text = "a store on a PostgreSQL server cannot be opened as a file";
                Err(Error::never(ErrorKind::Config, text))
            }
            Self::Memory => Sqlite::open_in_memory(),
            Self::Sqlite(path) => Sqlite::open(path, &Options::default()),
        }
    }
}

/// Whether a URL names a PostgreSQL store.
pub(crate) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

#[cfg(feature = "postgres")]
fn on_server(url: &str) -> Result<Location, Error> {
    Ok(Location::Postgres(Address::parse(url)?))
}

#[cfg(not(feature = "postgres"))]
fn on_server(_: &str) -> Result<Location, Error> {
    let text = "this program is built without PostgreSQL: the feature \"postgres\" is off";
    Err(Error::never(ErrorKind::Config, text))
}

/// The folder that a URL of [`Folder`](crate::Folder) names: `file:handover-blobs`.
///
/// # Errors
/// [`ErrorKind::Config`] if it is anything else.
pub fn folder(url: &str) -> Result<PathBuf, Error> {
    let Some(rest) = url.strip_prefix("file:") else {
        let text = "the URL of the files must begin with \"file:\", \
                    for instance \"file:handover-blobs\"";
        return Err(Error::never(ErrorKind::Config, text));
    };
    path(rest)
}

/// A path after the scheme. `//` before it is no host: three slashes begin an absolute path.
fn path(rest: &str) -> Result<PathBuf, Error> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.is_empty() || path.contains(['?', '#']) {
        let text = "the URL of a store or of files is a scheme and a path, without '?' and '#'";
        return Err(Error::never(ErrorKind::Config, text));
    }
    Ok(path.into())
}

#[cfg(test)]
mod tests;
