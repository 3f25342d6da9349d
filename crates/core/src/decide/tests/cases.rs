//! When a case is opened, and what comes to stand on it.

use chrono::TimeDelta;

use super::Story;
use crate::assistant::Answer;
use crate::decide::Input;
use crate::desk::CaseStatus;
use crate::directory::Contact;
use crate::error::ErrorKind;
use crate::event::Holder;
use crate::id::{EventId, Key};
use crate::job::{Failure, LaneOwner, Outcome, Work};
use crate::matching::Match;
use crate::message::Reason;
use crate::session::Search;

#[test]
fn the_first_message_opens_a_case_and_is_entered() {
    let mut story = Story::new();
    story.customer("hello");
    assert_eq!(story.names(), ["answer", "open", "append"]);
    let record = story.conversation.as_ref().unwrap().case.clone().unwrap();
    assert!(story.last.threads.contains(&record.thread()), "the case is known by its id at once");
}

#[test]
fn every_message_is_entered_as_it_comes() {
    let mut story = Story::new();
    story.customer("hello").opened().answers("hi").customer("thanks");
    let through: Vec<u64> = story
        .works()
        .iter()
        .filter_map(|work| match work {
            Work::Append { through } => Some(*through),
            _ => None,
        })
        .collect();
    assert_eq!(through, [1, 2, 3]);
}

#[test]
fn an_entry_is_ours_before_it_is_written() {
    let mut story = Story::new();
    story.customer("hello");
    let row = Key::entry(story.session().id, 1).uuid();
    assert_eq!(story.last.own, [EventId::new("creatio", row)]);
}

#[test]
fn a_conversation_that_the_assistant_resolves_never_reaches_the_desk_in_handoff_mode() {
    let mut story = Story::new().open_at_handoff();
    story.customer("hello");
    let answer = Answer { text: Some("bye".into()), resolved: true, ..Answer::default() };
    story.ends("answer", Outcome::Answered { answer, seen: 1 });
    assert_eq!(story.names(), ["answer", "send"]);
    assert!(!story.session().is_open());
}

#[test]
fn a_handoff_brings_the_whole_transcript_in_handoff_mode() {
    let mut story = Story::new().open_at_handoff();
    story
        .customer("hello")
        .answers("hi")
        .customer("a person, please")
        .hands_off(Reason::CustomerAsked);
    assert_eq!(story.news(), ["summarise", "send", "open", "append"]);
    assert!(story.works().contains(&Work::Append { through: 4 }));
    assert_eq!(story.last.own.len(), 4);
}

#[test]
fn the_case_waits_for_the_directory_but_not_for_long() {
    let mut story = Story::new().with_directory(true);
    story.customer("hello");
    assert_eq!(story.names(), ["answer", "lookup"]);
    let wake = story.session().wake.unwrap();
    assert_eq!(wake, story.now + story.policy.lookup_deadline);
    story.pass(TimeDelta::seconds(4)).tick();
    assert!(story.news().is_empty());
    story.pass(TimeDelta::seconds(1)).tick();
    assert_eq!(story.news(), ["open", "append"]);
}

#[test]
fn the_contact_is_looked_up_before_the_case_is_opened() {
    let found =
        Outcome::LookedUp { found: Match::One(Contact::new("c-1", None)), candidates: vec![] };
    let mut story = Story::new().with_directory(true);
    story.customer("hello").ends("lookup", found);
    assert_eq!(story.news(), ["open", "append"]);
    assert_eq!(story.session().contact_reference(), Some("c-1"));
}

#[test]
fn an_unknown_customer_is_entered_only_where_the_policy_says_so() {
    for (create, expected) in [(true, vec!["create-contact"]), (false, vec!["open", "append"])] {
        let none = Outcome::LookedUp { found: Match::None, candidates: vec![] };
        let mut story = Story::new().with_directory(create);
        story.customer("hello").ends("lookup", none);
        assert_eq!(story.news(), expected, "create: {create}");
    }
}

