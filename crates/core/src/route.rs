//! Which conversation an event belongs to. Pure.

use chrono::{DateTime, Utc};

use crate::desk::CaseStatus;
use crate::event::{Event, Fact, Holder, Inbound, Source};
use crate::id::{ContactId, SessionId, TenantId};
use crate::policy::{AppendTo, ChannelPolicy, DeskPolicy};
use crate::session::{CaseRecord, Control, Conversation, Resolver, Search, Session, SessionState};

/// Which conversation an event belongs to. Complete.
#[derive(Clone, Debug, PartialEq)]
pub enum Route {
    /// It opens a new session.
    New,
    /// It belongs to this one.
    Resume(Box<Conversation>),
    /// It belongs to nothing we know.
    Unrouted,
}

/// Chooses among the conversations that were found for the event's threads, those that name a
/// customer left out.
///
/// A customer's message goes to the open session on its thread, else opens one. What comes from a
/// desk goes to the open session on its case, else to the newest; if that one is over, to the session
/// now open on the same reply thread, and else to the newest one all the same: nothing a person
/// writes is lost.
pub fn route(event: &Event, found: Vec<Conversation>) -> Route {
    match (&event.fact, &event.source) {
        (Fact::Message(_), Source::Channel(_)) => {
            let open = found.into_iter().find(|c| c.session.is_open());
            open.map_or(Route::New, Route::from)
        }
        (Fact::Reply(_), Source::Desk(_)) => reply(event, found),
        (Fact::Edited { .. } | Fact::Receipt { .. }, _) => named(event, found),
        (_, Source::Desk(_)) => {
            let (on_case, _) = split(event, found);
            current(on_case).map_or(Route::Unrouted, Route::from)
        }
        _ => current(found).map_or(Route::Unrouted, Route::from),
    }
}

/// Whether a hosted message may stand in a conversation that one of ours was put into without our
/// having heard of it: the customer has an open session, and none of those `found` under the
/// message's conversation is theirs. `theirs` are the sessions found under the customer's name.
pub fn may_be_merged(event: &Event, found: &[Conversation], theirs: &[Conversation]) -> bool {
    let Fact::Message(inbound) = &event.fact else { return false };
    let is_open = |c: &&Conversation| {
        c.session.is_open() && c.session.hosted && c.session.customer.is_same(&inbound.from)
    };
    let is_elsewhere = |c: &Conversation| found.iter().all(|f| f.session.id != c.session.id);
    inbound.hosted.is_some()
        && !found.iter().any(|c| is_open(&c))
        && theirs.iter().filter(is_open).any(is_elsewhere)
}

