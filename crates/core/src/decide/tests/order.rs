//! What a desk told earlier is no news, whenever it arrives.

use chrono::TimeDelta;

use super::{Story, customer};
use crate::desk::CaseStatus;
use crate::event::{Fact, Holder, Hosted, Inbound, Reply};
use crate::message::Reason;
use crate::session::HandoffStage;

fn assigned(holder: Holder) -> Fact {
    Fact::Assigned { holder, owner: None }
}

fn hosted() -> Story {
    let mut story = Story::new();
    story.channel.hosted = true;
    story.desk.as_mut().unwrap().assignment_takes_control = true;
    let hosted = Some(Hosted { case: "cnv_1".into(), holder: Holder::Assistant, contact: None });
    story.inbound(Inbound { hosted, ..Inbound::text(customer(), "hello") });
    story
}

#[test]
fn an_assignment_that_arrives_after_a_later_one_changes_nothing() {
    let mut story = hosted();
    story.pass(TimeDelta::minutes(2)).desk_says(assigned(Holder::Assistant));
    let before = story.session().clone();
    story.pass(TimeDelta::minutes(-1)).desk_says(assigned(Holder::Person));
    assert_eq!(*story.session(), before);
    story.pass(TimeDelta::minutes(2)).desk_says(assigned(Holder::Person));
    assert_eq!(story.holder(), Holder::Person);
}

#[test]
fn a_reply_from_before_the_hand_back_is_logged_and_takes_no_control() {
    let mut story = hosted();
    story.pass(TimeDelta::minutes(2)).desk_says(assigned(Holder::Assistant));
    let reply = Reply { delivered: true, ..Reply::text("I am on it") };
    story.pass(TimeDelta::minutes(-1)).desk_says(Fact::Reply(reply));
    assert_eq!(story.holder(), Holder::Assistant);
    assert_eq!(story.log.last().unwrap().text, "I am on it");
}

#[test]
fn a_status_that_arrives_after_a_later_one_changes_nothing() {
    let mut story = Story::new();
    story.customer("hello").opened();
    story.pass(TimeDelta::minutes(2)).status(CaseStatus::Open);
    story.pass(TimeDelta::minutes(-1)).status(CaseStatus::Resolved);
    assert!(story.session().is_open());
    assert_eq!(story.case().status, CaseStatus::Open);
}

#[test]
fn whoever_is_given_the_case_ends_the_waiting_also_where_that_gives_no_control() {
    let mut story = Story::new();
    story.customer("a person").opened().hands_off(Reason::CustomerAsked);
    story.pass(TimeDelta::seconds(5)).tick();
    story.desk_says(assigned(Holder::Person));
    assert_eq!(story.session().handoff.as_ref().unwrap().stage, HandoffStage::Accepted);
    assert_eq!(story.holder(), Holder::Nobody);
}

#[test]
fn where_an_assignment_gives_no_control_an_earlier_reply_still_takes_it() {
    let mut story = Story::new();
    story.customer("a person").opened().hands_off(Reason::CustomerAsked);
    story.pass(TimeDelta::minutes(2)).desk_says(assigned(Holder::Person));
    story.pass(TimeDelta::minutes(-1)).person("I am on it");
    assert_eq!(story.holder(), Holder::Person);
}

#[test]
fn that_we_gave_the_case_to_somebody_is_no_news() {
    let mut story = Story::new();
    story.customer("a person").opened().hands_off(Reason::CustomerAsked);
    story.conversation.as_mut().unwrap().case.as_mut().unwrap().case.owner = Some("ann".into());
    let owner = Some("ann".into());
    story.desk_says(Fact::Assigned { holder: Holder::Person, owner });
    assert!(story.session().handoff.as_ref().unwrap().is_waiting());
}

#[test]
fn a_reply_that_did_not_arrive_is_named_by_the_note_that_says_so() {
    use crate::event::{Report, Source};
    use crate::id::Key;
    use crate::message::{Delivery, DeliveryState};
    use crate::thread::Thread;

    let mut story = Story::new();
    story.customer("hello").opened().person("I am on it");
    let (session, seq) = (story.session().id, story.session().last_seq());
    let key = Key::send(session, seq, 0);
    let failed = Delivery { state: DeliveryState::Failed, ..Delivery::pending() };
    let source = Source::Channel(story.channel.channel.clone());
    let thread = Thread::of_send(&key).unwrap();
    let event = story.event(source, thread, Fact::Receipt(Report::on(key, failed)));
    story.input(crate::decide::Input::Event(event));
    assert_eq!(story.last.log[0].undelivered, Some(seq));
    assert!(story.news().contains(&"append"));
}
