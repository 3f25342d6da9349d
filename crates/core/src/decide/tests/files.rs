//! Files: fetched, then added to their entries.

use super::{Story, customer};
use crate::desk::CaseStatus;
use crate::error::ErrorKind;
use crate::event::Inbound;
use crate::job::{Failure, Outcome, Work};
use crate::message::{Copy, File, Reason, Updated};

fn sends_a_picture(story: &mut Story) {
    let files = vec![File::new("https://media.example/1", Some("image/png".into()))];
    story.inbound(Inbound { files, ..Inbound::text(customer(), "look") });
}

fn fetched() -> Outcome {
    Outcome::Fetched { copy: Copy::Stored("1/0".into()), size: Some(9) }
}

fn story() -> Story {
    let mut story = Story::new();
    story.desk.as_mut().unwrap().files = true;
    story
}

#[test]
fn a_file_is_added_behind_its_entry_once_it_is_stored() {
    let mut story = story();
    sends_a_picture(&mut story);
    assert!(!story.names().contains(&"attach"));
    story.ends("fetch", fetched());
    assert_eq!(story.works().last(), Some(&Work::Attach { seq: 1, index: 0 }));
    assert_eq!(story.job("attach").lane, story.job("append").lane);
}

#[test]
fn a_file_that_came_before_there_was_a_case_is_added_with_the_transcript() {
    let mut story = story().open_at_handoff();
    sends_a_picture(&mut story);
    story.ends("fetch", fetched());
    assert!(!story.names().contains(&"attach"));
    story.hands_off(Reason::CustomerAsked);
    assert_eq!(story.news(), ["summarise", "send", "open", "append", "attach"]);
    assert!(story.session().files.is_empty());
}

#[test]
fn a_file_that_is_not_there_is_a_stub_and_nothing_is_added() {
    let mut story = story();
    sends_a_picture(&mut story);
    let failure = Failure { kind: ErrorKind::NotFound, code: None };
    story.ends("fetch", Outcome::Failed(failure));
    let Updated::File { copy, .. } = &story.last.updates[0].what else { panic!() };
    assert_eq!(*copy, Copy::Missing);
    assert!(!story.names().contains(&"attach"));
}

#[test]
fn a_file_that_the_desk_refuses_is_told_on_the_case_and_the_case_goes_on() {
    let mut story = story();
    sends_a_picture(&mut story);
    story.opened().ends("fetch", fetched());
    let failure = Failure { kind: ErrorKind::TooLong, code: Some("size".into()) };
    story.ends("attach", Outcome::Failed(failure));
    assert!(story.notes()[0].contains("#1") && story.notes()[0].contains("size"));
    assert!(story.session().is_open());

    story.ends("attach", Outcome::CaseClosed);
    assert!(story.session().is_open(), "that a file comes too late ends no conversation");
    assert_eq!(story.case().status, CaseStatus::Open);
}

#[test]
fn a_desk_that_takes_no_files_and_one_that_has_them_gets_none() {
    let mut takes_none = Story::new();
    sends_a_picture(&mut takes_none);
    takes_none.ends("fetch", fetched());
    assert!(!takes_none.names().contains(&"attach"));
}

#[test]
fn more_files_than_a_session_keeps_are_named_in_their_entries_only() {
    let mut story = story().open_at_handoff();
    for _ in 0..60 {
        sends_a_picture(&mut story);
        story.ends("fetch", fetched());
    }
    story.hands_off(Reason::CustomerAsked);
    let added = story.news().into_iter().filter(|work| *work == "attach").count();
    assert_eq!(added, 50);
}
