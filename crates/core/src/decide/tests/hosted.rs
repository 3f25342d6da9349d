//! Where the desk hosts the channel: it delivers its people's words itself.

use chrono::TimeDelta;

use super::{Story, customer};
use crate::decide::Input;
use crate::desk::{Case, CaseStatus};
use crate::error::ErrorKind;
use crate::event::{Author, Event, Fact, Holder, Hosted, Inbound, Reply, Source};
use crate::identity::{Identity, Proof};
use crate::job::{Failure, LaneOwner, Outcome, Withheld, Work};
use crate::message::{DeliveryState, Reason, Updated};
use crate::thread::Thread;

fn story() -> Story {
    let mut story = Story::new();
    story.channel.hosted = true;
    story.desk.as_mut().unwrap().assignment_takes_control = true;
    story
}

fn says(holder: Holder, text: &str) -> Inbound {
    let hosted = Some(Hosted { case: "cnv_1".into(), holder, contact: None });
    Inbound { hosted, ..Inbound::text(customer(), text) }
}

/// What the desk tells when a person archives the conversation now.
fn archived(story: &mut Story) -> Event {
    let record = story.conversation.as_ref().unwrap().case.as_ref().unwrap();
    let (desk, thread) = (record.desk.clone(), record.thread());
    story.event(Source::Desk(desk), thread, Fact::CaseStatus(CaseStatus::Resolved))
}

#[test]
fn what_nobody_had_is_answered_once_the_assistant_is_given_it() {
    let mut story = story();
    story.inbound(says(Holder::Nobody, "hello"));
    assert!(story.names().is_empty());
    story.desk_says(Fact::Assigned { holder: Holder::Assistant, owner: None });
    assert_eq!(story.last.jobs[0].work, Work::Answer { through: 1 });
    story.answers("hi").desk_says(Fact::Assigned { holder: Holder::Assistant, owner: None });
    assert!(story.news().is_empty(), "nothing is left to answer");
}

#[test]
fn what_a_person_answered_is_not_answered_again_when_it_is_given_back() {
    let mut story = story();
    let reply = Reply { delivered: true, ..Reply::text("I am on it") };
    story.inbound(says(Holder::Person, "hello")).desk_says(Fact::Reply(reply));
    story.desk_says(Fact::Assigned { holder: Holder::Assistant, owner: None });
    assert_eq!(story.holder(), Holder::Assistant);
    assert!(story.news().is_empty());
}

#[test]
fn a_text_in_a_conversation_that_a_person_took_meanwhile_takes_control() {
    let mut story = story();
    story.inbound(says(Holder::Assistant, "hello")).answers("hi");
    story.inbound(says(Holder::Person, "thanks"));
    assert_eq!(story.holder(), Holder::Person);
    assert!(!story.news().contains(&"answer"));
}

#[test]
fn after_a_handoff_a_text_in_an_unassigned_conversation_is_not_answered() {
    let mut story = story();
    story.inbound(says(Holder::Assistant, "a person")).hands_off(Reason::CustomerAsked);
    story.inbound(says(Holder::Assistant, "anybody?"));
    assert!(!story.news().contains(&"answer"));
    assert_eq!(story.holder(), Holder::Nobody);
}

#[test]
fn a_send_that_finds_a_person_gives_them_control() {
    let mut story = story();
    story.inbound(says(Holder::Assistant, "hello")).answers("hi").ends("send", Outcome::CaseTaken);
    assert_eq!(story.holder(), Holder::Person);
    let Updated::Delivery { delivery, .. } = &story.last.updates[0].what else { panic!() };
    assert_eq!(delivery.state, DeliveryState::Withheld);
}

#[test]
fn a_farewell_that_is_refused_is_no_persons_taking_over() {
    let mut story = story();
    story.inbound(says(Holder::Assistant, "a person")).hands_off(Reason::CustomerAsked);
    story.ends("send", Outcome::CaseTaken);
    assert_eq!(story.holder(), Holder::Nobody);
    assert!(story.session().handoff.as_ref().unwrap().is_waiting());
}

#[test]
fn a_send_that_finds_the_conversation_gone_ends_the_session() {
    let mut story = story();
    let failure = Failure { kind: ErrorKind::Closed, code: None };
    story.inbound(says(Holder::Assistant, "hello")).answers("hi");
    story.ends("send", Outcome::Failed(failure));
    assert!(!story.session().is_open());
    assert_eq!(story.session().handoff, None);
}

#[test]
fn archived_resolves_and_reopened_by_a_person_reopens() {
    let mut story = story();
    story.inbound(says(Holder::Assistant, "hello")).status(CaseStatus::Resolved);
    assert!(!story.session().is_open());
    story.status(CaseStatus::Open);
    assert!(story.session().is_open());
}

