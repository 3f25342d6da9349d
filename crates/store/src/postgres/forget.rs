//! Forgetting. Nobody else of the tenant commits meanwhile.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use handover_core::id::SessionId;
use handover_core::message::{Copy, Message};
use handover_core::session::Session;
use tokio_postgres::Row;
use uuid::Uuid;

use super::TRIES;
use super::connections::Connections;
use super::query::Query;
use super::transaction::{Broken, Transaction};
use super::{locks, write};
use crate::failure::Failure;
use crate::json::decode;
use crate::nanos::nanos;
use crate::numbers::limit;

/// What is to be forgotten.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    /// Sessions that ended before a time, so many at most, and older unrouted events.
    Before(DateTime<Utc>, usize),
    /// One session.
    One(SessionId),
}

/// Removes sessions with their messages, jobs and names; the names of their files.
pub(super) async fn forget(
    connections: &Connections,
    tenant: i32,
    which: Which,
) -> Result<Vec<String>, Failure> {
    let mut tries = 0;
    loop {
        tries += 1;
        match attempt(connections, tenant, which).await {
            Err(Broken::Again(_)) if tries < TRIES => {}
            ended => return ended.map_err(Broken::failure),
        }
    }
}

async fn attempt(
    connections: &Connections,
    tenant: i32,
    which: Which,
) -> Result<Vec<String>, Broken> {
    let mut transaction = Transaction::begin(connections).await?;
    let mut queries = vec![locks::close(tenant)];
    match which {
        Which::Before(time, most) => {
            queries.push(Query::new(OLD_EVENTS).with(tenant).with(nanos(time)));
            let ended = Query::new(ENDED).with(tenant).with(nanos(time)).with(limit(most));
            queries.push(ended);
        }
        Which::One(session) => queries.push(Query::new(ONE).with(tenant).with(session.0)),
    }
    let found = transaction.first(queries).await?.pop().unwrap_or_default();
    let mut files = Vec::new();
    for row in &found {
        files.extend(forget_one(&mut transaction, tenant, row).await?);
    }
    transaction.last(Vec::new()).await?;
    Ok(files)
}

async fn forget_one(
    transaction: &mut Transaction,
    tenant: i32,
    row: &Row,
) -> Result<Vec<String>, Broken> {
    let failed = |error: tokio_postgres::Error| Broken::Failed(error.into());
    let id: Uuid = row.try_get(0).map_err(failed)?;
    let case: Option<Uuid> = row.try_get(1).map_err(failed)?;
    let session: Session = decode(row.try_get(2).map_err(failed)?).map_err(Broken::Failed)?;
    let query = |sql| Query::new(sql).with(tenant);
    let customer = &session.customer;
    let contact =
        |sql| query(sql).with(&*customer.scheme).with(&*customer.value).with(session.contact.0);
    let gone = transaction
        .run(&[
            query(DROP_MESSAGES).with(id),
            query(DROP_JOBS).with(id),
            query(DROP_THREADS).with(id),
            query(DROP_SESSION).with(id),
            query(DROP_CASE).with(case),
            contact(COUNT_CONTACT),
            contact(DROP_CONTACT),
        ])
        .await?;
    let mut files = Vec::new();
    let mut events: Vec<String> = Vec::new();
    for row in &gone[0] {
        let message: Message = decode(row.try_get(0).map_err(failed)?).map_err(Broken::Failed)?;
        events.extend(message.event.map(|event| event.as_str().to_owned()));
        files.extend(message.files.into_iter().filter_map(|file| match file.copy {
            Copy::Stored(name) => Some(name),
            Copy::Missing | Copy::Pending => None,
        }));
    }
    // A lane belongs to the session or to its case, and its jobs need not be this session's only.
    let mut lanes = BTreeMap::new();
    for row in &gone[1] {
        let lane: Option<String> = row.try_get(0).map_err(failed)?;
        lanes.extend(lane.map(|lane| (lane, i64::MIN)));
    }
    let marks = query(FORGET_MARKS).with(events).with(id);
    transaction.run(&[marks, write::promote(tenant, lanes)]).await?;
    Ok(files)
}

const OLD_EVENTS: &str = "DELETE FROM unrouted WHERE tenant = $1::int4 AND at < $2::int8";
pub(super) const ENDED: &str = "SELECT id, case_id, data FROM sessions
    WHERE tenant = $1::int4 AND ended < $2::int8 ORDER BY ended LIMIT $3::int8";
const ONE: &str = "SELECT id, case_id, data FROM sessions WHERE tenant = $1::int4 AND id = $2";
const DROP_MESSAGES: &str =
    "DELETE FROM messages WHERE tenant = $1::int4 AND session = $2 RETURNING data";
const DROP_JOBS: &str = "DELETE FROM jobs WHERE tenant = $1::int4 AND session = $2 RETURNING lane";
const DROP_THREADS: &str = "DELETE FROM threads WHERE tenant = $1::int4 AND session = $2";
const DROP_SESSION: &str = "DELETE FROM sessions WHERE tenant = $1::int4 AND id = $2";
/// A case that no session shares any more is gone.
const DROP_CASE: &str = "DELETE FROM cases WHERE tenant = $1::int4 AND id = $2::uuid
    AND NOT EXISTS (SELECT FROM sessions WHERE tenant = $1 AND case_id = $2)";
const COUNT_CONTACT: &str = "UPDATE contacts SET sessions = sessions - 1
    WHERE tenant = $1::int4 AND scheme = $2 AND value = $3 AND contact = $4";
const DROP_CONTACT: &str = "DELETE FROM contacts
    WHERE tenant = $1::int4 AND scheme = $2 AND value = $3 AND contact = $4 AND sessions <= 0";
const FORGET_MARKS: &str = "UPDATE marks SET session = NULL, seq = NULL
    WHERE tenant = $1::int4 AND id = ANY ($2::text[]) AND session = $3";
