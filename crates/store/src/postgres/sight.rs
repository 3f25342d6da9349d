//! What is stored of all that a group of changes touches.

use std::collections::HashMap;

use handover_core::job::Lane;
use handover_core::store::Change;
use tokio_postgres::Row;
use uuid::Uuid;

use super::locks::shared_lanes;
use super::query::Query;
use crate::failure::Failure;
use crate::numbers::int;

/// What is stored, and then what will be, as change after change is decided.
#[derive(Debug, Default)]
pub(super) struct Sight {
    pub(super) marks: HashMap<String, i16>,
    pub(super) sessions: HashMap<Uuid, Stored>,
    /// The open session on each reply thread.
    pub(super) open: HashMap<String, Uuid>,
    /// Versions and texts.
    pub(super) cases: HashMap<Uuid, (i64, String)>,
    /// Claimed jobs.
    pub(super) held: HashMap<i64, Held>,
    pub(super) lanes: HashMap<String, Standing>,
    pub(super) messages: HashMap<(Uuid, i64), String>,
}

/// A stored session.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) version: i64,
    pub(super) created: i64,
}

/// A claimed job.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) token: i64,
    pub(super) lane: String,
    pub(super) destination: String,
}

/// What stands in a lane.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    pub(super) any: bool,
    pub(super) waiting: bool,
}

/// The keys to look up.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    marks: Vec<String>,
    sessions: Vec<Uuid>,
    replies: Vec<String>,
    cases: Vec<Uuid>,
    jobs: Vec<i64>,
    lanes: Vec<String>,
    messages: (Vec<Uuid>, Vec<i64>),
}

impl Wanted {
    /// Adds what a change touches.
    pub(super) fn add(&mut self, change: &Change) {
        let unrouted = change.unrouted.as_ref().map(|event| &event.id);
        for event in change.event.iter().chain(unrouted) {
            self.marks.push(event.as_str().to_owned());
            if event.row() != event.as_str() {
                self.marks.push(event.row().to_owned());
            }
        }
        if let Some(conversation) = &change.conversation {
            let session = &conversation.session;
            self.sessions.push(session.id.0);
            if session.is_open() {
                self.replies.push(session.reply_thread.to_text());
            }
            self.cases.extend(conversation.case.as_ref().map(|case| case.id.0));
            self.lanes.extend(shared_lanes(change).map(Lane::to_text));
            for update in &change.updates {
                self.messages.0.push(session.id.0);
                self.messages.1.push(int(update.seq));
            }
        }
        let feed = |(source, scope): &(_, _)| Lane::feed(source, Clone::clone(scope)).to_text();
        self.lanes.extend(change.pokes.iter().map(feed));
        if let Some(settle) = &change.settle {
            self.jobs.extend(settle.jobs.iter().map(|job| int(job.0)));
        }
    }

    /// The statement that looks it up.
    pub(super) fn look(self, tenant: i32) -> Query<'static> {
        let Self { marks, sessions, replies, cases, jobs, lanes, messages } = self;
        let look = Query::new(LOOK).with(tenant).with(marks).with(sessions).with(replies);
        look.with(cases).with(lanes).with(messages.0).with(messages.1).with(jobs)
    }
}

impl Sight {
    /// Reads the answer to [`Wanted::look`].
    pub(super) fn read(answer: &[Row]) -> Result<Self, Failure> {
        let mut sight = Self::default();
        for row in answer {
            sight.add(row)?;
        }
        Ok(sight)
    }

    fn add(&mut self, row: &Row) -> Result<(), tokio_postgres::Error> {
        let number = |column| row.try_get::<_, i64>(column);
        match row.try_get::<_, i32>(0)? {
            0 => {
                let kinds = number(3)?.try_into().unwrap_or_default();
                self.marks.insert(row.try_get(1)?, kinds);
            }
            1 => {
                let stored = Stored { version: number(3)?, created: number(4)? };
                self.sessions.insert(row.try_get(2)?, stored);
            }
            2 => {
                self.open.insert(row.try_get(1)?, row.try_get(2)?);
            }
            3 => {
                self.cases.insert(row.try_get(2)?, (number(3)?, row.try_get(1)?));
            }
            4 => {
                let standing = Standing { any: number(3)? != 0, waiting: number(4)? != 0 };
                self.lanes.insert(row.try_get(1)?, standing);
            }
            5 => {
                let (lane, destination) = (row.try_get(1)?, row.try_get(5)?);
                self.held.insert(number(3)?, Held { token: number(4)?, lane, destination });
            }
            _ => {
                self.messages.insert((row.try_get(2)?, number(3)?), row.try_get(1)?);
            }
        }
        Ok(())
    }
}

/// Each row says first what it is of: marks with their kinds, sessions with version and time, open
/// reply threads, cases with version and text, lanes with what stands in them, claimed jobs with token,
/// lane and destination, messages. The jobs are locked, so that nobody claims them again meanwhile.
///
/// Each key is looked up by itself (`OFFSET 0` keeps the planner from turning that round): a plan that
/// is made while the tables are empty has to be good when they are full. An order that only one index
/// has (`BETWEEN` for what is equal) keeps it from another index of open sessions.
pub(super) const LOOK: &str = "WITH held AS MATERIALIZED (
        SELECT id, token, lane, destination FROM jobs
        WHERE id = ANY ($9::int8[]) AND tenant = $1::int4 AND state = 1 ORDER BY id FOR UPDATE)
    SELECT 0, m.id, NULL::uuid, m.kinds::int8, NULL::int8, NULL::text
        FROM unnest($2::text[]) AS asked (id) CROSS JOIN LATERAL (
            SELECT id, kinds FROM marks WHERE tenant = $1 AND id = asked.id OFFSET 0) m
    UNION ALL SELECT 1, NULL, s.id, s.version, s.created, NULL
        FROM unnest($3::uuid[]) AS asked (id) CROSS JOIN LATERAL (
            SELECT id, version, created FROM sessions
            WHERE tenant = $1 AND id = asked.id OFFSET 0) s
    UNION ALL SELECT 2, s.reply, s.id, NULL, NULL, NULL
        FROM unnest($4::text[]) AS asked (reply) CROSS JOIN LATERAL (
            SELECT id, reply FROM sessions
            WHERE tenant = $1 AND reply BETWEEN asked.reply AND asked.reply AND ended IS NULL
            ORDER BY reply LIMIT 1) s
    UNION ALL SELECT 3, c.data, c.id, c.version, NULL, NULL
        FROM unnest($5::uuid[]) AS asked (id) CROSS JOIN LATERAL (
            SELECT id, version, data FROM cases WHERE tenant = $1 AND id = asked.id OFFSET 0) c
    UNION ALL SELECT 4, asked.lane, NULL,
            EXISTS (SELECT FROM jobs WHERE tenant = $1 AND lane = asked.lane)::int4,
            EXISTS (SELECT FROM jobs WHERE tenant = $1 AND lane = asked.lane AND state = 0)::int4,
            NULL
        FROM (SELECT DISTINCT unnest($6::text[]) AS lane) asked
    UNION ALL SELECT 5, lane, NULL, id, token, destination FROM held
    UNION ALL SELECT 6, m.data, m.session, m.seq, NULL, NULL
        FROM unnest($7::uuid[], $8::int8[]) AS asked (session, seq) CROSS JOIN LATERAL (
            SELECT session, seq, data FROM messages
            WHERE tenant = $1 AND session = asked.session AND seq = asked.seq OFFSET 0) m";
