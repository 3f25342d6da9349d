//! The statement for each table that writes the rows of a group of changes.

use std::collections::BTreeMap;
use std::mem::take;

use handover_core::event::Event;
use handover_core::thread::Thread;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::query::Query;
use super::rows::{JobRow, Rows, SessionRow};
use crate::nanos::nanos;

impl<'a> Rows<'a> {
    /// The statements that write everything, in order.
    pub(super) fn write(mut self, tenant: i32) -> Vec<Query<'a>> {
        let mut queries = Vec::new();
        self.conversations(tenant, &mut queries);
        self.consents(tenant, &mut queries);
        self.lanes(tenant, &mut queries);
        self.unrouted(tenant, &mut queries);
        queries
    }

    /// The statements that write new sessions alone, as if nothing of them were stored yet.
    pub(super) fn newcomers(mut self, tenant: i32) -> Vec<Query<'a>> {
        let query = self.arrivals(Query::new(NEWCOMERS).with(tenant));
        let query = jobs(query, take(&mut self.jobs)).with(take(&mut self.handled));
        let found: Vec<_> = take(&mut self.found).into_iter().collect();
        let mut queries = vec![query.with(found)];
        self.consents(tenant, &mut queries);
        queries
    }

    fn conversations(&mut self, tenant: i32, queries: &mut Vec<Query<'a>>) {
        let query = |sql| Query::new(sql).with(tenant);
        if !self.new_sessions.is_empty() {
            queries.push(self.arrivals(query(ARRIVALS)));
        }
        if !self.old_sessions.is_empty() && !self.done.is_empty() {
            queries.push(self.settlements(query(SETTLEMENTS)));
        }
        if !self.cases.is_empty() {
            queries.push(self.cases(query(CASES)));
        }
        if !self.old_sessions.is_empty() {
            queries.push(self.old_sessions(query(OLD_SESSIONS)));
        }
        if !self.threads.is_empty() {
            queries.push(self.threads(query(THREADS)));
        }
        if !self.log.is_empty() {
            queries.push(messages(query(LOG), take(&mut self.log)));
        }
        if !self.updated.is_empty() {
            queries.push(messages(query(UPDATED), take(&mut self.updated)));
        }
        if !self.marks.is_empty() {
            queries.push(self.marks(query(MARKS)));
        }
    }

    /// Binds everything about new sessions, and whatever else goes into the same tables.
    fn arrivals(&mut self, query: Query<'a>) -> Query<'a> {
        let query = add_contacts(self.cases(query), &self.new_sessions);
        let query = self.threads(add_sessions(query, &self.new_sessions));
        let query = messages(query, take(&mut self.log));
        self.marks(query)
    }

    /// Binds what settlements write about stored sessions, and whatever else goes there.
    fn settlements(&mut self, query: Query<'a>) -> Query<'a> {
        let query = self.cases(query);
        let query = messages(self.old_sessions(query), take(&mut self.log));
        jobs(query.with(take(&mut self.done)), take(&mut self.jobs))
    }

    fn old_sessions(&mut self, query: Query<'a>) -> Query<'a> {
        let all: Vec<_> = take(&mut self.old_sessions).into_values().collect();
        add_sessions(query.with(column(&all, |row| row.version)), &all)
    }

    fn cases(&mut self, query: Query<'a>) -> Query<'a> {
        let (ids, rest): (Vec<_>, Vec<_>) = take(&mut self.cases).into_iter().unzip();
        let (versions, data): (Vec<_>, Vec<_>) = rest.into_iter().unzip();
        query.with(ids).with(versions).with(data)
    }

    fn threads(&mut self, query: Query<'a>) -> Query<'a> {
        let (names, created): (Vec<_>, Vec<_>) = take(&mut self.threads).into_iter().unzip();
        let (threads, sessions): (Vec<_>, Vec<_>) = names.into_iter().unzip();
        query.with(threads).with(created).with(sessions)
    }

    fn marks(&mut self, query: Query<'a>) -> Query<'a> {
        let (ids, marks): (Vec<_>, Vec<_>) = take(&mut self.marks).into_iter().unzip();
        query
            .with(ids)
            .with(column(&marks, |mark| mark.kinds))
            .with(column(&marks, |mark| mark.message.map(|(session, _)| session)))
            .with(column(&marks, |mark| mark.message.map(|(_, seq)| seq)))
    }

    fn consents(&mut self, tenant: i32, queries: &mut Vec<Query<'a>>) {
        let query = |sql| Query::new(sql).with(tenant);
        if !self.consents.is_empty() {
            let all: Vec<_> = take(&mut self.consents).into_values().collect();
            let query = query(CONSENTS)
                .with(column(&all, |row| row.channel.as_str()))
                .with(column(&all, |row| &*row.address))
                .with(column(&all, |row| row.allowed))
                .with(column(&all, |row| nanos(row.at)))
                .with(column(&all, |row| &*row.source));
            queries.push(query);
        }
    }

    fn lanes(&mut self, tenant: i32, queries: &mut Vec<Query<'a>>) {
        for (sql, jobs) in [(ASIDE, take(&mut self.aside)), (DONE, take(&mut self.done))] {
            if !jobs.is_empty() {
                queries.push(Query::new(sql).with(jobs));
            }
        }
        if !self.jobs.is_empty() {
            queries.push(jobs(Query::new(JOBS).with(tenant), take(&mut self.jobs)));
        }
        if !self.cursors.is_empty() {
            let (sources, cursors): (Vec<_>, Vec<_>) = take(&mut self.cursors).into_iter().unzip();
            queries.push(Query::new(CURSORS).with(tenant).with(sources).with(cursors));
        }
        if !self.freed.is_empty() {
            queries.push(promote(tenant, take(&mut self.freed)));
        }
    }

    fn unrouted(self, tenant: i32, queries: &mut Vec<Query<'a>>) {
        let query = |sql| Query::new(sql).with(tenant);
        if !self.found.is_empty() {
            let found: Vec<_> = self.found.into_iter().collect();
            queries.push(query(FOUND).with(found));
        }
        if !self.handled.is_empty() {
            queries.push(query(HANDLED).with(self.handled));
        }
        for (event, data) in self.stranded.into_values() {
            queries.push(strand(tenant, event, data));
        }
    }
}

/// Makes the first job of each lane its head, if it is not yet, as of a time for each.
pub(super) fn promote(tenant: i32, lanes: BTreeMap<String, i64>) -> Query<'static> {
    let (lanes, times): (Vec<_>, Vec<_>) = lanes.into_iter().unzip();
    Query::new(PROMOTE).with(tenant).with(lanes).with(times)
}

fn add_sessions<'a>(query: Query<'a>, all: &[SessionRow<'a>]) -> Query<'a> {
    query
        .with(column(all, |row| row.id))
        .with(column(all, |row| row.created))
        .with(column(all, |row| row.ended))
        .with(column(all, |row| row.wake))
        .with(column(all, |row| row.case))
        .with(column(all, |row| row.reply.clone()))
        .with(column(all, |row| row.session.channel.as_str()))
        .with(column(all, |row| &*row.session.customer.value))
        .with(column(all, |row| row.data))
}

fn add_contacts<'a>(query: Query<'a>, all: &[SessionRow<'a>]) -> Query<'a> {
    let mut counts: BTreeMap<(&str, &str, Uuid), i64> = BTreeMap::new();
    for SessionRow { session, .. } in all {
        let identity = &session.customer;
        *counts.entry((&identity.scheme, &identity.value, session.contact.0)).or_default() += 1;
    }
    let all: Vec<_> = counts.into_iter().collect();
    query
        .with(column(&all, |row| row.0.0))
        .with(column(&all, |row| row.0.1))
        .with(column(&all, |row| row.0.2))
        .with(column(&all, |row| row.1))
}

/// Binds messages by session and place.
fn messages<'a>(
    query: Query<'a>,
    all: BTreeMap<(Uuid, i64), impl ToSql + Send + Sync + 'a>,
) -> Query<'a> {
    let (keys, data): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    let (sessions, seqs): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
    query.with(sessions).with(seqs).with(data)
}

/// Binds jobs in the order in which they were made.
fn jobs<'a>(query: Query<'a>, all: Vec<JobRow<'a>>) -> Query<'a> {
    query
        .with(column(&all, |row| row.session))
        .with(column(&all, |row| row.lane.clone()))
        .with(column(&all, |row| row.destination.clone()))
        .with(column(&all, |row| row.priority))
        .with(column(&all, |row| row.alike))
        .with(column(&all, |row| row.fence))
        .with(column(&all, |row| row.head))
        .with(column(&all, |row| row.now))
        .with(all.into_iter().map(|row| row.data).collect::<Vec<_>>())
}

fn strand<'a>(tenant: i32, event: &'a Event, data: &'a str) -> Query<'a> {
    let mut threads: Vec<String> = event.threads.iter().map(Thread::to_text).collect();
    threads.sort_unstable();
    threads.dedup();
    let sessions: Vec<Uuid> =
        event.threads.iter().filter_map(|thread| Some(thread.as_session()?.0)).collect();
    let (id, at) = (event.id.as_str(), nanos(event.at));
    Query::new(STRAND).with(tenant).with(id).with(at).with(threads).with(sessions).with(data)
}

fn column<R, T>(rows: &[R], of: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}

/// One statement: each costs as much as some rows do.
pub(super) const ARRIVALS: &str = include_str!("arrivals.sql");
pub(super) const NEWCOMERS: &str = include_str!("newcomers.sql");
pub(super) const SETTLEMENTS: &str = include_str!("settlements.sql");
const CASES: &str = "INSERT INTO cases (tenant, id, version, data)
    SELECT $1::int4, * FROM unnest($2::uuid[], $3::int8[], $4::text[])
    ON CONFLICT (tenant, id) DO UPDATE SET version = excluded.version, data = excluded.data";
/// They are there. Found by the index that it names, whatever the planner thinks of the table.
const OLD_SESSIONS: &str = "INSERT INTO sessions
        (tenant, version, id, created, ended, wake, case_id, reply, channel, address, data)
    SELECT $1::int4, * FROM unnest($2::int8[], $3::uuid[], $4::int8[], $5::int8[], $6::int8[],
        $7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[])
    ON CONFLICT (tenant, id) DO UPDATE SET version = excluded.version, ended = excluded.ended,
        wake = excluded.wake, case_id = excluded.case_id, data = excluded.data";
const THREADS: &str = "INSERT INTO threads (tenant, thread, created, session)
    SELECT $1::int4, * FROM unnest($2::text[], $3::int8[], $4::uuid[]) ON CONFLICT DO NOTHING";
const LOG: &str = "INSERT INTO messages (tenant, session, seq, data)
    SELECT $1::int4, * FROM unnest($2::uuid[], $3::int8[], $4::text[])";
/// They are there, too.
const UPDATED: &str = "INSERT INTO messages (tenant, session, seq, data)
    SELECT $1::int4, * FROM unnest($2::uuid[], $3::int8[], $4::text[])
    ON CONFLICT (tenant, session, seq) DO UPDATE SET data = excluded.data";
pub(super) const MARKS: &str = "INSERT INTO marks AS m (tenant, id, kinds, session, seq)
    SELECT $1::int4, * FROM unnest($2::text[], $3::int2[], $4::uuid[], $5::int8[])
    ON CONFLICT (tenant, id) DO UPDATE SET kinds = m.kinds | excluded.kinds,
        session = coalesce(m.session, excluded.session), seq = coalesce(m.seq, excluded.seq)";
const CONSENTS: &str = "INSERT INTO consents AS c (tenant, channel, address, allowed, at, source)
    SELECT $1::int4, * FROM unnest($2::text[], $3::text[], $4::bool[], $5::int8[], $6::text[])
    ON CONFLICT (tenant, channel, address) DO UPDATE
    SET allowed = excluded.allowed, at = excluded.at, source = excluded.source
    WHERE excluded.at >= c.at";
const ASIDE: &str = "UPDATE jobs SET state = 3, lane = NULL, head = false, ready = false,
        due = NULL, token = NULL, lease_until = NULL
    WHERE id = ANY ($1::int8[])";
pub(super) const DONE: &str = "DELETE FROM jobs WHERE id = ANY ($1::int8[])";
/// Numbered in the order in which they were made.
const JOBS: &str = "INSERT INTO jobs (tenant, session, lane, destination, priority, alike, fence,
        head, ready, due, not_before, data)
    SELECT $1::int4, session, lane, destination, priority, alike, fence, head, head,
        CASE WHEN head THEN now END, now, data
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::int2[], $6::int2[], $7::int8[], $8::bool[],
        $9::int8[], $10::text[]) WITH ORDINALITY
        AS n (session, lane, destination, priority, alike, fence, head, now, data, place)
    ORDER BY place";
const CURSORS: &str = "INSERT INTO cursors (tenant, source, cursor)
    SELECT $1::int4, * FROM unnest($2::text[], $3::text[])
    ON CONFLICT (tenant, source) DO UPDATE SET cursor = excluded.cursor";
/// The time to claim is when the wait or the lease ends; none while parked.
pub(super) const PROMOTE: &str = "UPDATE jobs j SET head = true,
        due = CASE j.state WHEN 0 THEN j.not_before WHEN 1 THEN j.lease_until END,
        ready = CASE j.state WHEN 0 THEN j.not_before <= first.now
            WHEN 1 THEN j.lease_until <= first.now ELSE false END
    FROM (SELECT p.now, f.id FROM unnest($2::text[], $3::int8[]) AS p (lane, now)
        CROSS JOIN LATERAL (SELECT id FROM jobs
            WHERE tenant = $1::int4 AND lane = p.lane ORDER BY id LIMIT 1) f) first
    WHERE j.id = first.id AND NOT j.head";
/// The sum keeps the planner from the indices that begin with the tenant, and so with all its events.
pub(super) const FOUND: &str = "UPDATE unrouted SET found = true
    WHERE tenant + 0 = $1::int4 AND NOT found AND threads && $2::text[]";
const HANDLED: &str = "DELETE FROM unrouted WHERE tenant = $1::int4 AND event = ANY ($2::text[])";
const STRAND: &str = "INSERT INTO unrouted (tenant, event, at, threads, sessions, data, found)
    SELECT $1::int4, $2, $3, $4, $5, $6,
        EXISTS (SELECT FROM threads WHERE tenant = $1 AND thread = ANY ($4::text[]))
        OR EXISTS (SELECT FROM sessions WHERE tenant = $1 AND id = ANY ($5::uuid[]))
    ON CONFLICT (tenant, event) DO UPDATE SET at = excluded.at, found = excluded.found,
        threads = excluded.threads, sessions = excluded.sessions, data = excluded.data";
