//! What a person writes reaches the customer, whatever became of the session.

use chrono::TimeDelta;

use super::{Story, customer};
use crate::channel::Receipt;
use crate::decide::{Alarm, Command, Input, Verdict};
use crate::desk::CaseStatus;
use crate::error::ErrorKind;
use crate::event::{Fact, Holder, Inbound, Reply, Report, Source};
use crate::id::Key;
use crate::identity::{Identity, Proof};
use crate::job::{Failure, Outcome, Work};
use crate::message::{Delivery, DeliveryState, Reason, Updated};
use crate::route::{Route, route};
use crate::session::{Resolver, SessionState};
use crate::thread::Thread;

#[test]
fn a_reply_is_sent_and_not_entered_again_where_it_stands() {
    let mut story = Story::new();
    story.customer("hello").opened().person("hi, Ann here");
    assert_eq!(story.news(), ["send"]);
    story.customer("thanks");
    assert_eq!(story.last.own.len(), 1, "only the customer's words are entered");
}

#[test]
fn a_reply_that_the_desk_delivers_itself_is_recorded_only() {
    let mut story = Story::new();
    let reply = Reply { delivered: true, ..Reply::text("hi") };
    story.customer("hello").opened().desk_says(Fact::Reply(reply));
    assert!(story.news().is_empty());
    assert_eq!(story.log.last().unwrap().deliveries[0].state, DeliveryState::Sent);
}

#[test]
fn what_the_desk_mailed_to_the_customer_of_a_channel_of_mail_is_recorded_only() {
    let ann = || Identity::new(Identity::EMAIL, "Ann@example.com", Proof::ChannelProven);
    let table = [
        (true, ann(), "ann@Example.com", true),
        (true, ann(), "bob@example.com", false),
        (false, ann(), "ann@example.com", false),
        (true, customer(), "ann@example.com", false),
    ];
    for (mail, customer, mailbox, is_recorded) in table {
        let mut story = Story::new();
        story.channel.mail = mail;
        let mailed_to = vec!["other@example.com".into(), mailbox.into()];
        let reply = Reply { mailed_to, ..Reply::text("hi") };
        story.inbound(Inbound::text(customer, "hello")).opened().desk_says(Fact::Reply(reply));
        assert_eq!(story.news().is_empty(), is_recorded, "{mailbox}");
        assert_eq!(story.holder(), Holder::Person);
    }
}

#[test]
fn a_reply_on_an_open_case_reopens_its_newest_session() {
    let mut story = Story::new();
    story.customer("hello").opened().pass(TimeDelta::hours(4)).tick();
    assert!(matches!(
        story.session().state,
        SessionState::Resolved { by: Resolver::Inactivity, .. }
    ));
    story.person("sorry, only now");
    assert!(story.session().is_open());
    assert_eq!(story.holder(), Holder::Person);
    assert_eq!(story.news(), ["send"]);
}

#[test]
fn a_reply_on_a_closed_case_is_delivered_and_reopens_nothing() {
    let mut story = Story::new();
    story.customer("hello").opened().status(CaseStatus::Final).person("one more thing");
    assert!(!story.session().is_open());
    assert_eq!(story.news(), ["send"]);
}

#[test]
fn a_reply_on_an_old_case_goes_to_the_session_now_open_and_is_entered_on_its_case() {
    let mut first = Story::new();
    first.customer("hello").opened().status(CaseStatus::Resolved);
    let old = first.conversation.clone().unwrap();
    let mut second = first.next_session();
    second.customer("me again").opened();
    let (desk, thread) = (old.session.desk.clone().unwrap(), old.case.clone().unwrap().thread());
    let event = second.event(Source::Desk(desk), thread, Fact::Reply(Reply::text("about before")));
    let found = vec![old, second.conversation.clone().unwrap()];
    let Route::Resume(chosen) = route(&event, found) else { panic!("nowhere to go") };
    assert_eq!(chosen.session.id, second.session().id);
    second.input(Input::Event(event));
    assert_eq!(second.news(), ["send", "append"]);
    assert_eq!(second.holder(), Holder::Person);
}

#[test]
fn nothing_is_sent_again_for_an_edit() {
    let mut story = Story::new();
    story.customer("hello").opened().person("hi").desk_says(Fact::Edited { seq: 2 });
    assert_eq!(story.news(), ["append"], "the note that it was edited");
    assert!(story.notes()[0].contains("#2"));
}

#[test]
fn a_refused_reply_is_shown_with_the_reason() {
    let mut story = Story::new();
    let failure = Failure { kind: ErrorKind::TooLong, code: None };
    story.customer("hello").opened().person("very long").ends("send", Outcome::Failed(failure));
    assert!(story.notes()[0].contains("too long"));
    assert_eq!(story.news(), ["append"]);
    assert_eq!(story.last.alarms, [Alarm::Undeliverable]);
}

#[test]
fn a_refused_answer_becomes_a_handoff() {
    let mut story = Story::new();
    let failure = Failure { kind: ErrorKind::TooLong, code: None };
    story.customer("hello").opened().answers("very long").ends("send", Outcome::Failed(failure));
    assert_eq!(story.session().handoff.as_ref().unwrap().reason, Reason::Undeliverable);
}

#[test]
fn an_uncertain_send_is_shown_and_a_person_decides() {
    for (verdict, state, sends) in [
        (Verdict::Sent, DeliveryState::Sent, 0),
        (Verdict::Drop, DeliveryState::Failed, 0),
        (Verdict::Resend, DeliveryState::Pending, 1),
    ] {
        let mut story = Story::new();
        story.customer("hello").opened().person("hi").ends("send", Outcome::Uncertain);
        assert!(story.notes()[0].contains("#2"));
        assert_eq!(story.last.alarms, [Alarm::Uncertain]);
        story.command(Command::Settle { seq: 2, part: 0, again: 0, verdict });
        let Updated::Decided { delivery, .. } = &story.last.updates[0].what else {
            panic!("undecided")
        };
        assert_eq!(delivery.state, state);
        let resent =
            story.last.jobs.iter().filter(|job| matches!(job.work, Work::Send { again: 1, .. }));
        assert_eq!(resent.count(), sends, "{verdict:?}");
    }
}

#[test]
fn a_receipt_that_says_no_is_shown_on_the_case() {
    let mut story = Story::new();
    story
        .customer("hello")
        .opened()
        .person("hi")
        .ends("send", Outcome::Sent(Receipt::accepted("SM1").delivery));
    let key = Key::send(story.session().id, 2, 0);
    let failed = Delivery {
        state: DeliveryState::Failed,
        code: Some("30003".into()),
        ..Delivery::pending()
    };
    let channel = story.channel.channel.clone();
    let thread = Thread::of_send(&key).unwrap();
    let event =
        story.event(Source::Channel(channel), thread, Fact::Receipt(Report::on(key, failed)));
    story.input(Input::Event(event));
    assert!(story.notes()[0].contains("30003"));
}

#[test]
fn a_desks_autoreply_is_delivered_and_takes_nothing_from_the_assistant() {
    let mut story = Story::new();
    story.customer("hello").opened();
    story.desk_says(Fact::Reply(Reply { automatic: true, ..Reply::text("We are closed today.") }));
    assert_eq!(story.news(), ["send"]);
    assert_eq!(story.holder(), Holder::Assistant);
    story.answers("hi");
    assert!(story.news().contains(&"send"), "the question is still to be answered");
}