#[test]
fn what_a_program_puts_away_unanswered_goes_on() {
    let archives = |story: &mut Story| {
        let event = archived(story);
        story.input(Input::Event(Event { author: Author::Machine, ..event }));
    };
    let mut story = story();
    story.inbound(says(Holder::Assistant, "hello"));
    archives(&mut story);
    assert!(story.session().is_open(), "the assistant is still to answer");
    story
        .answers("hi")
        .inbound(says(Holder::Assistant, "a person"))
        .hands_off(Reason::CustomerAsked);
    archives(&mut story);
    assert!(story.session().is_open(), "nobody has taken it yet");
    story.desk_says(Fact::Assigned { holder: Holder::Person, owner: None });
    archives(&mut story);
    assert!(!story.session().is_open(), "a person has it, whose rules are theirs");
}

#[test]
fn what_was_archived_before_the_customer_wrote_does_not_end_what_they_wrote() {
    let mut story = story();
    story.inbound(says(Holder::Person, "hello"));
    let before = archived(&mut story);
    story.pass(TimeDelta::seconds(1)).inbound(says(Holder::Person, "one more thing"));
    story.input(Input::Event(before));
    assert!(story.session().is_open());
    let after = archived(&mut story);
    story.input(Input::Event(after));
    assert!(!story.session().is_open());
}

#[test]
fn what_happened_before_a_merge_and_is_told_after_it_opens_and_closes_nothing() {
    let mut story = story();
    story.inbound(says(Holder::Assistant, "hello"));
    let record = story.conversation.as_ref().unwrap().case.as_ref().unwrap();
    let (desk, thread) = (record.desk.clone(), record.thread());
    let archived = archived(&mut story);
    let merged = |taken| Fact::Merged { into: "cnv_2".into(), holder: None, taken };
    story.desk_says(merged(false)).input(Input::Event(archived));
    assert!(story.session().is_open(), "it was archived under a name that it has no more");
    story.desk_says(merged(true));
    assert!(!story.session().is_open());
    let reply = Fact::Reply(Reply { delivered: true, ..Reply::text("I am on it") });
    let reply = story.event(Source::Desk(desk), thread, reply);
    story.input(Input::Event(reply));
    assert!(!story.session().is_open(), "the other one goes on");
    assert_eq!(story.log.last().unwrap().text, "I am on it");
}

#[test]
fn a_customer_whom_the_desk_does_not_name_is_entered_and_no_case_is_opened() {
    let mut story = story().with_directory(true);
    story.inbound(says(Holder::Assistant, "hello"));
    assert_eq!(story.names(), ["answer", "create-contact"]);
    story.tick();
    assert!(story.news().is_empty());
}

#[test]
fn nobody_is_looked_up_whom_the_desk_has_named_or_would_not_keep() {
    let mut story = story().with_directory(true);
    let mut told = says(Holder::Assistant, "hello");
    told.hosted.as_mut().unwrap().contact = Some("crd_1".into());
    story.inbound(told);
    assert_eq!(story.names(), ["answer"]);
    assert_eq!(story.session().contact_reference(), Some("crd_1"));
    let mut story = self::story().with_directory(false);
    story.inbound(says(Holder::Assistant, "hello"));
    assert_eq!(story.names(), ["answer"]);
}

#[test]
fn what_is_to_be_told_before_the_handoffs_note_is_told_with_it() {
    let mut story = story();
    story.inbound(says(Holder::Assistant, "hello")).answers("hi");
    story.ends("send", Outcome::Withheld(Withheld::TooOld));
    assert_eq!(story.news(), ["summarise"], "the note waits for the handoff's");
    story.pass(TimeDelta::seconds(5)).tick();
    assert_eq!(story.news(), ["append", "handoff"]);
    assert_eq!(story.session().entered, story.session().last_seq());
    assert_eq!(story.last.own.len(), 2);
}

#[test]
fn a_note_that_waits_for_a_handoff_which_is_called_off_is_told_at_once() {
    let mut story = story();
    story.inbound(says(Holder::Assistant, "hello")).answers("hi");
    story.ends("send", Outcome::Withheld(Withheld::TooOld));
    story.desk_says(Fact::Assigned { holder: Holder::Assistant, owner: None });
    assert!(story.news().contains(&"append"), "{:?}", story.news());
}

#[test]
fn a_merged_conversation_is_known_by_both_names() {
    let mut story = story();
    story.inbound(says(Holder::Assistant, "a person")).hands_off(Reason::CustomerAsked);
    story.pass(TimeDelta::seconds(5)).tick();
    story.ends("handoff", Outcome::HandedOff(Case::new("cnv_2")));
    let (desk, channel) = (story.desk.clone().unwrap().desk, story.channel.channel.clone());
    assert!(story.last.threads.contains(&Thread::case(&desk, "cnv_2")));
    assert!(story.last.threads.contains(&Thread::channel(&channel, "cnv_2")));
}

