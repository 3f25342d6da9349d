//! What goes wrong below, as core's error. No text of a row ever comes along.

use handover_core::error::{Error, ErrorKind};
use rusqlite::ffi::ErrorCode;

/// A failure inside a store: core's error, made from the errors of the libraries below.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) Error);

impl Failure {
    /// The same for one more caller.
    #[cfg(feature = "postgres")]
    pub(crate) fn again(&self) -> Error {
        let error = Error::new(self.0.kind(), self.0.retry(), self.0.message());
        match self.0.code() {
            Some(code) => error.with_code(code),
            None => error,
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(sqlite, _) = error else {
            return Self(unreadable());
        };
        let error = match sqlite.code {
            ErrorCode::NotADatabase => {
                Error::never(ErrorKind::Config, "the file of the store is not an SQLite database")
            }
            ErrorCode::DatabaseCorrupt => {
                Error::never(ErrorKind::Config, "the file of the store is damaged; restore a copy")
            }
            ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly => {
                Error::later(ErrorKind::Unavailable, "the file of the store cannot be opened")
            }
            ErrorCode::DiskFull => Error::later(ErrorKind::Unavailable, "the disk is full"),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                Error::later(ErrorKind::Unavailable, "the store is locked by another program")
            }
            ErrorCode::ConstraintViolation => {
                Error::never(ErrorKind::Invalid, "the change contradicts what is stored")
            }
            _ => Error::later(ErrorKind::Unavailable, "the store cannot read or write now"),
        };
        Self(error.with_code(format!("sqlite-{}", sqlite.extended_code)))
    }
}

#[cfg(feature = "postgres")]
impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(code) = error.code().map(tokio_postgres::error::SqlState::code) else {
            return Self(match std::error::Error::source(&error) {
                Some(cause) if cause.is::<std::io::Error>() => lost(),
                _ if error.is_closed() => lost(),
                Some(_) if error.to_string().contains("deserializing") => unreadable(),
                _ => Error::later(ErrorKind::Unavailable, "the database cannot be spoken to now"),
            });
        };
        let error = match code {
            "53100" => Error::later(ErrorKind::Unavailable, "the disk of the database is full"),
            "53300" => Error::later(
                ErrorKind::Unavailable,
                "the database has no connection left; let it take more, or ask for fewer",
            ),
            "57014" | "55P03" => {
                Error::later(ErrorKind::Unavailable, "the database took too long; nothing changed")
            }
            "57P01" | "57P02" => lost(),
            "25006" => Error::never(
                ErrorKind::Config,
                "the store is open for reading only, or the database is a copy that nobody writes to",
            ),
            "3D000" => Error::never(
                ErrorKind::Config,
                "the database of the store does not exist; create it, or name another",
            ),
            "42501" => Error::never(
                ErrorKind::Config,
                "the database refuses: the user needs the right to create and to use the schema \
                 \"handover\"",
            ),
            _ => match code.get(..2) {
                Some("28") => Error::never(
                    ErrorKind::Config,
                    "the database refuses the user, the password or a connection without TLS",
                ),
                Some("22" | "54") => Error::never(
                    ErrorKind::Invalid,
                    "the change holds a name that the database cannot keep: too long, or with a NUL",
                ),
                Some("23") => {
                    Error::never(ErrorKind::Invalid, "the change contradicts what is stored")
                }
                Some("42" | "3F") => Error::never(
                    ErrorKind::Config,
                    "the schema \"handover\" of the database is not as this version needs it",
                ),
                _ => Error::later(ErrorKind::Unavailable, "the database cannot read or write now"),
            },
        };
        Self(error.with_code(format!("postgres-{code}")))
    }
}

impl From<serde_json::Error> for Failure {
    fn from(_: serde_json::Error) -> Self {
        Self(unreadable())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}

/// The thread that should have answered has ended.
pub(crate) fn stopped() -> Error {
    Error::later(ErrorKind::Unavailable, "the store has stopped")
}

/// What was written could not be made durable.
pub(crate) fn not_durable() -> Error {
    Error::later(ErrorKind::Unavailable, "the store could not commit")
}

/// A call stumbled over a fault of ours and was undone.
pub(crate) fn stumbled() -> Error {
    Error::later(ErrorKind::Unavailable, "the store stumbled; nothing was changed")
}

/// The operating system gave us no thread.
pub(crate) fn no_thread(error: &std::io::Error) -> Error {
    Error::later(ErrorKind::Unavailable, "the operating system gave the store no thread")
        .with_code(error.kind().to_string())
}

#[cfg(feature = "postgres")]
fn lost() -> Error {
    Error::later(ErrorKind::Unavailable, "the connection to the database was lost")
}

fn unreadable() -> Error {
    Error::never(ErrorKind::Config, "the store holds a row that cannot be read")
}
