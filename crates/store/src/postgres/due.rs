//! What time alone makes due.

use chrono::{DateTime, Utc};
use handover_core::id::SessionId;
use handover_core::store::Due;
use tokio_postgres::Row;

use super::query::Query;
use crate::failure::Failure;
use crate::json::decode;
use crate::nanos::{nanos, time};
use crate::numbers::limit;

/// What is due at `now`, at most `most` of each kind, and when the next thing is.
pub(super) fn due(tenant: i32, now: DateTime<Utc>, most: usize) -> [Query<'static>; 3] {
    let (now, most) = (nanos(now), limit(most));
    [
        Query::new(WOKEN).with(tenant).with(now).with(most),
        Query::new(FOUND).with(tenant).with(most),
        Query::new(NEXT).with(tenant).with(now),
    ]
}

/// Reads the three answers.
pub(super) fn read(answers: &[Vec<Row>]) -> Result<Due, Failure> {
    let [woken, found, next] = answers else { return Ok(Due::default()) };
    let session = |row: &Row| Ok(SessionId(row.try_get(0)?));
    let event = |row: &Row| decode(row.try_get(0)?);
    let next = match next.first() {
        Some(row) => row.try_get::<_, Option<i64>>(0)?,
        None => None,
    };
    Ok(Due {
        sessions: woken.iter().map(session).collect::<Result<_, Failure>>()?,
        events: found.iter().map(event).collect::<Result<_, Failure>>()?,
        next: next.map(time),
    })
}

pub(super) const WOKEN: &str = "SELECT id FROM sessions
    WHERE tenant = $1::int4 AND wake <= $2::int8 ORDER BY wake, id LIMIT $3::int8";
/// A session may have been forgotten since an event was found.
pub(super) const FOUND: &str = "SELECT data FROM unrouted u
    WHERE u.tenant = $1::int4 AND u.found AND (
        EXISTS (SELECT FROM threads WHERE tenant = $1 AND thread = ANY (u.threads))
        OR EXISTS (SELECT FROM sessions WHERE tenant = $1 AND id = ANY (u.sessions)))
    ORDER BY u.event LIMIT $2::int8";
/// Each part is the first row of an index.
pub(super) const NEXT: &str = "SELECT min(at) FROM (
    (SELECT wake AS at FROM sessions
        WHERE tenant = $1::int4 AND wake > $2::int8 ORDER BY wake LIMIT 1)
    UNION ALL (SELECT due FROM jobs
        WHERE tenant = $1 AND NOT ready AND due > $2 ORDER BY due LIMIT 1)
    UNION ALL (SELECT due FROM jobs WHERE tenant = $1 AND ready AND due > $2 ORDER BY due LIMIT 1)
    UNION ALL SELECT min(until) FROM pauses WHERE tenant = $1 AND until > $2) times";
