//! Asking for a person.

use chrono::TimeDelta;

use super::Story;
use crate::assistant::Answer;
use crate::decide::{Alarm, Command};
use crate::desk::Case;
use crate::error::ErrorKind;
use crate::event::Holder;
use crate::job::{Failure, LaneOwner, Outcome};
use crate::message::{Brief, Reason, Speaker};
use crate::session::HandoffStage;

fn summary(text: &str) -> Outcome {
    let brief =
        Brief { summary: Some(text.into()), sentiment: Some("unknown".into()), ..Brief::default() };
    Outcome::Answered { answer: Answer { brief: Some(brief), ..Answer::default() }, seen: 1 }
}

fn asked() -> Story {
    let mut story = Story::new();
    story.customer("hello").opened().customer("a person").hands_off(Reason::CustomerAsked);
    story
}

#[test]
fn the_handoff_waits_for_the_summary_and_carries_it() {
    let mut story = asked();
    assert!(!story.names().contains(&"handoff"));
    story.ends("summarise", summary("wants a person"));
    assert_eq!(story.news(), ["append", "handoff"]);
    let note = story.log.last().unwrap();
    assert_eq!(note.author, Speaker::Relay);
    let brief = note.brief.as_ref().unwrap();
    assert_eq!(brief.reason, Some(Reason::CustomerAsked));
    assert_eq!(brief.summary.as_deref(), Some("wants a person"));
    assert!(
        note.text.contains("Summary: wants a person") && note.text.contains("Sentiment: unknown")
    );
}

#[test]
fn the_handoff_never_waits_longer_than_its_deadline() {
    let mut story = asked();
    story.pass(TimeDelta::seconds(5)).tick();
    assert_eq!(story.news(), ["append", "handoff"]);
    story.ends("summarise", summary("late"));
    assert_eq!(story.news(), ["append", "amend"], "what comes later amends the case");
    assert!(story.log.last().unwrap().text.contains("late"));
}

#[test]
fn a_failed_summary_does_not_hold_the_handoff() {
    let mut story = asked();
    story.ends("summarise", Outcome::Failed(Failure { kind: ErrorKind::Network, code: None }));
    assert_eq!(story.news(), ["append", "handoff"]);
}

#[test]
fn the_desk_is_told_behind_everything_that_was_said() {
    let mut story = Story::new().open_at_handoff();
    story.customer("a person").hands_off(Reason::CustomerAsked).ends("summarise", summary("s"));
    let desk = story.jobs.iter().filter(|job| matches!(job.lane.owner, LaneOwner::Case(_)));
    let names: Vec<_> = desk.map(|job| job.work.name()).collect();
    assert_eq!(names, ["open", "append", "append", "handoff"]);
}

#[test]
fn a_handoff_is_offered_then_accepted_by_the_first_act_of_a_person() {
    let mut story = asked();
    let stage = |story: &Story| story.session().handoff.as_ref().unwrap().stage;
    assert_eq!(stage(&story), HandoffStage::Requested);
    story.ends("summarise", summary("s"));
    let case = story.case().clone();
    story.ends("handoff", Outcome::HandedOff(case));
    assert_eq!(stage(&story), HandoffStage::Offered);
    story.person("hello");
    assert_eq!(stage(&story), HandoffStage::Accepted);
}

#[test]
fn nobody_taking_it_in_time_raises_an_alarm_once() {
    let mut story = asked();
    story.ends("summarise", summary("s"));
    let deadline = story.session().handoff.as_ref().unwrap().accept_deadline;
    assert_eq!(story.session().wake, Some(deadline));
    story.now = deadline;
    story.tick();
    assert_eq!(story.last.alarms, [Alarm::HandoffTimedOut]);
    assert_eq!(story.news(), ["append"], "it stands on the case");
    story.pass(TimeDelta::hours(1)).tick();
    assert!(story.last.alarms.is_empty());
    story.person("sorry for the wait");
    assert_eq!(story.session().handoff.as_ref().unwrap().stage, HandoffStage::Accepted);
}

#[test]
fn a_person_who_was_faster_has_accepted() {
    let mut story = asked();
    story.ends("summarise", summary("s")).ends("handoff", Outcome::CaseTaken);
    assert_eq!(story.session().handoff.as_ref().unwrap().stage, HandoffStage::Accepted);
    assert_eq!(story.holder(), Holder::Person);
}

#[test]
fn a_desk_that_will_not_take_it_raises_an_alarm() {
    let mut story = asked();
    story.ends("summarise", summary("s"));
    let failure = Failure { kind: ErrorKind::Invalid, code: Some("400".into()) };
    story.ends("handoff", Outcome::Failed(failure));
    assert_eq!(story.session().handoff.as_ref().unwrap().stage, HandoffStage::Declined);
    assert_eq!(story.last.alarms, [Alarm::HandoffDeclined]);
}

#[test]
fn an_operator_can_ask_for_a_person_and_twice_is_once() {
    let mut story = Story::new();
    story.customer("hello").command(Command::HandOff);
    assert_eq!(story.session().handoff.as_ref().unwrap().reason, Reason::Operator);
    let before = story.jobs.len();
    story.command(Command::HandOff);
    assert_eq!(story.jobs.len(), before);
}

#[test]
fn a_handed_over_conversation_does_not_end_by_itself() {
    let mut story = asked();
    story.ends("summarise", summary("s")).pass(TimeDelta::days(2)).tick();
    assert!(story.session().is_open());
}

#[test]
fn what_the_desk_says_of_the_case_is_kept() {
    let mut story = asked();
    story.ends("summarise", summary("s"));
    let case = Case { owner: Some("rep-1".into()), ..story.case().clone() };
    story.ends("handoff", Outcome::HandedOff(case));
    assert_eq!(story.case().owner.as_deref(), Some("rep-1"));
}
