//! Files: rows such as `ActivityFile` with their content.

mod check;
mod read;
mod rules;
mod upload;

use std::fmt;
use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::error::{Error, ErrorKind};
use uuid::Uuid;

use crate::client::Client;
use crate::column::{Column, Entity};
use crate::entities::{self, file};

pub use read::StoredFile;
pub use rules::FileRules;

/// The files of a Creatio.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a>(&'a Client);

/// What a file is attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    files: Entity,
    column: Column,
    id: Uuid,
}

/// A file to upload.
///
/// # Privacy
/// `Debug` shows neither its name nor its content.
#[derive(Clone)]
pub struct NewFile {
    id: Uuid,
    name: String,
    media_type: String,
    size: u64,
    parent: Parent,
}

/// Where the bytes of a file come from. They are read a piece at a time, and from the start again when
/// an upload is repeated.
#[async_trait]
pub trait Source: fmt::Debug + Send + Sync {
    /// The bytes of `range`, which is within the file: exactly as many.
    ///
    /// # Errors
    /// What kept it from reading; the upload ends with it.
    ///
    /// # Cancel safety
    /// No effect.
    async fn read(&self, range: Range<u64>) -> Result<Bytes, Error>;
}

impl Client {
    /// The files of this Creatio.
    pub fn files(&self) -> Files<'_> {
        Files(self)
    }
}

impl Parent {
    /// Of an account: an `AccountFile`.
    pub fn account(id: Uuid) -> Self {
        Self::of(entities::ACCOUNT_FILE, file::ACCOUNT, id)
    }

    /// Of an activity: an `ActivityFile`.
    pub fn activity(id: Uuid) -> Self {
        Self::of(entities::ACTIVITY_FILE, file::ACTIVITY, id)
    }

    /// Of a case: a `CaseFile`. Creatio may tell the customer of it by e-mail.
    pub fn case(id: Uuid) -> Self {
        Self::of(entities::CASE_FILE, file::CASE, id)
    }

    /// Of a contact: a `ContactFile`.
    pub fn contact(id: Uuid) -> Self {
        Self::of(entities::CONTACT_FILE, file::CONTACT, id)
    }

    /// Of any row: an entity for files, and its lookup to what they are attached to.
    pub fn of(files: Entity, column: Column, id: Uuid) -> Self {
        Self { files, column, id }
    }
}

impl NewFile {
    /// A file of `size` bytes, under an id of the caller's.
    ///
    /// Of a name only its last part is kept, without what no file system takes, and at most 250 UTF-16
    /// units of it, the extension among them.
    pub fn new(id: Uuid, parent: Parent, name: &str, media_type: &str, size: u64) -> Self {
        let media_type = media_type.to_owned();
        Self { id, name: check::plain_name(name), media_type, size, parent }
    }

    /// Its name, as it will be shown.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Bytes that are at hand.
#[async_trait]
impl Source for Bytes {
    async fn read(&self, range: Range<u64>) -> Result<Self, Error> {
        let place = |at: u64| usize::try_from(at).ok().filter(|at| *at <= self.len());
        match (place(range.start), place(range.end)) {
            (Some(start), Some(end)) if start <= end => Ok(self.slice(start..end)),
            _ => {
                Err(Error::never(ErrorKind::Invalid, "the file is shorter than it was said to be"))
            }
        }
    }
}

impl fmt::Debug for NewFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewFile")
            .field("id", &self.id)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
