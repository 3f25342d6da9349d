use chrono::DateTime;

use super::*;
use crate::event::{Author, Event, Fact, Inbound, Source};
use crate::id::{ChannelId, EventId, TenantId};
use crate::identity::{Identity, Proof};
use crate::message::Speaker;
use crate::policy::ChannelPolicy;
use crate::route;
use crate::session::Untold;
use crate::thread::Thread;

const NEVER: DateTime<chrono::Utc> = DateTime::UNIX_EPOCH;

fn session(opened_by: &str, untold: &[u64]) -> Session {
    let channel = ChannelId::new("sms").unwrap();
    let inbound = Inbound::text(Identity::tel("+15552223333", Proof::ChannelProven).unwrap(), "?");
    let event = Event {
        id: EventId::new("sms", opened_by),
        at: NEVER,
        source: Source::Channel(channel.clone()),
        threads: vec![Thread::channel(&channel, "cnv_1")],
        author: Author::Person,
        fact: Fact::Message(inbound.clone()),
    };
    let policy = ChannelPolicy::new(channel);
    let tenant = TenantId::new("acme").unwrap();
    let open = route::open(&tenant, &policy, None, &event, &inbound, None, NEVER);
    let mut session = open.unwrap().session;
    let waited = untold.iter().map(|seq| Untold { seq: *seq, part: 0, again: 0, asked: false });
    session.untold = waited.collect();
    session
}

fn sent(seq: u64, text: &str, taken: Option<&str>) -> Message {
    let mut message = Message::new(seq, Speaker::Assistant, text, NEVER);
    let state = taken.map_or(DeliveryState::Pending, |_| DeliveryState::Accepted);
    let provider_id = taken.map(Into::into);
    message.deliveries = vec![Delivery { state, provider_id, ..Delivery::pending() }];
    message
}

fn meant(messages: &[Message], untold: &[u64], report: &Report) -> Meant {
    let (session, parts) = (session("msg_0", untold), |m: &Message| vec![m.text.clone()]);
    find(&[Sends { session: &session, messages, parts: &parts }], report)
}

fn seq(messages: &[Message], untold: &[u64], id: &str, text: &str) -> Option<u64> {
    match meant(messages, untold, &Report::of(id, Some(text.into()), DeliveryState::Sent)) {
        Meant::One { key, .. } => key.sent().map(|(_, seq, _)| seq),
        Meant::Nobody => None,
        Meant::Untold => Some(0),
    }
}

/// What `seq` says where the provider has to be asked.
const ASKS: Option<u64> = Some(0);

#[test]
fn a_known_id_decides_whatever_the_text_says() {
    let log = [sent(1, "One", Some("a")), sent(2, "Two", Some("b"))];
    assert_eq!(seq(&log, &[1, 2], "b", "One"), Some(2));
}

#[test]
fn the_only_one_with_the_text_is_meant() {
    let log = [sent(1, "It’s OK.", Some("uid-1")), sent(2, "Bye", Some("uid-2"))];
    assert_eq!(seq(&log, &[1, 2], "msg-1", "It's  OK."), Some(1));
    assert_eq!(seq(&log, &[1, 2], "msg-1", "Its OK"), Some(1));
}

#[test]
fn the_same_text_twice_is_asked_for() {
    let mut log = [sent(1, "Yes.", Some("uid-1")), sent(2, "Yes.", Some("uid-2"))];
    assert_eq!(seq(&log, &[1, 2], "msg-1", "Yes."), ASKS);
    assert_eq!(seq(&log, &[2], "msg-1", "Yes."), ASKS, "one of them can be asked for");
    log[0].deliveries[0].alias = Some("msg-1".into());
    log[0].deliveries[0].state = DeliveryState::Sent;
    assert_eq!(seq(&log, &[2], "msg-2", "Yes."), Some(2));
    assert_eq!(seq(&log, &[2], "msg-1", "Yes."), Some(1));
    // One of them is under way still.
    let log = [sent(1, "Yes.", Some("uid-1")), sent(2, "Yes.", None)];
    assert_eq!(seq(&log, &[1], "msg-1", "Yes."), ASKS);
}

#[test]
fn a_text_that_none_has_is_asked_for_where_something_is_waited_for() {
    let log = [sent(1, "It's OK.", Some("uid-1"))];
    assert_eq!(seq(&log, &[1], "msg-1", "It's <b>OK</b>."), ASKS, "markup is text here");
    assert_eq!(seq(&log, &[], "msg-1", "It's <b>OK</b>."), None);
}

#[test]
fn where_nobody_can_be_asked_the_oldest_is_meant() {
    let log = [sent(1, "Yes.", Some("uid-1")), sent(2, "Yes.", Some("uid-2"))];
    assert_eq!(seq(&log, &[], "msg-1", "Yes."), Some(1));
}

#[test]
fn two_sessions_of_one_conversation_are_asked_alike() {
    let (old, new) = (session("msg_0", &[1]), session("msg_9", &[1]));
    let messages = [sent(1, "Yes.", Some("uid-1"))];
    let parts = |m: &Message| vec![m.text.clone()];
    let both = [&new, &old].map(|session| Sends { session, messages: &messages, parts: &parts });
    let report = Report::of("msg-1", Some("Yes.".into()), DeliveryState::Sent);
    assert_eq!(find(&both, &report), Meant::Untold);
}

#[test]
fn a_report_that_says_both_names_guesses_nothing() {
    let log = [sent(1, "Yes.", Some("uid-1")), sent(2, "Yes.", Some("uid-2"))];
    let mut report = Report::of("msg-1", Some("Yes.".into()), DeliveryState::Sent);
    report.delivery.alias = Some("uid-2".into());
    let Meant::One { key, .. } = meant(&log, &[1, 2], &report) else { panic!() };
    assert_eq!(key.sent().map(|(_, seq, _)| seq), Some(2));
    report.delivery.alias = Some("uid-3".into());
    assert_eq!(meant(&log, &[1, 2], &report), Meant::Nobody, "both were taken under others");
}

#[test]
fn what_is_told_again_is_no_news() {
    let mut log = [sent(1, "Yes.", Some("uid-1"))];
    let report = Report::of("msg-1", None, DeliveryState::Sent);
    log[0].deliveries[0].merge(&report.delivery);
    let news = |report: &Report| match meant(&log, &[], report) {
        Meant::One { is_news, .. } => Some(is_news),
        _ => None,
    };
    assert_eq!(news(&report), Some(false));
    assert_eq!(news(&Report::of("msg-1", None, DeliveryState::Failed)), Some(true));
}

#[test]
fn what_was_withheld_or_is_not_ours_is_no_send_of_ours() {
    let mut log = [sent(1, "👍", None)];
    assert_eq!(seq(&log, &[], "x", "👍 "), Some(1));
    assert_eq!(seq(&log, &[], "x", "👎"), None);
    log[0].deliveries[0].state = DeliveryState::Withheld;
    assert_eq!(seq(&log, &[], "x", "👍"), None);
}
