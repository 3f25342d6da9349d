//! Reading one state of the file.

use rusqlite::Connection;

use crate::failure::Failure;

/// What is read while it lives is of one state of the file.
///
/// It begins and ends with statements that are planned once, which a transaction of rusqlite's own
/// are not.
pub(super) struct Snapshot<'c> {
    pub(super) conn: &'c Connection,
}

impl<'c> Snapshot<'c> {
    /// Holds the state that is there when the first row is read.
    pub(super) fn take(conn: &'c Connection) -> Result<Self, Failure> {
        conn.prepare_cached("BEGIN")?.execute(())?;
        Ok(Self { conn })
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        let ended = self.conn.prepare_cached("COMMIT").and_then(|mut end| end.execute(()));
        if ended.is_err() && !self.conn.is_autocommit() {
            // If even this fails, the next one cannot be taken, and its caller is told.
            drop(self.conn.execute_batch("ROLLBACK"));
        }
    }
}
