//! Opening the file.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use handover_core::error::{Error, ErrorKind};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::schema;
use crate::failure::Failure;
use crate::nanos::nanos;

/// Takes the file for this process, as long as the answer lives.
pub(super) fn lock(path: &Path) -> Result<File, Failure> {
    let unusable = |error: std::io::Error| {
        let text = "the lock file of the store cannot be made; check the folder and its rights";
        Error::never(ErrorKind::Config, text).with_code(error.kind().to_string())
    };
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::options().create(true).truncate(false).write(true).open(PathBuf::from(name));
    let file = file.map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let text = "the file of the store is in use by another process; stop that one, \
                        or name another file";
            Err(Error::never(ErrorKind::Config, text).into())
        }
        Err(TryLockError::Error(error)) => Err(unusable(error).into()),
    }
}

/// The connection that writes, on a file in the newest shape.
pub(super) fn writer(path: &Path) -> Result<Connection, Failure> {
    let conn = Connection::open_with_flags(path, OpenFlags::default())?;
    prepare(&conn, WRITER_PAGES)?;
    schema::migrate(&conn)?;
    conn.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         PRAGMA journal_size_limit = {WAL_BYTES}"
    ))?;
    Ok(conn)
}

/// Ends the leases of a process that is gone.
pub(super) fn end_leases(conn: &Connection, now: DateTime<Utc>) -> Result<(), Failure> {
    conn.execute(END_LEASES, (nanos(now),))?;
    Ok(())
}

/// The connection that carries pages from the log into the file. It holds none in memory.
pub(super) fn checkpointer(path: &Path) -> Result<Connection, Failure> {
    let conn = Connection::open_with_flags(path, OpenFlags::default())?;
    prepare(&conn, 0)?;
    conn.execute_batch("PRAGMA synchronous = FULL")?;
    Ok(conn)
}

/// A connection that only reads.
pub(super) fn reader(path: &Path) -> Result<Connection, Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    prepare(&conn, READER_PAGES)?;
    schema::require_newest(&conn)?;
    Ok(conn)
}

/// A database in memory.
pub(super) fn memory() -> Result<Connection, Failure> {
    let conn = Connection::open_in_memory()?;
    prepare(&conn, WRITER_PAGES)?;
    schema::migrate(&conn)?;
    Ok(conn)
}

fn prepare(conn: &Connection, cached: i64) -> Result<(), Failure> {
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.set_prepared_statement_cache_capacity(128);
    // A plan does not depend on what is bound: a statement is planned once, not at every call.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.execute_batch(&format!(
        "PRAGMA cache_size = {cached}; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0"
    ))?;
    Ok(())
}

const END_LEASES: &str = "UPDATE jobs SET lease_until = ?1, due = CASE head WHEN 1 THEN ?1 END
    WHERE state = 1 AND lease_until > ?1";

/// The most pages of 4 KiB in memory: 8 MiB for the writer, 4 MiB for each reader.
const WRITER_PAGES: i64 = 2048;
const READER_PAGES: i64 = 1024;
/// What the log is cut to afterwards.
const WAL_BYTES: i64 = 64 << 20;
