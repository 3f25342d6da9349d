//! A place where stores are opened, and opened again.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use handover_conformance::store::{FullStore, StoreFixture};
use handover_core::memory::MemoryStore;

use super::broken::Broken;
use super::defect::Defect;

pub(crate) struct Place {
    defect: Defect,
    kept: Mutex<MemoryStore>,
    fails_at: Arc<AtomicU32>,
}

impl Place {
    pub(crate) fn new(defect: Defect) -> Self {
        let fails_at = Arc::new(AtomicU32::new(u32::MAX));
        Self { defect, kept: Mutex::new(MemoryStore::new()), fails_at }
    }

    fn store(&self, reopened: bool) -> Arc<dyn FullStore> {
        let inner = self.kept.lock().unwrap().clone();
        Arc::new(Broken::new(inner, self.defect, reopened, Arc::clone(&self.fails_at)))
    }
}

#[async_trait]
impl StoreFixture for Place {
    async fn open(&self) -> Arc<dyn FullStore> {
        *self.kept.lock().unwrap() = MemoryStore::new();
        self.store(false)
    }

    /// What is in memory stands for what would be in a file.
    async fn reopen(&self) -> Option<Arc<dyn FullStore>> {
        Some(self.store(true))
    }

    fn fail_at(&self, statement: u32) -> bool {
        self.fails_at.store(statement, Ordering::SeqCst);
        true
    }
}