#[test]
fn several_contacts_leave_the_contact_empty_and_name_the_candidates() {
    let candidates = vec!["Ann".to_owned(), "Bob".to_owned()];
    let mut story = Story::new().with_directory(true);
    story
        .customer("hello")
        .ends("lookup", Outcome::LookedUp { found: Match::Ambiguous, candidates });
    assert_eq!(story.session().search, Search::Empty);
    assert!(story.notes()[0].contains("Ann, Bob"));
    assert_eq!(story.news(), ["open", "append"]);
}

#[test]
fn a_directory_that_fails_does_not_hold_the_case() {
    let failure = Failure { kind: ErrorKind::Invalid, code: None };
    let mut story = Story::new().with_directory(true);
    story.customer("hello").ends("lookup", Outcome::Failed(failure));
    assert_eq!(story.news(), ["open", "append"]);
}

#[test]
fn a_contact_that_is_found_late_is_named_by_an_amendment() {
    let mut story = Story::new().with_directory(false);
    story.customer("hello").pass(TimeDelta::seconds(5)).tick();
    let case = story.case().clone();
    story.ends("open", Outcome::Opened { case, with_contact: false });
    assert!(!story.news().contains(&"amend"));
    let found =
        Outcome::LookedUp { found: Match::One(Contact::new("c-1", None)), candidates: vec![] };
    story.ends("lookup", found);
    assert_eq!(story.news(), ["amend"]);
    story.tick();
    assert!(story.news().is_empty(), "once");
}

#[test]
fn the_next_session_goes_on_with_the_open_case_also_while_it_is_queued() {
    let mut first = Story::new();
    first.customer("hello").pass(TimeDelta::hours(4)).tick();
    assert!(!first.session().is_open());
    let mut second = first.next_session();
    second.customer("me again");
    assert_eq!(second.names(), ["answer", "append"]);
    let follows = second.follows.clone().unwrap();
    assert_eq!(second.session().case, follows.session.case);
    let owner = &second.jobs.last().unwrap().lane.owner;
    assert_eq!(*owner, LaneOwner::Case(follows.case.unwrap().id), "one lane for the case");
}

#[test]
fn after_the_case_is_closed_the_next_session_opens_a_linked_one() {
    for status in [CaseStatus::Resolved, CaseStatus::Final] {
        let mut first = Story::new();
        first.customer("hello").opened().status(status);
        let mut second = first.next_session();
        second.customer("me again");
        assert_eq!(second.names(), ["answer", "open", "append"]);
        let before = second.follows.clone().unwrap().case.unwrap();
        assert_eq!(second.session().parent.as_deref(), Some(&*before.case.reference));
        assert_ne!(second.session().case, Some(before.id));
    }
}

#[test]
fn what_was_said_after_the_case_was_closed_goes_on_a_case_of_its_own() {
    let mut story = Story::new();
    story.customer("one").opened();
    story.ends("append", Outcome::Appended { case: None, through: 1, refused: vec![] });
    story.customer("two").ends("append", Outcome::CaseClosed);
    assert_eq!(story.news(), ["open", "append"]);
    assert!(story.session().parent.is_some());
    assert_eq!(story.last.own, [EventId::new("creatio", Key::entry(story.session().id, 2).uuid())]);
    assert!(story.session().is_open());
}

#[test]
fn a_refused_entry_is_noted_and_the_others_go_on() {
    let mut story = Story::new();
    story.customer("one").opened();
    let refused = vec![(1, "too-big".into())];
    story.ends("append", Outcome::Appended { case: None, through: 1, refused });
    assert!(story.notes()[0].contains("#1") && story.notes()[0].contains("too-big"));
    assert_eq!(story.session().appended, 1);
}

#[test]
fn a_resolved_conversation_still_gets_its_case_in_first_message_mode() {
    let mut story = Story::new().with_directory(false);
    story.customer("hello");
    let answer = Answer { text: Some("bye".into()), resolved: true, ..Answer::default() };
    story.ends("answer", Outcome::Answered { answer, seen: 1 });
    assert_eq!(story.news(), ["open", "append", "set-status", "send"]);
}

#[test]
fn without_a_desk_nothing_is_written_anywhere() {
    let mut story = Story::new();
    (story.desk, story.channel.desk) = (None, None);
    story.customer("hello").answers("hi").input(Input::Tick);
    assert_eq!(story.names(), ["answer", "send"]);
    assert_eq!(story.holder(), Holder::Assistant);
}
