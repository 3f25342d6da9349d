use chrono::{DateTime, TimeDelta, Utc};

use super::{Route, open, route};
use crate::desk::Case;
use crate::event::{Author, Event, Fact, Inbound, Reply, Report, Source};
use crate::id::{CaseId, ChannelId, DeskId, EventId, Key, SessionId, TenantId};
use crate::identity::{Identity, Proof};
use crate::message::Delivery;
use crate::policy::ChannelPolicy;
use crate::session::{CaseRecord, Conversation, Resolver, SessionState};
use crate::thread::Thread;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn event(source: Source, threads: Vec<Thread>, fact: Fact) -> Event {
    let id = EventId::new(source.name(), format_args!("{threads:?}"));
    Event { id, at: start(), source, threads, author: Author::Person, fact }
}

/// A session of one customer on the case "7", begun so many seconds after the first.
fn session(row: &str, seconds: i64) -> Conversation {
    let (channel, desk) = (ChannelId::new("sms-us").unwrap(), DeskId::new("creatio").unwrap());
    let customer = Identity::tel("+15552223333", Proof::ChannelProven).unwrap();
    let inbound = Inbound::text(customer, "hello");
    let thread = Thread::channel(&channel, "us|them");
    let mut said =
        event(Source::Channel(channel.clone()), vec![thread], Fact::Message(inbound.clone()));
    said.id = EventId::new("sms-us", row);
    let tenant = TenantId::new("acme").unwrap();
    let policy = ChannelPolicy { desk: Some(desk.clone()), ..ChannelPolicy::new(channel) };
    let now = start() + TimeDelta::seconds(seconds);
    let mut conversation = open(&tenant, &policy, None, &said, &inbound, None, now).unwrap();
    let id = CaseId(uuid::Uuid::nil());
    conversation.session.case = Some(id);
    conversation.case =
        Some(CaseRecord { version: 1, opened: true, ..CaseRecord::new(id, desk, Case::new("7")) });
    conversation
}

fn over(mut conversation: Conversation) -> Conversation {
    conversation.session.state = SessionState::Resolved { at: start(), by: Resolver::Desk };
    conversation
}

fn resumed(event: &Event, found: Vec<Conversation>) -> SessionId {
    match route(event, found) {
        Route::Resume(conversation) => conversation.session.id,
        other => panic!("it belongs to a session: {other:?}"),
    }
}

#[test]
fn a_reply_goes_to_the_open_session_whatever_the_clock_of_the_process_that_opened_it() {
    // The second was opened by a process whose clock is behind that of the first's.
    let (first, second) = (over(session("a", 0)), session("b", -1));
    let open = second.session.id;
    let desk = DeskId::new("creatio").unwrap();
    let case = Thread::case(&desk, "7");
    let reply = event(Source::Desk(desk), vec![case], Fact::Reply(Reply::text("Hi, Ann here.")));
    assert_eq!(resumed(&reply, vec![first.clone(), second.clone()]), open);
    assert_eq!(resumed(&reply, vec![second, first]), open);
}

#[test]
fn a_receipt_belongs_to_the_session_it_names_though_the_customer_is_in_another() {
    let (first, second) = (over(session("a", 0)), session("b", 60));
    let key = Key::send(first.session.id, 2, 0);
    let channel = Source::Channel(ChannelId::new("sms-us").unwrap());
    let report = Report { key: Some(key), text: None, delivery: Delivery::pending() };
    let fact = Fact::Receipt(report);
    let named = first.session.id;
    let receipt = event(channel, vec![Thread::session(named)], fact);
    assert_eq!(resumed(&receipt, vec![first, second]), named);
}
