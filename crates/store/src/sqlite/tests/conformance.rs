//! The promises of a store, on a file.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use handover_conformance::store::{FullStore, StoreFixture};

use super::place::Place;
use crate::Sqlite;
use crate::sqlite::faults::Faults;

struct Files {
    open: Mutex<(Place, Arc<Faults>)>,
}

impl Files {
    fn new() -> Self {
        Self { open: Mutex::new((Place::new(), Arc::default())) }
    }

    fn known(&self, store: Sqlite) -> Arc<dyn FullStore> {
        self.open.lock().unwrap().1 = Arc::clone(&store.shared.faults);
        Arc::new(store)
    }
}

#[async_trait]
impl StoreFixture for Files {
    async fn open(&self) -> Arc<dyn FullStore> {
        let place = Place::new();
        let store = place.open();
        self.open.lock().unwrap().0 = place;
        self.known(store)
    }

    async fn reopen(&self) -> Option<Arc<dyn FullStore>> {
        let store = self.open.lock().unwrap().0.open();
        Some(self.known(store))
    }

    fn fail_at(&self, statement: u32) -> bool {
        self.open.lock().unwrap().1.arm(statement);
        true
    }
}

mod file {
    use super::Files;

    handover_conformance::store_tests!(Files::new());
}

struct Memory;

#[async_trait]
impl StoreFixture for Memory {
    async fn open(&self) -> Arc<dyn FullStore> {
        Arc::new(Sqlite::open_in_memory().unwrap())
    }

    async fn reopen(&self) -> Option<Arc<dyn FullStore>> {
        None
    }

    fn fail_at(&self, _: u32) -> bool {
        false
    }
}

mod memory {
    use super::Memory;

    handover_conformance::store_tests!(Memory);
}
