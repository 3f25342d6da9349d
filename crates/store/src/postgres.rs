//! Everything in one PostgreSQL database, which many processes may share.

mod address;
mod archive;
mod claim;
mod commit;
mod connections;
mod defer;
mod due;
mod forget;
mod groups;
mod jobs;
mod load;
mod locks;
#[cfg(test)]
mod mutants;
mod newcomers;
mod notices;
mod plan;
mod presence;
mod query;
mod rows;
mod schema;
mod sight;
mod tenants;
#[cfg(test)]
mod tests;
mod tls;
mod traits;
mod transaction;
mod write;

use std::sync::Arc;
use std::time::Duration;

use handover_core::error::{Error, ErrorKind};
use handover_core::id::TenantId;
use tokio_postgres::Row;

pub use self::address::Address;
use self::claim::Claims;
use self::commit::Commits;
use self::connections::Connections;
use self::groups::Groups;
use self::notices::Notices;
use self::presence::Presence;
use self::query::Query;
use self::tenants::Tenants;
use self::transaction::is_lost;
use crate::failure::Failure;
use crate::wakes::Wakes;

/// A [`Store`](handover_core::store::Store) and [`Archive`](handover_core::archive::Archive) in a
/// PostgreSQL database of version 13 or newer.
///
/// Any number of processes may share it: what one of them decides from is locked until its commit
/// is durable, a lane's head is claimed by one of them, and budgets and pauses count for all. Calls
/// that wait at the same time share a transaction, and none is answered before that is durable.
///
/// It lives on the tokio runtime on which it was connected. Clones share the connections.
///
/// # Errors
/// [`ErrorKind::Unavailable`] when the database cannot be reached, is full or takes too long; after
/// a connection was lost at the end of a commit nobody knows, and a second call finds out.
/// [`ErrorKind::Config`] when it refuses us, or is from a newer version.
///
/// # Cancel safety
/// A dropped call has happened as a whole or not at all; one that was not begun does not happen.
///
/// # Privacy
/// What is forgotten cannot be read any more. The server overwrites it when it next vacuums; its
/// write-ahead log and backups are the operator's. Neither errors nor `Debug` show the user, the
/// password or a row.
#[derive(Clone, Debug)]
pub struct Postgres {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// For reading, and for what is one statement.
    connections: Connections,
    tenants: Arc<Tenants>,
    /// None for reading only.
    writers: Option<Writers>,
    wakes: Arc<Wakes>,
    notices: Notices,
}

#[derive(Debug)]
struct Writers {
    commits: Groups<Commits>,
    claims: Groups<Claims>,
}

/// How a database is worked with.
#[derive(Clone, Debug)]
pub struct Connect {
    readers: usize,
    writers: usize,
    poll: Duration,
    #[cfg(test)]
    wrong: mutants::Wrong,
}

impl Connect {
    /// Sets how many connections there are for reading and for what a person decides, 4 by default.
    /// Beside them there are those that write, and one that listens.
    #[must_use]
    pub fn with_readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// Sets how many transactions of commits are under way at a time, 2 by default: one is decided
    /// while the other is made durable. With fewer, more calls share one. Half as many claim.
    #[must_use]
    pub fn with_writers(mut self, writers: usize) -> Self {
        self.writers = writers.max(1);
        self
    }

    /// Sets after how long a change of another process is noticed although its notice was lost, 5
    /// seconds by default.
    #[must_use]
    pub fn with_poll(mut self, poll: Duration) -> Self {
        self.poll = poll.max(Duration::from_millis(1));
        self
    }
}

impl Default for Connect {
    fn default() -> Self {
        Self {
            readers: 4,
            writers: 2,
            poll: Duration::from_secs(5),
            #[cfg(test)]
            wrong: mutants::Wrong::default(),
        }
    }
}

