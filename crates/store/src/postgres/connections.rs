//! Connections, and what every one of them is told first.

use std::ops::Deref;
use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use handover_core::error::{Error, ErrorKind};
use tokio_postgres::{Client, Config, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::Address;
use super::tls;
use crate::failure::Failure;

/// A pool of connections to one database. One that has died is replaced when it is next wanted.
#[derive(Clone)]
pub(super) struct Connections {
    pool: Pool,
    #[cfg(test)]
    wrong: super::mutants::Wrong,
    /// For a connection beside the pool.
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
}

impl Connections {
    /// No connection is made before the first is wanted.
    pub(super) fn new(address: &Address, most: usize, read_only: bool) -> Result<Self, Error> {
        let tls = tls::connector(&address.tls)?;
        let mut config = Config::clone(&address.config);
        let theirs = config.get_options().unwrap_or_default().to_owned();
        let access = if read_only { " -c default_transaction_read_only=on" } else { "" };
        // The URL's own options come last, and so they count.
        config.options(format!("{SESSION}{access} {theirs}"));
        if config.get_application_name().is_none() {
            config.application_name("handover");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        // A host that has vanished is noticed.
        config.tcp_user_timeout(SILENCE).keepalives_idle(SILENCE);
        let recycling_method = RecyclingMethod::Fast;
        let manager =
            Manager::from_config(config.clone(), tls.clone(), ManagerConfig { recycling_method });
        let pool = Pool::builder(manager).max_size(most).runtime(Runtime::Tokio1);
        let pool = pool.wait_timeout(Some(PATIENCE)).create_timeout(Some(PATIENCE * 2)).build();
        let pool = pool.map_err(|_| {
            Error::never(ErrorKind::Config, "the pool of connections cannot be made")
        })?;
        Ok(Self {
            pool,
            #[cfg(test)]
            wrong: Default::default(),
            config,
            tls,
        })
    }

    /// A connection.
    pub(super) async fn take(&self) -> Result<Conn, Failure> {
        let object = self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error.into(),
            PoolError::Timeout(_) => {
                let text = "the database did not give a connection in time";
                Failure(Error::later(ErrorKind::Unavailable, text))
            }
            _ => Failure(Error::later(ErrorKind::Unavailable, "the store has stopped")),
        })?;
        Ok(Conn {
            object,
            #[cfg(test)]
            wrong: self.wrong.clone(),
        })
    }

    /// Puts wrong statements in the place of right ones.
    #[cfg(test)]
    pub(super) fn with_wrong(mut self, wrong: super::mutants::Wrong) -> Self {
        self.wrong = wrong;
        self
    }

    /// Closes what is idle, and gives out no more.
    pub(super) fn close(&self) {
        self.pool.close();
    }
}

/// A connection from the pool, to which it goes back when it is dropped.
pub(super) struct Conn {
    object: Object,
    #[cfg(test)]
    wrong: super::mutants::Wrong,
}

impl Conn {
    /// Closes the connection.
    pub(super) fn discard(self) {
        drop(Object::take(self.object));
    }

    /// A statement, planned once for each connection.
    pub(super) async fn prepare(
        &self,
        sql: &'static str,
    ) -> Result<Statement, tokio_postgres::Error> {
        #[cfg(test)]
        let sql = &self.wrong.text(sql);
        self.object.prepare_cached(sql).await
    }
}

impl Deref for Conn {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.object
    }
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connections").field("status", &self.pool.status()).finish_non_exhaustive()
    }
}

/// A plan depends on the indices alone: it is made once for each statement and connection, and not
/// again when there are suddenly many rows or no statistics yet.
pub(super) const SESSION: &str = "-c search_path=handover -c plan_cache_mode=force_generic_plan \
    -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off \
    -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s \
    -c client_min_messages=warning";
const PATIENCE: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(30);
