//! The store in memory keeps every promise of a store.

use std::sync::Arc;

use async_trait::async_trait;
use handover_conformance::store::{FullStore, StoreFixture};
use handover_core::memory::MemoryStore;

struct Memory;

#[async_trait]
impl StoreFixture for Memory {
    async fn open(&self) -> Arc<dyn FullStore> {
        Arc::new(MemoryStore::new())
    }

    async fn reopen(&self) -> Option<Arc<dyn FullStore>> {
        None
    }

    fn fail_at(&self, _statement: u32) -> bool {
        false
    }
}

handover_conformance::store_tests!(Memory);
