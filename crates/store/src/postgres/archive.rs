//! Reading for people and tools.

use handover_core::archive::{Counts, JobView};
use handover_core::directory::Contact;
use handover_core::id::{AccountId, SessionId};
use handover_core::message::Message;
use handover_core::session::Session;
use handover_core::store::Pause;
use tokio_postgres::Row;
use uuid::Uuid;

use super::jobs;
use crate::failure::Failure;
use crate::json::{RawView, Versioned, decode};
use crate::nanos::time;
use crate::numbers::number;

/// Messages from rows of [`MESSAGES`].
pub(super) fn message(row: &Row) -> Result<Message, Failure> {
    decode(row.try_get(0)?)
}

/// The message that an event became, from a row of [`MESSAGE_OF`].
pub(super) fn message_of(row: &Row) -> Result<(SessionId, Message), Failure> {
    Ok((SessionId(row.try_get(0)?), decode(row.try_get(1)?)?))
}

/// A session from a row of [`SESSIONS`] or [`OPEN_SESSIONS`].
pub(super) fn session(row: &Row) -> Result<Session, Failure> {
    Versioned { version: number(row.try_get(0)?), data: row.try_get(1)? }.session()
}

/// A job from a row of [`FAILING_JOBS`], [`HELD_JOBS`] or [`SESSION_JOBS`].
pub(super) fn job(row: &Row) -> Result<JobView, Failure> {
    let state: i16 = row.try_get(6)?;
    let (reason, not_before): (Option<String>, i64) = (row.try_get(7)?, row.try_get(8)?);
    let reason = reason.map(String::into_boxed_str);
    RawView { job: jobs::read(row)?, state: state.into(), reason, not_before }.decode()
}

/// A pause from a row of [`PAUSES`]; none if its account is no name, and every stored one was.
pub(super) fn pause(row: &Row) -> Result<Option<Pause>, Failure> {
    let (account, reason): (String, String) = (row.try_get(0)?, row.try_get(2)?);
    let until: Option<i64> = row.try_get(1)?;
    let Ok(account) = AccountId::new(account) else { return Ok(None) };
    Ok(Some(Pause { account, until: until.map(time), reason: reason.into() }))
}

/// A contact from a row of [`CONTACTS`].
pub(super) fn contact(row: &Row) -> Result<Contact, Failure> {
    let id: Uuid = row.try_get(0)?;
    Ok(Contact::new(id.to_string(), None))
}

/// How much there is, from the row of [`COUNTS`].
pub(super) fn counts(row: &Row) -> Result<Counts, Failure> {
    Ok(Counts {
        open_sessions: number(row.try_get(0)?),
        jobs: number(row.try_get(1)?),
        parked: number(row.try_get(2)?),
        uncertain: number(row.try_get(3)?),
        unrouted: number(row.try_get(4)?),
    })
}

pub(super) const MESSAGES: &str = "SELECT data FROM messages
    WHERE tenant = $1::int4 AND session = $2 AND seq > $3 ORDER BY seq LIMIT $4::int8";
pub(super) const MESSAGE_OF: &str = "SELECT m.session, m.data FROM marks k
    JOIN messages m ON m.tenant = k.tenant AND m.session = k.session AND m.seq = k.seq
    WHERE k.tenant = $1::int4 AND k.id = $2";
pub(super) const SESSIONS: &str = "SELECT version, data FROM sessions
    WHERE tenant = $1::int4 AND created < $2 ORDER BY created DESC, id LIMIT $3::int8";
pub(super) const OPEN_SESSIONS: &str = "SELECT version, data FROM sessions
    WHERE tenant = $1::int4 AND created < $2 AND ended IS NULL
    ORDER BY created DESC, id LIMIT $3::int8";
pub(super) const HELD_JOBS: &str = "SELECT id, attempts, first_at, tried, last_at, data, state,
        reason, not_before
    FROM jobs WHERE tenant = $1::int4 AND state >= 2 AND state = $2 ORDER BY id LIMIT $3::int8";
pub(super) const FAILING_JOBS: &str = "SELECT id, attempts, first_at, tried, last_at, data, state,
        reason, not_before
    FROM jobs WHERE tenant = $1::int4 AND reason IS NOT NULL AND state < 2
    ORDER BY id LIMIT $2::int8";
pub(super) const SESSION_JOBS: &str = "SELECT id, attempts, first_at, tried, last_at, data, state,
        reason, not_before
    FROM jobs WHERE tenant = $1::int4 AND session = $2 ORDER BY id LIMIT $3::int8";
pub(super) const PAUSES: &str =
    "SELECT account, until, reason FROM pauses WHERE tenant = $1::int4 ORDER BY account";
pub(super) const CONTACTS: &str =
    "SELECT contact FROM contacts WHERE tenant = $1::int4 AND scheme = $2 AND value = $3";
pub(super) const COUNTS: &str = "SELECT
    (SELECT count(*) FROM sessions WHERE tenant = $1::int4 AND ended IS NULL),
    (SELECT count(*) FROM jobs WHERE tenant = $1 AND lane IS NOT NULL AND state < 2),
    (SELECT count(*) FROM jobs WHERE tenant = $1 AND state >= 2 AND state = 2),
    (SELECT count(*) FROM jobs WHERE tenant = $1 AND state >= 2 AND state = 3),
    (SELECT count(*) FROM unrouted WHERE tenant = $1)";
