//! What goes wrong below, as core's error. No text of a row ever comes along.

use handover_core::error::{Error, ErrorKind};
use rusqlite::ffi::ErrorCode;

/// A failure inside a store: core's error, made from the errors of the libraries below.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) Error);

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

fn unreadable() -> Error {
    Error::never(ErrorKind::Config, "the store holds a row that cannot be read")
}
