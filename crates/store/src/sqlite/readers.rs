//! Reading beside the writer.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use handover_core::error::Error;
use rusqlite::Connection;

use super::open;
use super::snapshot::Snapshot;
use crate::failure::{Failure, no_thread, stopped};
use crate::pool::Pool;

/// Connections that read: some on threads of their own, and one for a look in passing.
#[derive(Debug)]
pub(super) struct Readers {
    near: Mutex<Connection>,
    pool: Pool<Connection>,
}

impl Readers {
    pub(super) fn open(path: &Path, threads: usize) -> Result<Self, Failure> {
        let near = open::reader(path)?;
        // Whoever looks in passing does not wait.
        near.busy_timeout(Duration::ZERO)?;
        let conns: Result<_, Failure> = (0..threads).map(|_| open::reader(path)).collect();
        let pool = Pool::new("handover-read", conns?).map_err(|error| no_thread(&error))?;
        Ok(Self { near: Mutex::new(near), pool })
    }

    /// Reads on a thread of its own.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Error> {
        let done = self.pool.run(move |conn| read(conn, &work));
        Ok(done.await.ok_or_else(stopped)??)
    }

    /// Reads a few rows by their key at once, on the caller's thread: the way to another thread and
    /// back costs more than they do. `None` if that cannot be done now, or if it fails.
    pub(super) fn look<T>(&self, work: impl Fn(&Connection) -> Result<T, Failure>) -> Option<T> {
        let near = self.near.try_lock().ok()?;
        read(&near, &work).ok()
    }
}

fn read<T>(
    conn: &Connection,
    work: &impl Fn(&Connection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let snapshot = Snapshot::take(conn)?;
    work(snapshot.conn)
}
