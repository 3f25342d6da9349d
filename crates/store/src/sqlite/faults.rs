//! Failing writes, for tests.

use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::ffi;

use crate::failure::Failure;

/// Makes one write of the next commit fail as a full disk would.
#[derive(Debug)]
pub(super) struct Faults {
    /// Waiting for a commit.
    armed: AtomicI64,
    /// Counting down inside one.
    left: AtomicI64,
}

impl Default for Faults {
    fn default() -> Self {
        Self { armed: AtomicI64::new(-1), left: AtomicI64::new(-1) }
    }
}

impl Faults {
    /// Lets the `statement`th write of the next commit fail, from 0.
    pub(super) fn arm(&self, statement: u32) {
        self.armed.store(statement.into(), Ordering::SeqCst);
    }

    /// A commit begins.
    pub(super) fn begin(&self) {
        self.left.store(self.armed.swap(-1, Ordering::SeqCst), Ordering::SeqCst);
    }

    /// A commit has ended.
    pub(super) fn end(&self) {
        self.left.store(-1, Ordering::SeqCst);
    }

    /// A write is about to happen.
    pub(super) fn strike(&self) -> Result<(), Failure> {
        let left = self.left.load(Ordering::SeqCst);
        if left >= 0 {
            self.left.store(left - 1, Ordering::SeqCst);
        }
        if left == 0 {
            let error = ffi::Error::new(ffi::SQLITE_FULL);
            return Err(rusqlite::Error::SqliteFailure(error, None).into());
        }
        Ok(())
    }
}
