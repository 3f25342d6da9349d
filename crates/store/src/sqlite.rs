//! Everything in one SQLite file.

mod accounts;
mod archive;
mod cases;

mod checkpoints;
mod claim;
mod commit;
mod decide;
mod defer;
mod due;
#[cfg(test)]
mod faults;
mod forget;
mod jobs;
mod load;
mod marks;
mod open;
mod query;
mod readers;
mod schema;
mod sessions;
mod settle;
mod snapshot;
mod task;
mod tenants;
#[cfg(test)]
mod tests;
mod traits;
mod unrouted;
mod writer;
mod writing;

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use handover_core::error::{Error, ErrorKind};
use rusqlite::Connection;

use self::checkpoints::Checkpoints;
use self::readers::Readers;
use self::writer::{Seat, Writer};
use self::writing::Writing;
use crate::failure::Failure;
use crate::wakes::Wakes;

/// A [`Store`](handover_core::store::Store) and
/// [`Archive`](handover_core::archive::Archive) in one SQLite file.
///
/// One thread writes: it takes what waits in its queue into one transaction, and answers all of it
/// once that transaction is on the disk. A call that fails is undone alone. A few
/// threads read, and see only what is on the disk. No async runtime is needed.
///
/// Clones share the file. Dropping the last one waits until the file is closed.
///
/// # Errors
/// [`ErrorKind::Unavailable`] when the disk is full or the file is locked, [`ErrorKind::Config`]
/// when the file is not ours, from a newer version, in use by another process, or damaged.
///
/// # Cancel safety
/// A dropped call has happened as a whole or not at all; one that was not begun does not happen.
///
/// # Privacy
/// What is forgotten is overwritten in the file. The log beside it (`-wal`) may hold it until the
/// file is closed or the log is used again.
#[derive(Clone, Debug)]
pub struct Sqlite {
    shared: Arc<Shared>,
}

/// Fields are dropped in this order: readers first, so that the writer is the last to close the
/// file and takes the log along.
#[derive(Debug)]
struct Shared {
    /// None in memory, where the writer reads.
    readers: Option<Readers>,
    /// None for reading only.
    writer: Option<Writer>,
    wakes: Arc<Wakes>,
    #[cfg(test)]
    faults: Arc<faults::Faults>,
}

/// How a file is worked with.
#[derive(Clone, Debug)]
pub struct Options {
    readers: usize,
    abandoned: Option<DateTime<Utc>>,
}

impl Options {
    /// Sets the number of threads that read, 2 by default. Each holds at most 4 MiB of the file in
    /// memory.
    #[must_use]
    pub fn with_readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// Ends every lease on opening, as of `now`: the file belongs to one process at a time, so
    /// whoever held one is gone. What they were doing comes back as tried at once, instead of when
    /// its lease runs out.
    #[must_use]
    pub fn with_takeover(mut self, now: DateTime<Utc>) -> Self {
        self.abandoned = Some(now);
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { readers: 2, abandoned: None }
    }
}

impl Sqlite {
    /// Opens a file for this process alone, and makes it if there is none.
    ///
    /// An older file is brought to the newest shape. Blocks until the file is ready.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the file is in use by another process, is not ours, is from a newer
    /// version or is damaged; [`ErrorKind::Unavailable`] if it cannot be opened now.
    pub fn open(path: impl AsRef<Path>, options: &Options) -> Result<Self, Error> {
        let path = path.as_ref();
        let lock = open::lock(path)?;
        let mut conn = open::writer(path)?;
        if let Some(now) = options.abandoned {
            open::end_leases(&conn, now)?;
        }
        let checkpoints = Checkpoints::start(&mut conn, path)?;
        let readers = Readers::open(path, options.readers)?;
        Ok(Self::start(conn, Some((checkpoints, lock)), Some(readers))?)
    }

    /// Opens a file for reading only, beside the process that it belongs to.
    ///
    /// Calls that write are refused with [`ErrorKind::Config`].
    ///
    /// # Errors
    /// As [`Sqlite::open`]; also if there is no file, or it is from an older version.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        if !path.is_file() {
            let text = "the file of the store does not exist; check its path";
            return Err(Error::never(ErrorKind::Config, text));
        }
        let readers = Some(Readers::open(path, 1)?);
        let shared = Shared {
            readers,
            writer: None,
            wakes: Arc::default(),
            #[cfg(test)]
            faults: Arc::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// A store that ends with the process, for tests and trials.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if the operating system gives no thread or memory.
    pub fn open_in_memory() -> Result<Self, Error> {
        Ok(Self::start(open::memory()?, None, None)?)
    }

    /// Waits until all calls before this one are done and the file is closed for writing.
    ///
    /// Later calls that write are refused with [`ErrorKind::Unavailable`].
    pub async fn close(&self) {
        if let Some(writer) = &self.shared.writer {
            writer.close().await;
        }
    }

    fn start(
        conn: Connection,
        file: Option<(Checkpoints, std::fs::File)>,
        readers: Option<Readers>,
    ) -> Result<Self, Failure> {
        let wakes = Arc::new(Wakes::default());
        #[cfg(test)]
        let faults = Arc::new(faults::Faults::default());
        let seat = Seat {
            conn,
            wakes: Arc::clone(&wakes),
            #[cfg(test)]
            faults: Arc::clone(&faults),
            file,
        };
        let shared = Shared {
            readers,
            writer: Some(Writer::start(seat)?),
            wakes,
            #[cfg(test)]
            faults,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Writing<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Error> {
        let Some(writer) = &self.shared.writer else {
            let text = "the store was opened for reading only";
            return Err(Error::never(ErrorKind::Config, text));
        };
        writer.run(work).await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Error> {
        let Some(readers) = &self.shared.readers else {
            return self.write(move |writing| work(writing.conn)).await;
        };
        readers.read(work).await
    }
}
