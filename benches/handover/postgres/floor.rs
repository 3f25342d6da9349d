//! The same rows by bare statements: nothing is checked, read or decided.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use futures_util::future::maybe_done;
use handover_core::job::{Job, JobId, NewJob};
use handover_core::session::{CaseRecord, Session};
use handover_core::store::Change;
use serde_json::to_string;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

use super::changes;
use crate::Done;

/// A connection, with every statement prepared.
pub(super) struct Bare {
    client: Client,
    statements: HashMap<&'static str, Statement>,
}

/// The values of one message's rows.
pub(super) struct Arrival {
    id: Uuid,
    contact: Uuid,
    case: Uuid,
    times: [i64; 2],
    texts: [String; 7],
    threads: Vec<String>,
    jobs: Vec<JobTexts>,
}

/// The values of one settlement's rows.
pub(super) struct Settled {
    session: String,
    reply: String,
    send: JobTexts,
    wake: i64,
}

struct JobTexts {
    lane: String,
    destination: String,
    priority: i16,
    alike: i16,
    data: String,
}

/// Connections that plan as the store's do.
pub(super) async fn clients(url: &str, count: usize) -> Done<Vec<Bare>> {
    let mut all = Vec::new();
    for _ in 0..count {
        let mut config: tokio_postgres::Config = url.parse()?;
        config.options("-c search_path=handover -c plan_cache_mode=force_generic_plan -c jit=off");
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        let mut statements = HashMap::new();
        for sql in ALL {
            statements.insert(sql, client.prepare(sql).await?);
        }
        all.push(Bare { client, statements });
    }
    Ok(all)
}

/// The tenant's number is 1, as in the store.
pub(super) async fn tenant(bare: &Bare) -> Done<()> {
    bare.client.execute("INSERT INTO tenants (name) VALUES ('acme')", &[]).await?;
    Ok(())
}

/// What the rows of these changes hold.
pub(super) fn rows(changes: &[Change]) -> Done<Vec<Arrival>> {
    changes.iter().map(arrival).collect()
}

/// What the rows of all settlements hold, by session.
pub(super) fn settlements(count: usize) -> Done<HashMap<Uuid, Settled>> {
    let one = |number| {
        let change = changes::arrival(number);
        let mut session = change.conversation.ok_or("no conversation")?.session;
        changes::answer(&mut session);
        let send = changes::send(session.id);
        let settled = Settled {
            session: text_of(&session)?,
            reply: to_string(&changes::reply())?,
            send: job(&send, &session, changes::at(60))?,
            wake: session.wake.and_then(|wake| wake.timestamp_nanos_opt()).unwrap_or_default(),
        };
        Ok((session.id.0, settled))
    };
    (0..count).map(one).collect()
}

impl Bare {
    /// Writes one message's rows in one transaction: in one round trip, or each statement once the
    /// one before it is answered.
    pub(super) async fn arrive(&self, row: &Arrival, is_piped: bool) -> Done<()> {
        let Arrival { id, contact, case, times: [created, wake], .. } = row;
        let [value, reply, channel, session, case_data, message, event] = &row.texts;
        let mut all: Vec<(&'static str, Vec<&(dyn ToSql + Sync)>)> = vec![
            ("BEGIN", vec![]),
            (CASE, vec![case, case_data]),
            (CONTACT, vec![value, contact]),
            (SESSION, vec![id, created, wake, case, reply, channel, value, session]),
        ];
        all.extend(row.threads.iter().map(|t| (THREAD, vec![t as _, created as _, id as _])));
        all.push((MESSAGE, vec![id, &1_i64, message]));
        all.push((MARK, vec![event, id]));
        for job in &row.jobs {
            all.push((JOB, job.values(id, created)));
        }
        all.push(("COMMIT", vec![]));
        if is_piped {
            return self.pipeline(all).await;
        }
        for (sql, params) in &all {
            self.client.execute(&self.statements[sql], params).await?;
        }
        Ok(())
    }

    /// Claims in one transaction, and writes a settlement's rows in a second.
    pub(super) async fn work(&self, all: &HashMap<Uuid, Settled>) -> Done<()> {
        let now = changes::at(60).timestamp_nanos_opt().unwrap_or_default();
        let until = now + 60_000_000_000;
        let claimed = self.client.query(&self.statements[CLAIM], &[&now, &until]).await?;
        let claimed = claimed.first().ok_or("nothing is left to claim")?;
        let (job, token, session): (i64, i64, Uuid) =
            (claimed.try_get(0)?, claimed.try_get(1)?, claimed.try_get(2)?);
        let settled = all.get(&session).ok_or("a stranger's session")?;
        let Settled { session: data, reply, send, wake } = settled;
        let queries: Vec<(&'static str, Vec<&(dyn ToSql + Sync)>)> = vec![
            ("BEGIN", vec![]),
            (SETTLE, vec![&job, &token]),
            (UPDATE, vec![&session, wake, data]),
            (MESSAGE, vec![&session, &2_i64, reply]),
            (JOB, send.values(&session, &now)),
            ("COMMIT", vec![]),
        ];
        self.pipeline(queries).await?;
        Ok(())
    }

