//! Blocking work on files.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;

/// A file that is being written. Dropped, it is removed.
pub(super) struct Draft {
    file: File,
    path: PathBuf,
    is_kept: bool,
}

impl Draft {
    /// A new, empty file.
    pub(super) fn new(root: &Path) -> Result<Self> {
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = root.join(DRAFTS).join(format!("{}-{number}", process::id()));
            match File::options().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok(Self { file, path, is_kept: false }),
                // Left by a process of the same number; the next one is free.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes at the end.
    pub(super) fn append(mut self, bytes: &[u8]) -> Result<Self> {
        self.file.write_all(bytes)?;
        Ok(self)
    }

    /// Moves the file to `path`, in place of what is there. Durable afterwards.
    pub(super) fn keep(mut self, path: &Path) -> Result<()> {
        self.file.sync_all()?;
        let folder = path.parent().unwrap_or(path);
        make(folder)?;
        fs::rename(&self.path, path)?;
        self.is_kept = true;
        sync(folder)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_kept {
            // If it stays, the next start removes it.
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Makes the folder and clears it of old drafts.
pub(super) fn prepare(root: &Path) -> Result<()> {
    let drafts = root.join(DRAFTS);
    fs::create_dir_all(&drafts)?;
    for entry in fs::read_dir(&drafts)? {
        let entry = entry?;
        let written = entry.metadata()?.modified()?;
        let age = SystemTime::now().duration_since(written).unwrap_or_default();
        if age > STALE {
            fs::remove_file(entry.path())?;
        }
    }
    drop(Draft::new(root)?);
    Ok(())
}

/// The bytes of a file, or of what of `range` it has.
pub(super) fn read(path: &Path, range: Option<Range<u64>>) -> Result<Option<Bytes>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    match range {
        None => file.read_to_end(&mut bytes)?,
        Some(range) => {
            file.seek(SeekFrom::Start(range.start))?;
            file.take(range.end.saturating_sub(range.start)).read_to_end(&mut bytes)?
        }
    };
    Ok(Some(bytes.into()))
}

/// Removes a file, if it is there. Durable afterwards.
pub(super) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync(path.parent().unwrap_or(path)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes a folder durably, with those above it.
fn make(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above {
        make(above)?;
    }
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    above.map_or(Ok(()), sync)
}

/// Brings the entries of a folder to the disk.
fn sync(folder: &Path) -> Result<()> {
    // Elsewhere folders cannot be opened, and entries are kept by the system.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Where files are written before they are moved to their places. No tenant's folder has this name.
const DRAFTS: &str = "drafts";
/// After this long nobody writes to a draft any more.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);
/// Numbers the drafts of this process.
static NEXT: AtomicU64 = AtomicU64::new(0);
