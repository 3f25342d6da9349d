//! One change: everything is checked before anything is written.

use handover_core::job::{Lane, NewJob, Work};
use handover_core::message::{Message, Update};
use handover_core::store::{Change, Commit, Consent};

use super::query::{int, one};
use super::sessions::{Current, Standing};
use super::writing::Writing;
use super::{cases, jobs, marks, sessions, settle, tenants, unrouted};
use crate::change::{Encoded, encode_job};
use crate::failure::Failure;
use crate::json::{decode, encode};
use crate::nanos::nanos;

/// Makes a change.
pub(super) fn commit(writing: &mut Writing<'_>, encoded: &Encoded) -> Result<Commit, Failure> {
    #[cfg(test)]
    writing.faults.begin();
    let outcome = make(writing, encoded);
    #[cfg(test)]
    writing.faults.end();
    outcome
}

fn make(writing: &mut Writing<'_>, encoded: &Encoded) -> Result<Commit, Failure> {
    let change = &encoded.change;
    let tenant = tenants::intern(writing, &change.tenant)?;
    let standing = match check(writing, tenant, change)? {
        Checked::Good(standing) => standing,
        Checked::Refused(refusal) => return Ok(refusal),
    };
    let stranded = match &change.unrouted {
        Some(event) => !marks::is_known(writing.conn, tenant, &event.id)?,
        None => false,
    };
    if let (Some(standing), Some(_)) = (standing, &change.conversation) {
        let session = converse(writing, tenant, encoded, standing)?;
        for (new, data) in change.jobs.iter().zip(&encoded.jobs) {
            jobs::add(writing, tenant, Some(session), new, data, change.now)?;
        }
    } else if let Some(event) = &change.event {
        marks::see(writing, tenant, event)?;
    }
    if let Some(event) = &change.event {
        unrouted::remove(writing, tenant, event)?;
    }
    for row in &change.own {
        marks::own(writing, tenant, row)?;
    }
    for consent in &change.consent {
        put_consent(writing, tenant, consent)?;
    }
    if let Some(settlement) = &change.settle {
        settle::settle(writing, tenant, settlement, change.now)?;
    }
    for (source, scope) in &change.pokes {
        poke(writing, tenant, change, Lane::feed(source, scope.clone()))?;
    }
    if let (true, Some(event), Some(data)) = (stranded, &change.unrouted, &encoded.unrouted) {
        unrouted::put(writing, tenant, event, data)?;
    }
    writing.wake(&change.tenant);
    Ok(Commit::Done)
}

enum Checked {
    Good(Option<Standing>),
    Refused(Commit),
}

/// What stands against a change, in the order in which it is told.
fn check(writing: &Writing<'_>, tenant: i64, change: &Change) -> Result<Checked, Failure> {
    if let Some(event) = &change.event
        && marks::is_known(writing.conn, tenant, event)?
    {
        return Ok(Checked::Refused(Commit::Seen));
    }
    if let Some(settlement) = &change.settle
        && !settle::is_live(writing.conn, tenant, settlement)?
    {
        return Ok(Checked::Refused(Commit::Lost));
    }
    let Some(conversation) = &change.conversation else { return Ok(Checked::Good(None)) };
    let Current::Yes(standing) = sessions::stands(writing.conn, tenant, &conversation.session)?
    else {
        return Ok(Checked::Refused(Commit::Stale));
    };
    if let Some(case) = &conversation.case
        && !cases::is_current(writing.conn, tenant, case)?
    {
        return Ok(Checked::Refused(Commit::Stale));
    }
    Ok(Checked::Good(Some(standing)))
}

/// Writes what belongs to one conversation; the key of its session.
fn converse(
    writing: &mut Writing<'_>,
    tenant: i64,
    encoded: &Encoded,
    standing: Standing,
) -> Result<i64, Failure> {
    let change = &encoded.change;
    // Both are there, or this is not called.
    let (Some(conversation), Some(data)) = (&change.conversation, &encoded.session) else {
        return Ok(0);
    };
    if let (Some(case), Some(data)) = (&conversation.case, &encoded.case) {
        cases::put(writing, tenant, case, data)?;
    }
    let session = sessions::put(writing, tenant, change, &conversation.session, data, standing)?;
    let mut unseen = change.event.as_ref();
    for (message, data) in change.log.iter().zip(&encoded.log) {
        writing.write(ADD_MESSAGE, (tenant, session, int(message.seq), data))?;
        let Some(event) = &message.event else { continue };
        if unseen == Some(event) {
            unseen = None;
            marks::see_as(writing, tenant, event, session, message.seq)?;
        } else {
            marks::became(writing, tenant, event, session, message.seq)?;
        }
    }
    if let Some(event) = unseen {
        marks::see(writing, tenant, event)?;
    }
    for change in &change.updates {
        update(writing, tenant, session, change)?;
    }
    Ok(session)
}

fn update(
    writing: &mut Writing<'_>,
    tenant: i64,
    session: i64,
    update: &Update,
) -> Result<(), Failure> {
    let key = (tenant, session, int(update.seq));
    let Some(data) = one(writing.conn, MESSAGE, key, |row| row.get::<_, String>(0))? else {
        return Ok(());
    };
    let mut message: Message = decode(&data)?;
    message.apply(&update.what);
    let data = encode(&message)?;
    writing.write(UPDATE_MESSAGE, (tenant, session, int(update.seq), data))?;
    Ok(())
}

fn put_consent(writing: &mut Writing<'_>, tenant: i64, consent: &Consent) -> Result<(), Failure> {
    let Consent { channel, address, allowed, at, source } = consent;
    let key = (tenant, channel.as_str(), address, allowed, nanos(*at), source);
    writing.write(PUT_CONSENT, key)?;
    Ok(())
}

/// Makes sure that a feed is read.
fn poke(
    writing: &mut Writing<'_>,
    tenant: i64,
    change: &Change,
    lane: Lane,
) -> Result<(), Failure> {
    if jobs::waits(writing.conn, tenant, &lane)? {
        return Ok(());
    }
    let new = NewJob::new(lane, Work::Pull);
    let data = encode_job(&new, None, change)?;
    jobs::add(writing, tenant, None, &new, &data, change.now)
}

pub(super) const MESSAGE: &str =
    "SELECT data FROM messages WHERE tenant = ?1 AND session = ?2 AND seq = ?3";
const ADD_MESSAGE: &str =
    "INSERT INTO messages (tenant, session, seq, data) VALUES (?1, ?2, ?3, ?4)";
const UPDATE_MESSAGE: &str =
    "UPDATE messages SET data = ?4 WHERE tenant = ?1 AND session = ?2 AND seq = ?3";
const PUT_CONSENT: &str = "INSERT INTO consents (tenant, channel, address, allowed, at, source)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (tenant, channel, address) DO UPDATE SET allowed = excluded.allowed,
        at = excluded.at, source = excluded.source WHERE excluded.at >= consents.at";
