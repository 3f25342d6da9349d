//! The shape of the database, and how an older shape becomes the newest.

use handover_core::error::{Error, ErrorKind};
use tokio_postgres::Client;

use super::connections::Connections;
use crate::failure::Failure;

/// Brings a database to the newest shape, in one transaction. Of several processes that start at
/// once one does it, and the others wait for it.
pub(super) async fn migrate(connections: &Connections) -> Result<(), Failure> {
    let conn = connections.take().await?;
    if version(&conn).await? == Some(MIGRATIONS.len()) {
        return Ok(());
    }
    let done = steps(&conn).await;
    if done.is_err() {
        // The server undoes what was begun.
        conn.discard();
    }
    done
}

/// Refuses a database that is not in the newest shape.
pub(super) async fn require_newest(connections: &Connections) -> Result<(), Failure> {
    let conn = connections.take().await?;
    let version = version(&conn).await?;
    if version.is_none_or(|version| version < MIGRATIONS.len()) {
        let text = "the database of the store is empty or from an older version: \
                    start the relay on it once";
        return Err(Error::never(ErrorKind::Config, text).into());
    }
    Ok(())
}

async fn steps(conn: &Client) -> Result<(), Failure> {
    conn.batch_execute(&format!(
        "BEGIN; SELECT pg_advisory_xact_lock({LOCK}); CREATE SCHEMA IF NOT EXISTS handover; \
         SET LOCAL statement_timeout = 0"
    ))
    .await?;
    let known = version(conn).await?;
    if known.is_none() {
        conn.batch_execute("CREATE TABLE schema_version (version int4 NOT NULL)").await?;
        conn.batch_execute("INSERT INTO schema_version VALUES (0)").await?;
    }
    for step in MIGRATIONS.iter().skip(known.unwrap_or(0)) {
        conn.batch_execute(step).await?;
    }
    let newest = MIGRATIONS.len();
    conn.batch_execute(&format!("UPDATE schema_version SET version = {newest}; COMMIT")).await?;
    Ok(())
}

/// The number of steps taken; none in a database that was never ours.
async fn version(conn: &Client) -> Result<Option<usize>, Failure> {
    let found = conn.query_one("SELECT to_regclass('handover.schema_version') IS NULL", &[]);
    if found.await?.try_get(0)? {
        return Ok(None);
    }
    let version: i32 =
        conn.query_one("SELECT version FROM schema_version", &[]).await?.try_get(0)?;
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    if version > MIGRATIONS.len() {
        let text = "the database of the store is from a newer version of handover; \
                    use that version, or a copy from before";
        return Err(Error::never(ErrorKind::Config, text).into());
    }
    Ok(Some(version))
}

/// "handover" in ASCII: what starters lock.
const LOCK: i64 = 0x6861_6e64_6f76_6572;

/// One step from each shape to the next. Steps are added, never changed.
const MIGRATIONS: &[&str] = &[include_str!("schema.sql"), include_str!("processes.sql")];