#[test]
fn merged_into_one_that_nobody_knows_the_session_goes_on_there() {
    let mut story = story();
    story.inbound(says(Holder::Assistant, "hello")).answers("hi");
    story.desk_says(Fact::Merged { into: "cnv_2".into(), holder: None, taken: false });
    let (desk, channel) = (story.desk.clone().unwrap().desk, story.channel.channel.clone());
    let names = [Thread::case(&desk, "cnv_2"), Thread::channel(&channel, "cnv_2")];
    assert_eq!(story.last.threads, names);
    assert!(story.session().is_open());
    assert_eq!(&*story.case().reference, "cnv_2");
    // What happened before is told late, under the former name.
    let record = story.conversation.as_ref().unwrap().case.clone().unwrap();
    assert!(record.is_named(&Thread::case(&desk, "cnv_1")));
    assert!(record.is_named(&Thread::case(&desk, "cnv_2")));
    assert!(!record.is_named(&Thread::case(&desk, "cnv_3")));
    // A call that began before ends, and does not bring the former name back.
    story.hands_off(Reason::CustomerAsked).pass(TimeDelta::seconds(5)).tick();
    story.ends("handoff", Outcome::HandedOff(Case::new("cnv_1")));
    assert_eq!(&*story.case().reference, "cnv_2");
    story.desk_says(Fact::Merged { into: "cnv_2".into(), holder: None, taken: false });
    assert_eq!(&*story.case().reference, "cnv_2", "told again, it is no news");
}

#[test]
fn merged_into_one_that_goes_on_by_itself_the_session_is_over_and_says_nothing_more() {
    let mut story = story();
    story.inbound(says(Holder::Assistant, "hello")).answers("hi");
    let epoch = story.session().control.epoch;
    story.desk_says(Fact::Merged { into: "cnv_2".into(), holder: None, taken: true });
    assert!(!story.session().is_open());
    assert!(story.session().control.epoch > epoch, "what was to be said is stale");
    assert!(story.last.threads.is_empty(), "that name leads to the other session");
}

#[test]
fn a_new_conversation_does_not_go_on_with_the_case_of_another() {
    let mut first = story();
    first.inbound(says(Holder::Assistant, "hello")).pass(TimeDelta::hours(4)).tick();
    let mut second = first.next_session();
    let hosted = Some(Hosted { case: "cnv_2".into(), holder: Holder::Assistant, contact: None });
    second.inbound(Inbound { hosted, ..Inbound::text(customer(), "again") });
    assert_eq!(&*second.case().reference, "cnv_2");
    let is_case = |owner: &LaneOwner| matches!(owner, LaneOwner::Case(_));
    assert!(!second.jobs.iter().any(|job| is_case(&job.lane.owner)));
}

#[test]
fn what_was_handed_off_elsewhere_is_not_the_assistants_where_it_was_put() {
    let joined = |holder| Fact::Joined { holder };
    let mut story = story();
    story.inbound(says(Holder::Assistant, "hello")).desk_says(joined(Holder::Assistant));
    assert_eq!(story.holder(), Holder::Assistant);
    story.pass(TimeDelta::minutes(1)).desk_says(joined(Holder::Nobody));
    assert_eq!(story.holder(), Holder::Nobody);
    story.inbound(says(Holder::Assistant, "anybody?"));
    assert!(!story.news().contains(&"answer"));
    // Given back after the merge, whenever that is told.
    story.pass(TimeDelta::minutes(1));
    story.desk_says(Fact::Assigned { holder: Holder::Assistant, owner: None });
    assert!(story.news().contains(&"answer"));
    story.pass(TimeDelta::seconds(-30)).desk_says(joined(Holder::Person));
    assert_eq!(story.holder(), Holder::Assistant);
}

#[test]
fn somebody_else_who_writes_in_a_conversation_gives_it_no_name() {
    let mut story = story();
    story.inbound(says(Holder::Assistant, "hello"));
    let channel = story.channel.channel.clone();
    let other = Identity::tel("+15559990000", Proof::ChannelProven).unwrap();
    for (from, named) in [(customer(), 2), (other, 1)] {
        let inbound = Inbound { from: from.clone(), ..says(Holder::Assistant, "hi") };
        let thread = Thread::channel(&channel, "cnv_1");
        let source = Source::Channel(channel.clone());
        let mut event = story.event(source, thread, Fact::Message(inbound));
        event.threads.push(Thread::customer(&channel, &from));
        story.input(Input::Event(event));
        assert_eq!(story.last.threads.len(), named);
    }
}
