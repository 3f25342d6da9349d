//! A server for this process, and a database for each test.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use handover_sim::postgres::Cluster;

use crate::postgres::mutants::Wrong;
use crate::{Address, Connect, Postgres};

/// The server. It ends with the process.
pub(super) fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start().unwrap())
}

/// A database that nobody else has.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) address: Address,
    pub(super) wrong: Wrong,
}

impl Place {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test{}", NEXT.fetch_add(1, Ordering::SeqCst));
        cluster().database(&name).unwrap();
        let address = Address::parse(&cluster().socket_url(&name)).unwrap();
        Self { name, address, wrong: Wrong::default() }
    }

    pub(super) async fn open(&self) -> Arc<Postgres> {
        let options = Connect { wrong: self.wrong.clone(), ..Connect::default() };
        Arc::new(Postgres::connect(&self.address, &options).await.unwrap())
    }

    /// Runs statements beside the store.
    pub(super) fn sql(&self, statements: &str) -> String {
        cluster().sql(&self.name, &format!("SET search_path = handover; {statements}")).unwrap()
    }
}
