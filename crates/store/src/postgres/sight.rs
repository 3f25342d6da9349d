//! What is stored of all that a group of changes touches.

use std::collections::HashMap;

use handover_core::job::Lane;
use handover_core::store::Change;
use tokio_postgres::Row;
use uuid::Uuid;

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
            self.lanes.extend(change.jobs.iter().map(|job| job.lane.to_text()));
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

    /// The statements that look it up; what needs no look has none.
    pub(super) fn look(self, tenant: i32) -> (Vec<Query<'static>>, Looks) {
        let Self { marks, sessions, replies, cases, jobs, lanes, messages } = self;
        let (mut queries, mut looks) = (Vec::new(), Looks(Vec::new()));
        let mut ask = |is_needed: bool, read: Read, query: Query<'static>| {
            if is_needed {
                queries.push(query);
                looks.0.push(read);
            }
        };
        let query = |sql| Query::new(sql).with(tenant);
        ask(!marks.is_empty(), read_marks, query(MARKS).with(marks));
        ask(!sessions.is_empty(), read_sessions, query(SESSIONS).with(sessions));
        ask(!replies.is_empty(), read_open, query(OPEN).with(replies));
        ask(!cases.is_empty(), read_cases, query(CASES).with(cases));
        ask(!jobs.is_empty(), read_held, query(HELD).with(jobs));
        ask(!lanes.is_empty(), read_lanes, query(LANES).with(lanes));
        let (of, at) = messages;
        ask(!of.is_empty(), read_messages, query(MESSAGES).with(of).with(at));
        (queries, looks)
    }
}

type Read = fn(&mut Sight, &Row) -> Result<(), tokio_postgres::Error>;

/// How the answers are read.
pub(super) struct Looks(Vec<Read>);

impl Looks {
    /// Reads the answers.
    pub(super) fn read(&self, answers: &[Vec<Row>]) -> Result<Sight, Failure> {
        let mut sight = Sight::default();
        for (read, rows) in self.0.iter().zip(answers) {
            for row in rows {
                read(&mut sight, row)?;
            }
        }
        Ok(sight)
    }
}

fn read_marks(sight: &mut Sight, row: &Row) -> Result<(), tokio_postgres::Error> {
    sight.marks.insert(row.try_get(0)?, row.try_get(1)?);
    Ok(())
}

fn read_sessions(sight: &mut Sight, row: &Row) -> Result<(), tokio_postgres::Error> {
    let stored = Stored { version: row.try_get(1)?, created: row.try_get(2)? };
    sight.sessions.insert(row.try_get(0)?, stored);
    Ok(())
}

fn read_open(sight: &mut Sight, row: &Row) -> Result<(), tokio_postgres::Error> {
    sight.open.insert(row.try_get(0)?, row.try_get(1)?);
    Ok(())
}

fn read_cases(sight: &mut Sight, row: &Row) -> Result<(), tokio_postgres::Error> {
    sight.cases.insert(row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?));
    Ok(())
}

fn read_held(sight: &mut Sight, row: &Row) -> Result<(), tokio_postgres::Error> {
    let (token, lane, destination) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    sight.held.insert(row.try_get(0)?, Held { token, lane, destination });
    Ok(())
}

fn read_lanes(sight: &mut Sight, row: &Row) -> Result<(), tokio_postgres::Error> {
    let standing = Standing { any: row.try_get(1)?, waiting: row.try_get(2)? };
    sight.lanes.insert(row.try_get(0)?, standing);
    Ok(())
}

fn read_messages(sight: &mut Sight, row: &Row) -> Result<(), tokio_postgres::Error> {
    sight.messages.insert((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?);
    Ok(())
}

pub(super) const MARKS: &str =
    "SELECT id, kinds FROM marks WHERE tenant = $1 AND id = ANY ($2::text[])";
pub(super) const SESSIONS: &str = "SELECT id, version, created FROM sessions
    WHERE tenant = $1 AND id = ANY ($2::uuid[])";
pub(super) const OPEN: &str = "SELECT reply, id FROM sessions
    WHERE tenant = $1 AND reply = ANY ($2::text[]) AND ended IS NULL";
pub(super) const CASES: &str =
    "SELECT id, version, data FROM cases WHERE tenant = $1 AND id = ANY ($2::uuid[])";
/// Locked, so that nobody claims them again meanwhile.
pub(super) const HELD: &str = "SELECT id, token, lane, destination FROM jobs
    WHERE id = ANY ($2::int8[]) AND tenant = $1 AND state = 1 ORDER BY id FOR UPDATE";
pub(super) const LANES: &str = "SELECT asked.lane,
        EXISTS (SELECT FROM jobs WHERE tenant = $1 AND lane = asked.lane),
        EXISTS (SELECT FROM jobs WHERE tenant = $1 AND lane = asked.lane AND state = 0)
    FROM (SELECT DISTINCT unnest($2::text[]) AS lane) asked";
pub(super) const MESSAGES: &str = "SELECT m.session, m.seq, m.data
    FROM unnest($2::uuid[], $3::int8[]) AS asked (session, seq)
    JOIN messages m ON m.tenant = $1 AND m.session = asked.session AND m.seq = asked.seq";
