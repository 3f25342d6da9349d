//! Conversations behind threads, in one statement and so of one state of the database.

use handover_core::session::Conversation;
use handover_core::thread::{Side, Thread};
use tokio_postgres::Row;
use uuid::Uuid;

use super::query::Query;
use crate::failure::Failure;
use crate::json::{RawConversation, Versioned};
use crate::numbers::number;

/// For each thread the open session on it and the newest, and the open ones on their reply threads.
pub(super) fn load(tenant: i32, threads: &[Thread]) -> Query<'static> {
    let names: Vec<String> = threads.iter().map(Thread::to_text).collect();
    let session = |thread: &Thread| match thread.side {
        Side::Session => Some(thread.as_session().map_or_else(Uuid::nil, |session| session.0)),
        _ => None,
    };
    let sessions: Vec<Option<Uuid>> = threads.iter().map(session).collect();
    Query::new(LOAD).with(tenant).with(names).with(sessions)
}

/// The conversations, each once.
pub(super) fn read(rows: &[Row]) -> Result<Vec<Conversation>, Failure> {
    let mut known: Vec<Uuid> = Vec::new();
    let mut found = Vec::new();
    for row in rows {
        let id = row.try_get(0)?;
        if !known.contains(&id) {
            known.push(id);
            found.push(conversation(row)?.decode()?);
        }
    }
    Ok(found)
}

fn conversation(row: &Row) -> Result<RawConversation, Failure> {
    let session = Versioned { version: number(row.try_get(1)?), data: row.try_get(2)? };
    let version: Option<i64> = row.try_get(3)?;
    let case = match version {
        Some(version) => Some(Versioned { version: number(version), data: row.try_get(4)? }),
        None => None,
    };
    Ok(RawConversation { session, case })
}

/// A thread's newest session is its first in the index; the newest open one is hardly ever far
/// behind it. Each is looked up by itself: see the look of a commit.
pub(super) const LOAD: &str = "WITH named AS MATERIALIZED (
        SELECT asked.place, found.part, found.id
        FROM unnest($2::text[], $3::uuid[]) WITH ORDINALITY AS asked (thread, session, place)
        CROSS JOIN LATERAL (
            SELECT 0 AS part, asked.session AS id WHERE asked.session IS NOT NULL
            UNION ALL (SELECT 1, t.session FROM threads t
                CROSS JOIN LATERAL (SELECT ended FROM sessions
                    WHERE tenant = $1::int4 AND id = t.session OFFSET 0) s
                WHERE asked.session IS NULL AND t.tenant = $1 AND t.thread = asked.thread
                    AND s.ended IS NULL
                ORDER BY t.created DESC, t.session DESC LIMIT 1)
            UNION ALL (SELECT 2, t.session FROM threads t
                WHERE asked.session IS NULL AND t.tenant = $1 AND t.thread = asked.thread
                ORDER BY t.created DESC, t.session DESC LIMIT 1)) found),
    wanted AS (
        SELECT 0 AS turn, place, part, id FROM named
        UNION ALL SELECT 1, n.place, n.part, o.id FROM named n
            CROSS JOIN LATERAL (SELECT reply FROM sessions
                WHERE tenant = $1 AND id = n.id OFFSET 0) s
            CROSS JOIN LATERAL (SELECT id FROM sessions
                WHERE tenant = $1 AND reply BETWEEN s.reply AND s.reply AND ended IS NULL
                ORDER BY reply LIMIT 1) o)
    SELECT s.id, s.version, s.data, c.version, c.data
    FROM wanted w CROSS JOIN LATERAL (SELECT id, version, data, case_id FROM sessions
        WHERE tenant = $1 AND id = w.id OFFSET 0) s
    LEFT JOIN LATERAL (SELECT version, data FROM cases
        WHERE tenant = $1 AND id = s.case_id OFFSET 0) c ON true
    ORDER BY w.turn, w.place, w.part";
