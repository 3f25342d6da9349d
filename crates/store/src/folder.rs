//! A folder of files.

mod io;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::blobs::Blobs;
use handover_core::error::{Error, ErrorKind};
use handover_core::id::TenantId;
use handover_core::transport::{Body, TransportError};
use sha2::{Digest, Sha256};

use self::io::Draft;
use crate::failure::{no_thread, stopped};
use crate::pool::Pool;

/// Keeps files in a folder.
///
/// A name is never part of a path: a file lies under a digest of its name, in a folder of its
/// tenant. A file is written beside its place, brought to the disk and then moved there, so a
/// reader sees the old file or the new one, whole. Two threads do the reading and writing.
///
/// Clones share the threads.
///
/// # Errors
/// [`ErrorKind::TooLong`] for a body past the limit, [`ErrorKind::Unavailable`] when the disk is
/// full or broken, [`ErrorKind::Network`] when the body breaks off. Then nothing is left behind.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    threads: Arc<Pool<()>>,
}

impl Folder {
    /// Files under `root`, which is made if it is not there.
    ///
    /// Removes what a process that was killed left half-written more than a day ago.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the folder cannot be made or written to.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, Error> {
        let root = root.into();
        io::prepare(&root).map_err(|error| {
            let text = "the folder for files cannot be made or written to; check its path";
            Error::never(ErrorKind::Config, text).with_code(error.kind().to_string())
        })?;
        let threads =
            Pool::new("handover-files", vec![(), ()]).map_err(|error| no_thread(&error))?;
        Ok(Self { root, threads: Arc::new(threads) })
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let done = self.threads.run(move |()| work()).await;
        done.ok_or_else(stopped)?.map_err(|error| {
            Error::later(ErrorKind::Unavailable, "a file cannot be read or written now")
                .with_code(error.kind().to_string())
        })
    }
}

#[async_trait]
impl Blobs for Folder {
    async fn put(
        &self,
        tenant: &TenantId,
        name: &str,
        mut body: Body,
        limit: u64,
    ) -> Result<u64, Error> {
        let root = self.root.clone();
        let mut draft = self.run(move || Draft::new(&root)).await?;
        let mut length = 0_u64;
        while let Some(chunk) = body.chunk().await {
            let chunk = chunk.map_err(broken)?;
            length = length.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if length > limit {
                return Err(too_long());
            }
            draft = self.run(move || draft.append(&chunk)).await?;
        }
        let path = place(&self.root, tenant, name);
        self.run(move || draft.keep(&path)).await?;
        Ok(length)
    }

    async fn get(
        &self,
        tenant: &TenantId,
        name: &str,
        range: Option<Range<u64>>,
    ) -> Result<Option<Bytes>, Error> {
        let path = place(&self.root, tenant, name);
        self.run(move || io::read(&path, range)).await
    }

    async fn delete(&self, tenant: &TenantId, name: &str) -> Result<(), Error> {
        let path = place(&self.root, tenant, name);
        self.run(move || io::remove(&path)).await
    }
}

/// Where a file lies. The digest of the tenant keeps names apart that differ in case only, and
/// makes `..` a name like any other.
fn place(root: &Path, tenant: &TenantId, name: &str) -> PathBuf {
    let tenant = format!("{tenant}-{}", &digest(tenant.as_str())[..16]);
    let name = digest(name);
    root.join(tenant).join(&name[..2]).join(&name[2..])
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn broken(error: TransportError) -> Error {
    match error {
        TransportError::TooLarge => too_long(),
        error => Error::later(ErrorKind::Network, "the file broke off").with_source(error),
    }
}

fn too_long() -> Error {
    Error::never(ErrorKind::TooLong, "the file is larger than allowed")
}
