//! How conversations end.

use chrono::TimeDelta;

use super::Story;
use crate::assistant::Answer;
use crate::desk::{Case, CaseStatus};
use crate::job::{Outcome, Work};
use crate::message::Reason;
use crate::session::{Resolver, SessionState};

fn resolved() -> Story {
    let mut story = Story::new();
    story.customer("hello").opened();
    let answer = Answer { text: Some("bye".into()), resolved: true, ..Answer::default() };
    story.ends("answer", Outcome::Answered { answer, seen: 1 });
    story
}

#[test]
fn a_closed_case_resolves_the_session() {
    for status in [CaseStatus::Resolved, CaseStatus::Final] {
        let mut story = Story::new();
        story.customer("hello").opened().status(status);
        assert!(matches!(story.session().state, SessionState::Resolved { by: Resolver::Desk, .. }));
    }
}

#[test]
fn the_same_status_again_changes_nothing() {
    let mut story = Story::new();
    story.customer("hello").opened().status(CaseStatus::Resolved);
    let before = story.session().clone();
    story.pass(TimeDelta::minutes(1)).status(CaseStatus::Resolved);
    assert_eq!(*story.session(), before);
}

#[test]
fn a_second_close_after_a_reopening_is_a_new_fact() {
    let mut story = Story::new();
    story.customer("hello").opened().status(CaseStatus::Resolved).status(CaseStatus::Open);
    story.person("once more").status(CaseStatus::Resolved);
    assert!(!story.session().is_open());
}

#[test]
fn what_the_assistant_has_not_said_yet_is_stale_once_the_case_is_closed() {
    let mut story = Story::new();
    story.customer("hello").opened().answers("hi");
    let fence = story.job("send").fence;
    story.status(CaseStatus::Final);
    assert_ne!(fence, Some(story.session().control.epoch));
}

#[test]
fn inactivity_ends_only_what_the_assistant_has_and_leaves_the_case_alone() {
    let mut story = Story::new();
    story.customer("hello").opened().answers("hi").pass(TimeDelta::minutes(179)).tick();
    assert!(story.session().is_open());
    story.pass(TimeDelta::minutes(1)).tick();
    assert!(matches!(
        story.session().state,
        SessionState::Resolved { by: Resolver::Inactivity, .. }
    ));
    assert!(story.news().is_empty(), "the case keeps its status");
    assert_eq!(story.session().wake, None);

    let mut with_person = Story::new();
    with_person.customer("hello").opened().person("hi").pass(TimeDelta::days(3)).tick();
    assert!(with_person.session().is_open());
}

#[test]
fn what_is_said_puts_inactivity_off() {
    let mut story = Story::new();
    story.customer("hello").opened().pass(TimeDelta::hours(2)).customer("still there?");
    story.pass(TimeDelta::hours(2)).tick();
    assert!(story.session().is_open());
}

#[test]
fn the_assistant_resolving_writes_the_status_behind_the_entries() {
    let story = resolved();
    let status = Work::SetStatus { n: 0, status: CaseStatus::Resolved };
    let works = story.works();
    let at = works.iter().position(|work| *work == status).unwrap();
    assert!(works[..at].contains(&Work::Append { through: 2 }));
    assert_eq!(story.session().handoff, None);
}

#[test]
fn a_status_that_a_person_forestalled_stays_theirs() {
    let mut story = resolved();
    story.ends("set-status", Outcome::CaseTaken);
    assert_eq!(story.case().status, CaseStatus::Open);
    assert!(story.news().is_empty());
}

#[test]
fn our_own_close_is_no_news() {
    let mut story = resolved();
    let case = Case { status: CaseStatus::Resolved, ..story.case().clone() };
    story.ends("set-status", Outcome::StatusSet(case));
    let before = story.session().clone();
    story.status(CaseStatus::Resolved);
    assert_eq!(*story.session(), before);
    assert!(matches!(before.state, SessionState::Resolved { by: Resolver::Assistant, .. }));
}

#[test]
fn a_case_found_closed_while_writing_ends_the_session_too() {
    let mut story = Story::new();
    story.customer("a person").opened().hands_off(Reason::CustomerAsked);
    story.pass(TimeDelta::seconds(5)).tick();
    let case = Case { status: CaseStatus::Final, ..story.case().clone() };
    story.ends("handoff", Outcome::HandedOff(case));
    assert!(matches!(story.session().state, SessionState::Resolved { by: Resolver::Desk, .. }));
}
