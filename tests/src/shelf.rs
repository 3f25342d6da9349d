//! Files in memory.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::blobs::Blobs;
use handover_core::error::{Error, ErrorKind};
use handover_core::id::TenantId;
use handover_core::transport::Body;

/// Files in memory.
#[derive(Debug, Default)]
pub struct Shelf(Mutex<HashMap<String, Bytes>>);

#[async_trait]
impl Blobs for Shelf {
    async fn put(&self, _: &TenantId, name: &str, body: Body, limit: u64) -> Result<u64, Error> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let cut = |_| Error::never(ErrorKind::Network, "the file was cut off");
        let bytes = body.bytes(limit).await.map_err(cut)?;
        let size = bytes.len() as u64;
        self.0.lock().unwrap().insert(name.to_owned(), bytes);
        Ok(size)
    }

    async fn get(
        &self,
        _: &TenantId,
        name: &str,
        range: Option<Range<u64>>,
    ) -> Result<Option<Bytes>, Error> {
        let whole = self.0.lock().unwrap().get(name).cloned();
        let at = |place: u64| usize::try_from(place).unwrap();
        Ok(whole.map(|bytes| match range {
            Some(range) => bytes.slice(at(range.start)..at(range.end).min(bytes.len())),
            None => bytes,
        }))
    }

    async fn delete(&self, _: &TenantId, name: &str) -> Result<(), Error> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }
}