/// The session that a customer's message opens.
///
/// `follows` is the newest session of the same customer on the channel. It goes on with that one's
/// case while that case is open, or was resolved so lately that it is opened again; otherwise its
/// own case will name that one as its parent.
pub fn open(
    tenant: &TenantId,
    channel: &ChannelPolicy,
    desk: Option<&DeskPolicy>,
    event: &Event,
    inbound: &Inbound,
    follows: Option<&Conversation>,
    now: DateTime<Utc>,
) -> Option<Conversation> {
    let reply_thread = event.threads.first()?.clone();
    // Where the desk hosts the channel, the event names the case itself.
    let is_hosted = inbound.hosted.is_some();
    let same_desk = follows.filter(|f| f.session.desk == channel.desk && !is_hosted);
    let record = same_desk.and_then(|f| f.case.clone());
    // The assistant settled the matter: the case is about to be closed, if it is not yet.
    let by_assistant = |f: &Conversation| {
        matches!(f.session.state, SessionState::Resolved { by: Resolver::Assistant, .. })
    };
    let is_closing = same_desk.is_some_and(by_assistant);
    let goes_on = |record: &CaseRecord| match record.case.status {
        CaseStatus::Open => !is_closing,
        CaseStatus::Resolved => reopens(desk, record, follows, now),
        CaseStatus::Final => false,
    };
    let (case, over) = match record {
        Some(record) if channel.append == AppendTo::Never => {
            (None, (!record.is_open()).then_some(record.case.reference))
        }
        Some(record) if goes_on(&record) => (Some(record), None),
        Some(record) => (None, Some(record.case.reference)),
        None => (None, same_desk.and_then(|f| f.session.parent.clone())),
    };
    let before = same_desk.filter(|_| case.is_some()).map(|f| &f.session);
    let holder = inbound.hosted.as_ref().map_or(Holder::Assistant, |hosted| hosted.holder);
    let session = Session {
        id: SessionId::derive(tenant, &event.id),
        format: 1,
        version: 0,
        tenant: tenant.clone(),
        channel: channel.channel.clone(),
        desk: channel.desk.clone(),
        hosted: channel.hosted,
        state: SessionState::Open,
        created_at: now,
        last_at: event.at,
        reply_thread,
        customer: inbound.from.clone(),
        name: inbound.name.clone(),
        contact: ContactId::derive(tenant, &inbound.from.scheme, &inbound.from.value),
        opted_out: follows.is_some_and(|f| f.session.opted_out),
        control: Control { holder, epoch: 1 },
        next_seq: 1,
        asked: 0,
        answered: 0,
        entered: 0,
        appended: 0,
        case: case.as_ref().map(|record| record.id),
        cases: 0,
        parent: over,
        search: before.map_or(Search::Unasked, |before| before.search.clone()),
        contact_on_case: before.is_some_and(|before| before.contact_on_case),
        handoff: None,
        files: Vec::new(),
        untold: Vec::new(),
        untold_until: None,
        closing: None,
        changes: 0,
        wake: None,
    };
    Some(Conversation { session, case })
}

fn reply(event: &Event, found: Vec<Conversation>) -> Route {
    let (on_case, others) = split(event, found);
    let Some(current) = current(on_case) else { return Route::Unrouted };
    if current.session.is_open() {
        return Route::from(current);
    }
    let same_thread = |c: &Conversation| c.session.reply_thread == current.session.reply_thread;
    let now_open = others.into_iter().find(|c| c.session.is_open() && same_thread(c));
    Route::from(now_open.unwrap_or(current))
}

/// What names its session belongs to that one, though the customer may be in another by now.
fn named(event: &Event, found: Vec<Conversation>) -> Route {
    let is_named = |c: &Conversation| {
        event.threads.iter().any(|thread| thread.as_session() == Some(c.session.id))
    };
    match found.iter().position(is_named) {
        Some(n) => found.into_iter().nth(n).map_or(Route::Unrouted, Route::from),
        None => newest(found).map_or(Route::Unrouted, Route::from),
    }
}

/// The open session, of which a case and a thread have at most one; else the newest. The clocks of
/// processes differ: the open one need not be the newest.
fn current(found: Vec<Conversation>) -> Option<Conversation> {
    found.into_iter().max_by_key(|c| (c.session.is_open(), c.session.created_at, c.session.id))
}

/// Those on the event's case, and the others.
fn split(event: &Event, found: Vec<Conversation>) -> (Vec<Conversation>, Vec<Conversation>) {
    found.into_iter().partition(|c| {
        let record = c.case.as_ref();
        record.is_some_and(|record| event.threads.iter().any(|thread| record.is_named(thread)))
    })
}

/// Whether a resolved case is opened again.
fn reopens(
    desk: Option<&DeskPolicy>,
    record: &CaseRecord,
    follows: Option<&Conversation>,
    now: DateTime<Utc>,
) -> bool {
    let ended = follows.and_then(|before| match before.session.state {
        SessionState::Resolved { at, .. } => Some(at),
        SessionState::Open => None,
    });
    let window = desk.map(|desk| desk.reopen).unwrap_or_default();
    record.status_at.or(ended).is_some_and(|since| window > now - since && record.opened)
}

/// The newest session.
pub fn newest(found: Vec<Conversation>) -> Option<Conversation> {
    found.into_iter().max_by_key(|c| (c.session.created_at, c.session.id))
}

impl From<Conversation> for Route {
    fn from(conversation: Conversation) -> Self {
        Self::Resume(Box::new(conversation))
    }
}

#[cfg(test)]
mod tests;
