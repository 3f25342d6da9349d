//! A file for a test.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::{Options, Sqlite};

/// A file in a folder that is removed afterwards.
pub(super) struct Place {
    pub(super) folder: TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }

    pub(super) fn open(&self) -> Sqlite {
        Sqlite::open(self.path(), &Options::default()).unwrap()
    }
}
