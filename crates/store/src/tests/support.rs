//! What several tests need.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::Account;
use handover_core::event::Holder;
use handover_core::id::{AccountId, ChannelId, ContactId, EventId, SessionId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::job::{Destination, Lane, NewJob, Work};
use handover_core::message::{Message, Speaker};
use handover_core::session::{Control, Conversation, Search, Session, SessionState};
use handover_core::store::{Change, Served};
use handover_core::thread::Thread;

pub(crate) const LEASE: Duration = Duration::from_secs(60);

pub(crate) fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::seconds(seconds)
}

pub(crate) fn channel() -> ChannelId {
    ChannelId::new("sms").unwrap()
}

pub(crate) fn event(number: usize) -> EventId {
    EventId::new("sms", format!("SM{number}"))
}

/// A customer's first message, with an answer and nothing else to do.
pub(crate) fn opening(number: usize, now: DateTime<Utc>) -> Change {
    let event = event(number);
    let session = session(number, now);
    let threads =
        vec![session.reply_thread.clone(), Thread::customer(&channel(), &session.customer)];
    let jobs = vec![NewJob {
        lane: Lane::session(session.id, Destination::Assistant),
        work: Work::Answer { through: 1 },
        fence: Some(0),
    }];
    let mut message = Message::new(1, Speaker::Customer, "Where is my order?", now);
    message.event = Some(event.clone());
    Change {
        event: Some(event),
        conversation: Some(Conversation { session, case: None }),
        log: vec![message],
        threads,
        jobs,
        ..Change::new(tenant(), now)
    }
}

pub(crate) fn session(number: usize, now: DateTime<Utc>) -> Session {
    let customer = Identity::new(Identity::TEL, format!("+1555{number:07}"), Proof::ChannelProven);
    Session {
        id: SessionId::derive(&tenant(), &event(number)),
        format: 1,
        version: 0,
        tenant: tenant(),
        channel: channel(),
        desk: None,
        hosted: false,
        state: SessionState::Open,
        created_at: now,
        last_at: now,
        reply_thread: Thread::channel(&channel(), format!("+15550001111|{}", customer.value)),
        name: None,
        contact: ContactId::derive(&tenant(), Identity::TEL, &customer.value),
        customer,
        opted_out: false,
        control: Control { holder: Holder::Assistant, epoch: 0 },
        next_seq: 2,
        asked: 0,
        answered: 0,
        entered: 0,
        appended: 0,
        case: None,
        cases: 0,
        parent: None,
        search: Search::Unasked,
        contact_on_case: false,
        handoff: None,
        files: Vec::new(),
        untold: Vec::new(),
        untold_until: None,
        closing: None,
        changes: 0,
        wake: Some(now + TimeDelta::hours(3)),
    }
}

pub(crate) fn served() -> Vec<Served> {
    let account = Account { id: AccountId::new("ai").unwrap(), per_second: None };
    vec![Served { destination: Destination::Assistant, account, batch: 8 }]
}
