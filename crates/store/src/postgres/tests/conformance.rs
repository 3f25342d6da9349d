//! The promises of a store, on a server.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use handover_conformance::store::{FullStore, StoreFixture};

use super::place::Place;

#[derive(Default)]
struct Databases {
    open: Mutex<Option<Place>>,
}

impl Databases {
    fn place(&self) -> Place {
        self.open.lock().unwrap().clone().unwrap()
    }
}

#[async_trait]
impl StoreFixture for Databases {
    async fn open(&self) -> Arc<dyn FullStore> {
        let place = Place::new();
        let store = place.open().await;
        *self.open.lock().unwrap() = Some(place);
        store
    }

    async fn reopen(&self) -> Option<Arc<dyn FullStore>> {
        let place = self.place();
        Some(place.open().await)
    }

    fn fail_at(&self, statement: u32) -> bool {
        self.place()
            .sql(&format!("{FAULTS} ALTER SEQUENCE strikes RESTART {}", -i64::from(statement)));
        true
    }
}

/// Every statement that writes is counted, also in transactions that are undone; the one that
/// counts to zero finds the disk full.
const FAULTS: &str = "
    CREATE SEQUENCE IF NOT EXISTS strikes MINVALUE -1000000;
    CREATE OR REPLACE FUNCTION strike() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('handover.strikes') = 0 THEN
            RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full';
        END IF;
        RETURN NULL;
    END $$;
    DO $$ DECLARE t text; BEGIN
        FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'handover' LOOP
            EXECUTE format('CREATE OR REPLACE TRIGGER strike BEFORE INSERT OR UPDATE OR DELETE
                ON %I FOR EACH STATEMENT EXECUTE FUNCTION strike()', t);
        END LOOP;
    END $$;";

handover_conformance::store_tests!(Databases::default());
