//! Bytes of files.

use std::fmt;
use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::Error;
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
