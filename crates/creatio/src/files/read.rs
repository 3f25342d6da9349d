use std::fmt;

use bytes::{Buf, Bytes};
use handover_core::error::Error;
use handover_core::transport::Body;
use uuid::Uuid;

use super::upload::{PIECE, read};
use super::{Files, NewFile, Parent, Source};
use crate::client::call::Call;
use crate::column::Entity;
use crate::entities::{base, file};
use crate::filter::Filter;
use crate::query::Query;

/// A file that Creatio keeps.
///
/// # Privacy
/// `Debug` shows no name.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredFile {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: Option<String>,
    /// How long it is said to be. Source: the number is taken from whoever uploaded it, not counted.
    pub size: Option<u64>,
    /// The contact who uploaded it.
    pub created_by: Option<Uuid>,
}

impl Files<'_> {
    /// The files of a row, the oldest first, at most 1,000.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn list(&self, parent: &Parent) -> Result<Vec<StoredFile>, Error> {
        let columns = [base::ID, base::NAME, base::CREATED_BY, file::SIZE];
        let query = Query::new(parent.files.clone(), columns)
            .filter(Filter::eq(&parent.column, parent.id))
            .order_by(base::CREATED_ON);
        let rows = self.0.query(&query).await?;
        let stored = |row: &crate::Row| {
            Some(StoredFile {
                id: row.id(&base::ID)?,
                name: row.text(&base::NAME).map(str::to_owned),
                size: row.number(&file::SIZE).and_then(|size| u64::try_from(size).ok()),
                created_by: row.id(&base::CREATED_BY),
            })
        };
        Ok(rows.iter().filter_map(stored).collect())
    }

    /// The content of a file, to be read a piece at a time.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn download(&self, files: &Entity, id: Uuid) -> Result<Body, Error> {
        self.0.open(&Call::get(format!("{}({id})/Data", files.name()))).await
    }

    /// Whether Creatio keeps exactly the bytes of `source`. It reads all of them, and is for what must
    /// not be wrong: an upload may be confirmed whose content got lost on the way.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn verify(&self, file: &NewFile, source: &dyn Source) -> Result<bool, Error> {
        let mut body = self.download(&file.parent.files, file.id).await?;
        let mut at = 0;
        while let Some(kept) = body.chunk().await.transpose().map_err(|error| error.idempotent())? {
            let mut kept: Bytes = kept;
            while kept.has_remaining() {
                let length = u64::try_from(kept.len()).unwrap_or(u64::MAX);
                let length = length.min(file.size - at).min(PIECE);
                if length == 0 {
                    return Ok(false);
                }
                let ours = read(source, at..at + length).await?;
                if kept.split_to(ours.len()) != ours {
                    return Ok(false);
                }
                at += length;
            }
        }
        Ok(at == file.size)
    }
}

impl fmt::Debug for StoredFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredFile").field("id", &self.id).finish_non_exhaustive()
    }
}