impl Postgres {
    /// Connects, and brings the database to the newest shape; of several that start at once, one
    /// does.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the database refuses us, is from a newer version, or the
    /// certificates to trust cannot be read; [`ErrorKind::Unavailable`] if it cannot be reached now.
    pub async fn connect(address: &Address, options: &Connect) -> Result<Self, Error> {
        let pool = |most| {
            let connections = Connections::new(address, most, false)?;
            #[cfg(test)]
            let connections = connections.with_wrong(options.wrong.clone());
            Ok::<_, Error>(connections)
        };
        let connections = pool(options.readers)?;
        schema::migrate(&connections).await?;
        let (tenants, wakes) = (Arc::new(Tenants::default()), Arc::new(Wakes::default()));
        let most = options.writers;
        let claimers = most.div_ceil(2);
        let commits = Commits { connections: pool(most)?, tenants: Arc::clone(&tenants) };
        let presence = Arc::new(Presence::default());
        let claims = Claims {
            connections: pool(claimers)?,
            tenants: Arc::clone(&tenants),
            presence: Arc::clone(&presence),
        };
        let writers = Writers {
            commits: Groups::start(commits, most),
            claims: Groups::start(claims, claimers),
        };
        let notices =
            Notices::start(connections.clone(), Arc::clone(&wakes), presence, options.poll);
        let writers = Some(writers);
        Ok(Self { shared: Arc::new(Shared { connections, tenants, writers, wakes, notices }) })
    }

    /// Connects for reading only. Calls that write are refused with [`ErrorKind::Config`].
    ///
    /// # Errors
    /// As [`Postgres::connect`]; also if the database is empty or from an older version.
    pub async fn connect_read_only(address: &Address) -> Result<Self, Error> {
        let connections = Connections::new(address, 1, true)?;
        schema::require_newest(&connections).await?;
        let wakes = Arc::new(Wakes::default());
        let notices = Notices::silent(Arc::clone(&wakes));
        let (tenants, writers) = (Arc::default(), None);
        Ok(Self { shared: Arc::new(Shared { connections, tenants, writers, wakes, notices }) })
    }

    /// Waits until all calls before this one are done, and closes the connections.
    ///
    /// Later calls are refused with [`ErrorKind::Unavailable`].
    pub async fn close(&self) {
        if let Some(writers) = &self.shared.writers {
            writers.commits.close().await;
            writers.claims.close().await;
        }
        self.shared.connections.close();
    }

    fn writers(&self) -> Result<&Writers, Error> {
        let text = "the store was opened for reading only";
        self.shared.writers.as_ref().ok_or_else(|| Error::never(ErrorKind::Config, text))
    }

    /// A tenant's number, if it ever stored anything.
    async fn tenant(&self, tenant: &TenantId) -> Result<Option<i32>, Error> {
        Ok(self.shared.tenants.find(&self.shared.connections, tenant).await?)
    }

    /// Runs statements that only read, in one round trip.
    ///
    /// A connection that has died since it was last used is noticed here: then another is taken.
    async fn read(&self, queries: &[Query<'_>]) -> Result<Vec<Vec<Row>>, Failure> {
        let mut tries = 0;
        loop {
            tries += 1;
            let conn = self.shared.connections.take().await?;
            match query::pipeline(&conn, queries).await {
                Err(error) if is_lost(&error) && tries < TRIES => {}
                ended => return Ok(ended?),
            }
        }
    }

    /// Runs one statement that writes; how many rows it tells of.
    async fn write(&self, tenant: &TenantId, query: Query<'_>) -> Result<usize, Error> {
        self.writers()?;
        let conn = self.shared.connections.take().await?;
        let mut tries = 0;
        let written = loop {
            tries += 1;
            match query::rows(&conn, &query).await {
                Err(error) if tries < TRIES && transaction::may_pass(&error) => {}
                ended => break ended,
            }
        };
        let rows = written.map_err(Failure::from)?.len();
        self.shared.notices.tell(tenant);
        Ok(rows)
    }
}

/// How often something is tried when somebody else is in the way.
const TRIES: usize = 5;
