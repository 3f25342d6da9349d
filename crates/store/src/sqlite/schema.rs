//! The shape of the file, and how an older shape becomes the newest.

use handover_core::error::{Error, ErrorKind};
use rusqlite::Connection;

use crate::failure::Failure;

/// Brings a file to the newest shape. A new file gets it whole.
pub(super) fn migrate(conn: &Connection) -> Result<(), Failure> {
    let mut version = check(conn)?;
    while let Some(step) = MIGRATIONS.get(version) {
        version += 1;
        conn.execute_batch(&format!(
            "BEGIN IMMEDIATE; {step}; PRAGMA application_id = {APPLICATION}; \
             PRAGMA user_version = {version}; COMMIT"
        ))?;
    }
    Ok(())
}

/// Refuses a file that is not in the newest shape.
pub(super) fn require_newest(conn: &Connection) -> Result<(), Failure> {
    if check(conn)? < MIGRATIONS.len() {
        let text = "the file of the store is empty or from an older version: \
                    start the relay on it once";
        return Err(Error::never(ErrorKind::Config, text).into());
    }
    Ok(())
}

/// The shape of a file that is ours, as the number of steps taken.
fn check(conn: &Connection) -> Result<usize, Failure> {
    let application: i64 = conn.query_row("PRAGMA application_id", (), |row| row.get(0))?;
    let version: i64 = conn.query_row("PRAGMA user_version", (), |row| row.get(0))?;
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    let is_new = application == 0 && version == 0 && tables == 0;
    if application != APPLICATION && !is_new {
        let text = "the file of the store belongs to another program; name another file";
        return Err(Error::never(ErrorKind::Config, text).into());
    }
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    if version > MIGRATIONS.len() {
        let text = "the file of the store is from a newer version of handover; \
                    use that version, or a copy from before";
        return Err(Error::never(ErrorKind::Config, text).into());
    }
    Ok(version)
}

/// "Hand" in ASCII: tells our files from those of other programs.
const APPLICATION: i64 = 0x4861_6e64;

/// One step from each shape to the next. Steps are added, never changed.
const MIGRATIONS: &[&str] = &[include_str!("schema.sql")];
