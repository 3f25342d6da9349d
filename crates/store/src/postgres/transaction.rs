//! A transaction that never leaves its connection in doubt.

use tokio_postgres::Row;

use super::connections::{Conn, Connections};
use super::query::{Query, pipeline};
use crate::failure::Failure;

/// A connection with an open transaction. Dropped before its end, the connection is closed, and so
/// the server undoes it.
pub(super) struct Transaction {
    conn: Option<Conn>,
}

/// How a transaction failed.
#[derive(Debug)]
pub(super) enum Broken {
    /// Nothing of it happened, and a second try may succeed.
    Again(Failure),
    /// Nothing of it happened, and the same would fail again.
    Failed(Failure),
    /// The database cannot be had. Nothing happened, or all of it if that was noticed at the end.
    Gone(Failure),
}

impl Transaction {
    /// Takes a connection; the transaction begins with the first statements.
    pub(super) async fn begin(connections: &Connections) -> Result<Self, Broken> {
        let conn = connections.take().await.map_err(Broken::Gone)?;
        Ok(Self { conn: Some(conn) })
    }

    /// Begins, and runs statements in one round trip.
    pub(super) async fn first(
        &mut self,
        mut queries: Vec<Query<'_>>,
    ) -> Result<Vec<Vec<Row>>, Broken> {
        queries.insert(0, Query::new(BEGIN));
        let mut rows = self.run(&queries).await?;
        rows.remove(0);
        Ok(rows)
    }

    /// Runs statements in one round trip.
    pub(super) async fn run(&mut self, queries: &[Query<'_>]) -> Result<Vec<Vec<Row>>, Broken> {
        // It is there until the end.
        let Some(conn) = &self.conn else { return Ok(Vec::new()) };
        match pipeline(conn, queries).await {
            Ok(rows) => Ok(rows),
            Err(error) => Err(self.undo(error).await),
        }
    }

    /// Runs statements and commits, in one round trip.
    pub(super) async fn last(
        mut self,
        mut queries: Vec<Query<'_>>,
    ) -> Result<Vec<Vec<Row>>, Broken> {
        queries.push(Query::new("COMMIT"));
        let Some(conn) = &self.conn else { return Ok(Vec::new()) };
        match pipeline(conn, &queries).await {
            Ok(mut rows) => {
                rows.pop();
                // It is as good as new.
                drop(self.conn.take());
                Ok(rows)
            }
            // Without a word from the server nobody knows how it ended.
            Err(error) if is_lost(&error) => {
                self.discard();
                Err(Broken::Gone(error.into()))
            }
            Err(error) => Err(self.undo(error).await),
        }
    }

    /// Begins, runs statements and commits, in one round trip.
    pub(super) async fn all(self, mut queries: Vec<Query<'_>>) -> Result<Vec<Vec<Row>>, Broken> {
        queries.insert(0, Query::new(BEGIN));
        let mut rows = self.last(queries).await?;
        rows.remove(0);
        Ok(rows)
    }

    /// Ends without a change.
    pub(super) async fn cancel(mut self) {
        if let Some(conn) = self.conn.take()
            && conn.batch_execute("ROLLBACK").await.is_err()
        {
            conn.discard();
        }
    }

    async fn undo(&mut self, error: tokio_postgres::Error) -> Broken {
        if is_lost(&error) {
            self.discard();
            return Broken::Again(error.into());
        }
        if let Some(conn) = self.conn.take()
            && conn.batch_execute("ROLLBACK").await.is_err()
        {
            conn.discard();
        }
        match may_pass(&error) {
            true => Broken::Again(error.into()),
            false => Broken::Failed(error.into()),
        }
    }

    fn discard(&mut self) {
        if let Some(conn) = self.conn.take() {
            conn.discard();
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.discard();
    }
}

impl Broken {
    /// What to tell the caller.
    pub(super) fn failure(self) -> Failure {
        match self {
            Self::Again(failure) | Self::Failed(failure) | Self::Gone(failure) => failure,
        }
    }
}

/// Whether the connection is gone: it broke, or the server ended it.
pub(super) fn is_lost(error: &tokio_postgres::Error) -> bool {
    error.is_closed()
        || error.code().map_or_else(
            || {
                std::error::Error::source(error)
                    .is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
            },
            |code| {
                matches!(code.code(), "57P01" | "57P02" | "57P03") || code.code().starts_with("08")
            },
        )
}

/// Whether somebody else was in the way, and need not be the next time: a serialization failure, a
/// deadlock, a row that another has added meanwhile.
pub(super) fn may_pass(error: &tokio_postgres::Error) -> bool {
    let code = error.code().map(tokio_postgres::error::SqlState::code);
    matches!(code, Some("40001" | "40P01" | "23505"))
}

/// Each statement sees what was committed before it began. The locks that are taken first see to it
/// that this does not change until the end.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