    /// Sends all at once, in order, and waits for the answers.
    async fn pipeline(&self, all: Vec<(&'static str, Vec<&(dyn ToSql + Sync)>)>) -> Done<()> {
        let mut sent = Vec::new();
        for (sql, params) in &all {
            let answer = self.client.query(&self.statements[sql], params);
            sent.push(maybe_done(Box::pin(answer)));
        }
        poll_fn(|context| {
            let mut is_pending = false;
            for one in &mut sent {
                is_pending |= Pin::new(one).poll(context).is_pending();
            }
            if is_pending { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        for one in &mut sent {
            Pin::new(one).take_output().ok_or("an answer that nobody waited for")??;
        }
        Ok(())
    }
}

impl JobTexts {
    fn values<'a>(&'a self, session: &'a Uuid, now: &'a i64) -> Vec<&'a (dyn ToSql + Sync)> {
        let Self { lane, destination, priority, alike, data } = self;
        vec![session, lane, destination, priority, alike, now, data]
    }
}

fn arrival(change: &Change) -> Done<Arrival> {
    let conversation = change.conversation.as_ref().ok_or("no conversation")?;
    let (session, case) = (&conversation.session, conversation.case.as_ref().ok_or("no case")?);
    let nanos = |at: chrono::DateTime<chrono::Utc>| at.timestamp_nanos_opt().unwrap_or_default();
    let event = change.event.as_ref().ok_or("no event")?;
    Ok(Arrival {
        id: session.id.0,
        contact: session.contact.0,
        case: case.id.0,
        times: [nanos(session.created_at), session.wake.map(nanos).unwrap_or_default()],
        texts: [
            session.customer.value.to_string(),
            session.reply_thread.to_text(),
            session.channel.to_string(),
            text_of(session)?,
            to_string(&CaseRecord { version: 0, ..case.clone() })?,
            to_string(&change.log[0])?,
            event.as_str().to_owned(),
        ],
        threads: change.threads.iter().map(|thread| thread.to_text()).collect(),
        jobs: change.jobs.iter().map(|new| job(new, session, change.now)).collect::<Done<_>>()?,
    })
}

fn job(new: &NewJob, session: &Session, now: chrono::DateTime<chrono::Utc>) -> Done<JobTexts> {
    let job = Job {
        id: JobId(0),
        session: Some(session.id),
        lane: new.lane.clone(),
        work: new.work.clone(),
        fence: new.fence,
        created_at: now,
        attempts: 0,
        first_at: None,
        tried: false,
        last_at: None,
    };
    Ok(JobTexts {
        lane: new.lane.to_text(),
        destination: new.lane.destination.to_text(),
        priority: new.work.priority(&new.lane).into(),
        alike: if new.work.name() == "answer" { 2 } else { 0 },
        data: to_string(&job)?,
    })
}

fn text_of(session: &Session) -> Done<String> {
    Ok(to_string(&Session { version: 0, ..session.clone() })?)
}

const CASE: &str = "INSERT INTO cases (tenant, id, version, data) VALUES (1, $1, 1, $2)";
const CONTACT: &str = "INSERT INTO contacts (tenant, scheme, value, contact, sessions)
    VALUES (1, 'tel', $1, $2, 1)";
const SESSION: &str = "INSERT INTO sessions
    (tenant, version, id, created, wake, case_id, reply, channel, address, data)
    VALUES (1, 1, $1, $2, $3, $4, $5, $6, $7, $8)";
const THREAD: &str =
    "INSERT INTO threads (tenant, thread, created, session) VALUES (1, $1, $2, $3)";
const MESSAGE: &str = "INSERT INTO messages (tenant, session, seq, data) VALUES (1, $1, $2, $3)";
const MARK: &str = "INSERT INTO marks (tenant, id, kinds, session, seq) VALUES (1, $1, 1, $2, 1)";
const JOB: &str = "INSERT INTO jobs (tenant, session, lane, destination, priority, alike, fence,
    head, ready, due, not_before, data)
    VALUES (1, $1, $2, $3, $4, $5, 0, true, true, $6, $6, $7)";
const CLAIM: &str = "UPDATE jobs SET state = 1, token = nextval('tokens'), lease_until = $2,
        due = $2, ready = false, attempts = attempts + 1, first_at = coalesce(first_at, $1)
    WHERE id = (SELECT id FROM jobs
        WHERE tenant = 1 AND destination = 'assistant' AND ready AND due <= $1
        ORDER BY priority, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, token, session, data";
const SETTLE: &str = "DELETE FROM jobs WHERE id = $1 AND token = $2";
const UPDATE: &str = "UPDATE sessions SET version = version + 1, wake = $2, data = $3
    WHERE tenant = 1 AND id = $1";
const ALL: [&str; 12] =
    ["BEGIN", "COMMIT", CASE, CONTACT, SESSION, THREAD, MESSAGE, MARK, JOB, CLAIM, SETTLE, UPDATE];

/// Rows and bytes by table. A look-up has no fence in the store, which takes no byte less.
pub(super) const SIZES: &str = "SET search_path = handover;
    SELECT 'sessions', count(*), sum(length(data)), sum(version) FROM sessions
    UNION ALL SELECT 'threads', count(*), sum(length(thread)), 0 FROM threads
    UNION ALL SELECT 'cases', count(*), sum(length(data)), 0 FROM cases
    UNION ALL SELECT 'contacts', count(*), sum(length(value)), 0 FROM contacts
    UNION ALL SELECT 'messages', count(*), sum(length(data)), sum(seq) FROM messages
    UNION ALL SELECT 'marks', count(*), sum(length(id)), sum(kinds) FROM marks
    UNION ALL SELECT 'jobs', count(*), sum(length(data)), sum(priority) FROM jobs";
