//! What is committed.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::Account;
use handover_core::desk::Case;
use handover_core::event::Holder;
use handover_core::id::{
    AccountId, CaseId, ChannelId, ContactId, DeskId, EventId, Key, SessionId, TenantId,
};
use handover_core::identity::{Identity, Proof};
use handover_core::job::{Destination, Lane, NewJob, Work};
use handover_core::message::{Message, Speaker};
use handover_core::session::{CaseRecord, Control, Conversation, Search, Session, SessionState};
use handover_core::store::{Change, Claim, Served, Settle};
use handover_core::thread::Thread;

pub(super) const LEASE: Duration = Duration::from_secs(60);

pub(super) fn tenant() -> TenantId {
    TenantId::new("acme").expect("a plain name")
}

pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap_or_default()
}

/// A new customer's first message: an answer and a look-up to be made.
pub(super) fn arrival(number: usize) -> Change {
    let session = session(number);
    let threads = vec![session.reply_thread.clone(), Thread::customer(&sms(), &session.customer)];
    let case = CaseRecord {
        id: CaseId(Key::open(session.id, 0).uuid()),
        version: 0,
        desk: desk(),
        case: Case::new(Key::open(session.id, 0).uuid().to_string()),
        former: Vec::new(),
        opened: false,
        holder_at: None,
        status_at: None,
    };
    let lane = |destination| Lane::session(session.id, destination);
    let jobs = vec![
        NewJob::new(lane(Destination::Assistant), Work::Answer { through: 1 }).fenced(0),
        NewJob::new(lane(Destination::Directory(desk())), Work::Lookup),
    ];
    let mut message = Message::new(1, Speaker::Customer, "Are you open on Saturdays?", at(0));
    message.event = Some(event(number));
    Change {
        event: Some(event(number)),
        log: vec![message],
        threads,
        jobs,
        conversation: Some(Conversation { session, case: Some(case) }),
        ..Change::new(tenant(), at(0))
    }
}

/// The answer, to be sent.
pub(super) fn settlement(claim: Claim) -> Change {
    let settle = Settle {
        jobs: claim.jobs.iter().map(|job| job.id).collect(),
        lease: claim.lease,
        uncertain: false,
        cursor: None,
    };
    let answered = claim.conversation.map(|mut conversation| {
        answer(&mut conversation.session);
        conversation
    });
    let session = answered.as_ref().map(|conversation| conversation.session.id);
    Change {
        conversation: answered,
        log: vec![reply()],
        jobs: session.map(send).into_iter().collect(),
        settle: Some(settle),
        ..Change::new(tenant(), at(60))
    }
}

pub(super) fn answer(session: &mut Session) {
    session.next_seq = 3;
    session.answered = 1;
    session.last_at = at(60);
    session.wake = Some(at(60) + TimeDelta::hours(3));
}

pub(super) fn reply() -> Message {
    Message::new(2, Speaker::Assistant, "We are open from 9 to 5.", at(60))
}

pub(super) fn send(session: SessionId) -> NewJob {
    let lane = Lane::session(session, Destination::Channel(sms()));
    NewJob::new(lane, Work::Send { seq: 2, part: 0, again: 0 }).fenced(0)
}

pub(super) fn served() -> Vec<Served> {
    let account = Account::new(AccountId::new("ai").expect("a plain name"));
    vec![Served { destination: Destination::Assistant, account, batch: 8 }]
}

fn session(number: usize) -> Session {
    let customer = Identity::new(Identity::TEL, format!("+1555{number:07}"), Proof::ChannelProven);
    let id = SessionId::derive(&tenant(), &event(number));
    Session {
        id,
        format: 1,
        version: 0,
        tenant: tenant(),
        channel: sms(),
        desk: Some(desk()),
        hosted: false,
        state: SessionState::Open,
        created_at: at(0),
        last_at: at(0),
        reply_thread: Thread::channel(&sms(), format!("+15550001111|{}", customer.value)),
        name: None,
        contact: ContactId::derive(&tenant(), Identity::TEL, &customer.value),
        customer,
        opted_out: false,
        control: Control { holder: Holder::Assistant, epoch: 0 },
        next_seq: 2,
        asked: 1,
        answered: 0,
        entered: 0,
        appended: 0,
        case: Some(CaseId(Key::open(id, 0).uuid())),
        cases: 1,
        parent: None,
        search: Search::Unasked,
        contact_on_case: false,
        handoff: None,
        changes: 0,
        untold: Vec::new(),
        untold_until: None,
        closing: None,
        files: Vec::new(),
        wake: Some(at(0) + TimeDelta::hours(3)),
    }
}

fn event(number: usize) -> EventId {
    EventId::new("sms", format!("SM{number:032x}"))
}

fn sms() -> ChannelId {
    ChannelId::new("sms").expect("a plain name")
}

fn desk() -> DeskId {
    DeskId::new("creatio").expect("a plain name")
}
