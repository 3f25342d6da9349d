//! Which case a conversation goes on, and what is filled before one is closed.

use chrono::TimeDelta;

use super::Story;
use crate::assistant::{Answer, FieldSpec, Fill};
use crate::desk::{Case, CaseStatus};
use crate::job::{Outcome, Work};
use crate::message::{Brief, Field, Reason};
use crate::policy::AppendTo;

fn closed(status: CaseStatus) -> Story {
    let mut story = Story::new();
    story.desk.as_mut().unwrap().reopen = TimeDelta::days(2);
    story.customer("hello").opened().status(status);
    story
}

fn reopening() -> Work {
    Work::SetStatus { n: 0, status: CaseStatus::Open }
}

#[test]
fn a_case_that_was_resolved_lately_is_opened_again_before_anything_is_written_on_it() {
    let mut first = closed(CaseStatus::Resolved);
    first.pass(TimeDelta::days(1));
    let mut second = first.next_session();
    second.customer("it is broken again");
    assert_eq!(second.names(), ["answer", "set-status", "append"]);
    assert!(second.works().contains(&reopening()));
    assert_eq!(second.case().status, CaseStatus::Open);
    assert_eq!(second.session().case, second.follows.clone().unwrap().session.case);
    second.customer("really");
    assert!(!second.news().contains(&"set-status"), "once");
}

#[test]
fn a_case_that_was_resolved_long_ago_or_is_final_is_followed_by_another() {
    for (status, days) in [(CaseStatus::Resolved, 3), (CaseStatus::Final, 0)] {
        let mut first = closed(status);
        first.pass(TimeDelta::days(days));
        let mut second = first.next_session();
        second.customer("me again");
        assert_eq!(second.names(), ["answer", "open", "append"], "{status:?}");
        assert!(second.session().parent.is_some());
    }
}

#[test]
fn a_case_that_is_final_after_all_is_followed_by_another() {
    let first = closed(CaseStatus::Resolved);
    let mut second = first.next_session();
    second.customer("me again").ends("set-status", Outcome::CaseClosed);
    assert_eq!(second.news(), ["open", "append"]);
    assert!(second.session().is_open() && second.session().parent.is_some());
}

#[test]
fn where_conversations_never_share_a_case_each_opens_its_own() {
    let mut first = Story::new();
    first.channel.append = AppendTo::Never;
    first.customer("hello").opened().pass(TimeDelta::hours(4)).tick();
    let mut second = first.next_session();
    second.customer("me again");
    assert_eq!(second.names(), ["answer", "open", "append"]);
    assert_eq!(second.session().parent, None, "the other case is still open");
}

#[test]
fn a_handoff_whose_case_was_closed_goes_on_with_the_new_case() {
    let mut story = Story::new();
    story.customer("a person").opened();
    story.ends("append", Outcome::Appended { case: None, through: 1, refused: vec![] });
    story.hands_off(Reason::CustomerAsked).pass(TimeDelta::seconds(5)).tick();
    let note = story.session().handoff.clone().unwrap().note.unwrap();
    let (stale, append) = (story.job("handoff"), story.job("append"));
    story.input(crate::decide::Input::Outcome(vec![append], Outcome::CaseClosed));
    assert_eq!(story.news(), ["open", "append", "handoff"]);
    assert_eq!(story.job("handoff").work, Work::Handoff { note });
    story.input(crate::decide::Input::Outcome(vec![stale], Outcome::CaseClosed));
    assert!(story.session().is_open() && story.news().is_empty(), "it stands in the old lane");
}

fn with_field(fill: Fill) -> Story {
    let mut story = Story::new();
    story.desk.as_mut().unwrap().fields = vec![FieldSpec {
        column: "UsrTopic".into(),
        title: "Topic".into(),
        description: String::new(),
        kind: "text".into(),
        options: Vec::new(),
        fill,
        pattern: None,
    }];
    story.customer("thanks").opened();
    let answer = Answer { text: Some("bye".into()), resolved: true, ..Answer::default() };
    story.ends("answer", Outcome::Answered { answer, seen: 1 });
    story
}

#[test]
fn a_column_that_is_always_filled_is_asked_for_before_the_case_is_closed() {
    let mut story = with_field(Fill::Always);
    assert_eq!(story.news(), ["summarise", "send", "append"]);
    let fields = vec![Field { column: "UsrTopic".into(), value: "parcel".into() }];
    let brief = Brief { fields, ..Brief::default() };
    let answer = Answer { brief: Some(brief), ..Answer::default() };
    story.ends("summarise", Outcome::Answered { answer, seen: 2 });
    assert_eq!(story.news(), ["append", "amend", "set-status"]);
    assert!(story.notes()[0].contains("parcel"));
    story.pass(TimeDelta::seconds(5)).tick();
    assert!(story.news().is_empty(), "once");

    assert!(!with_field(Fill::Handoff).names().contains(&"summarise"));
}

#[test]
fn a_summary_that_does_not_come_holds_no_case_open() {
    let mut story = with_field(Fill::Always);
    assert_eq!(story.session().wake, Some(story.now + story.policy.summary_deadline));
    story.pass(TimeDelta::seconds(5)).tick();
    assert_eq!(story.news(), ["set-status"]);
    assert_eq!(story.session().wake, None);
    let late = Answer { brief: Some(Brief::default()), ..Answer::default() };
    story.ends("summarise", Outcome::Answered { answer: late, seen: 2 });
    assert!(story.news().is_empty());
}

#[test]
fn a_case_that_a_person_closed_meanwhile_is_not_closed_again() {
    let mut story = with_field(Fill::Always);
    story.status(CaseStatus::Resolved).pass(TimeDelta::seconds(5)).tick();
    assert!(story.news().is_empty());
}

#[test]
fn another_name_of_the_case_leads_to_it_too() {
    let mut story = Story::new();
    story.customer("hello").opened();
    let case = Case { alias: Some("cnv_7".into()), ..story.case().clone() };
    story.ends("append", Outcome::Appended { case: Some(case), through: 1, refused: vec![] });
    let desk = story.desk.clone().unwrap().desk;
    let alias = crate::thread::Thread::case(&desk, "cnv_7");
    assert_eq!(story.last.threads, std::slice::from_ref(&alias));
    assert!(story.conversation.as_ref().unwrap().case.as_ref().unwrap().is_named(&alias));
}
