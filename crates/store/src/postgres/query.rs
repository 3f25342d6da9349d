//! Statements, sent one behind the other without waiting for answers.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use futures_util::future::{MaybeDone, maybe_done};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::connections::Conn;

/// A statement and what is bound to it.
pub(super) struct Query<'a> {
    sql: &'static str,
    params: Vec<Box<dyn ToSql + Send + Sync + 'a>>,
}

impl<'a> Query<'a> {
    /// A statement.
    pub(super) fn new(sql: &'static str) -> Self {
        Self { sql, params: Vec::new() }
    }

    /// Binds the next parameter.
    #[must_use]
    pub(super) fn with(mut self, value: impl ToSql + Send + Sync + 'a) -> Self {
        self.params.push(Box::new(value));
        self
    }
}

/// Runs one statement; its rows.
pub(super) async fn rows(
    conn: &Conn,
    query: &Query<'_>,
) -> Result<Vec<Row>, tokio_postgres::Error> {
    let statement = conn.prepare(query.sql).await?;
    let params: Vec<_> = query.params.iter().map(|p| &**p as &(dyn ToSql + Sync)).collect();
    conn.query(&statement, &params).await
}

/// Runs statements in order, in one round trip; the rows of each.
///
/// # Errors
/// The first failure. Outside a transaction the statements behind it have run.
pub(super) async fn pipeline(
    conn: &Conn,
    queries: &[Query<'_>],
) -> Result<Vec<Vec<Row>>, tokio_postgres::Error> {
    // What is not planned yet is planned first: else the others would overtake it.
    for query in queries {
        conn.prepare(query.sql).await?;
    }
    let sent = queries.iter().map(|query| Box::pin(rows(conn, query)));
    in_order(sent.collect()).await.into_iter().collect()
}

/// Polls all, always in this order: so they are sent in this order.
async fn in_order<F: Future>(futures: Vec<Pin<Box<F>>>) -> Vec<F::Output> {
    let mut all: Vec<MaybeDone<Pin<Box<F>>>> = futures.into_iter().map(maybe_done).collect();
    poll_fn(|context| {
        let mut is_pending = false;
        for one in &mut all {
            is_pending |= Pin::new(one).poll(context).is_pending();
        }
        if is_pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    // Each has been polled until it was done.
    all.iter_mut().filter_map(|one| Pin::new(one).take_output()).collect()
}
