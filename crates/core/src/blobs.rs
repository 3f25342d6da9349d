//! Bytes of files.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::{Error, ErrorKind};
use crate::id::TenantId;
use crate::transport::Body;

/// Keeps files. Durable before [`Blobs::put`] returns.
#[async_trait]
pub trait Blobs: fmt::Debug + Send + Sync + 'static {
    /// Stores `body`, of at most `limit` bytes, under `name`, in place of what was there.
    ///
    /// # Cancel safety
    /// Dropped, it leaves what was there before.
    async fn put(
        &self,
        tenant: &TenantId,
        name: &str,
        body: Body,
        limit: u64,
    ) -> Result<u64, Error>;

    /// The bytes of `range`, or all; `None` if there is no such file.
    async fn get(
        &self,
        tenant: &TenantId,
        name: &str,
        range: Option<Range<u64>>,
    ) -> Result<Option<Bytes>, Error>;

    /// Removes a file; no matter if there is none.
    async fn delete(&self, tenant: &TenantId, name: &str) -> Result<(), Error>;
}

/// The bytes of one stored file, to be read piece by piece and as often as needed.
#[derive(Clone)]
pub struct Content {
    blobs: Arc<dyn Blobs>,
    tenant: TenantId,
    name: String,
    size: u64,
}

impl Content {
    /// The file of `tenant` that is stored under `name` and has `size` bytes.
    pub fn new(blobs: Arc<dyn Blobs>, tenant: TenantId, name: String, size: u64) -> Self {
        Self { blobs, tenant, name, size }
    }

    /// How many bytes there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The bytes from `range.start` up to, not including, `range.end`.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if the file is no longer kept, and whatever the folder reports.
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn read(&self, range: Range<u64>) -> Result<Bytes, Error> {
        let found = self.blobs.get(&self.tenant, &self.name, Some(range)).await?;
        found.ok_or_else(|| Error::never(ErrorKind::NotFound, "the file is no longer kept"))
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content").field("size", &self.size).finish_non_exhaustive()
    }
}
