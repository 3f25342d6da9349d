//! Who may speak.

use crate::channel::Receipt;
use crate::decide::Input;
use chrono::TimeDelta;

use super::Story;
use crate::assistant::Answer;
use crate::error::ErrorKind;
use crate::event::{Author, Fact, Holder, Reply, Source};
use crate::job::{Failure, Outcome, Withheld};
use crate::message::{DeliveryState, Reason, Updated};

#[test]
fn the_assistant_answers_until_a_person_is_asked_for() {
    let mut story = Story::new();
    story.customer("hello").answers("hi").customer("a person").hands_off(Reason::CustomerAsked);
    story.customer("are you there?");
    assert!(!story.news().contains(&"answer"));
    assert_eq!(story.holder(), Holder::Nobody);
}

#[test]
fn the_assistants_speech_is_fenced_and_a_persons_is_not() {
    let mut story = Story::new();
    story.customer("hello").answers("hi");
    assert_eq!(story.job("answer").fence, Some(1));
    assert_eq!(story.job("send").fence, Some(1));
    story.person("I am here");
    assert_eq!(story.job("send").fence, None);
}

#[test]
fn a_reply_takes_control_at_once() {
    let mut story = Story::new();
    story.customer("hello").person("I am here");
    assert_eq!(story.holder(), Holder::Person);
    assert_eq!(story.session().control.epoch, 2);
    story.person("still here");
    assert_eq!(story.session().control.epoch, 2, "the epoch rises with changes only");
}

#[test]
fn an_answer_that_comes_after_the_takeover_is_discarded() {
    let mut story = Story::new();
    story.customer("hello");
    let job = story.job("answer");
    story.person("I am here");
    let before = story.log.len();
    let answer = Answer { text: Some("too late".into()), ..Answer::default() };
    story.input(Input::Outcome(vec![job], Outcome::Answered { answer, seen: 1 }));
    assert_eq!(story.log.len(), before);
    assert!(story.news().is_empty());
}

#[test]
fn the_words_that_go_with_a_handoff_are_in_its_own_epoch() {
    let mut story = Story::new();
    story.customer("a person").hands_off(Reason::CustomerAsked);
    assert_eq!(story.job("send").fence, Some(story.session().control.epoch));
}

#[test]
fn a_send_that_was_overtaken_is_recorded_as_such() {
    let mut story = Story::new();
    story.customer("hello").answers("hi");
    let job = story.job("send");
    story.person("I am here");
    let sent = Receipt::accepted("SM1").delivery;
    story.input(Input::Outcome(vec![job], Outcome::Sent(sent)));
    let Updated::Delivery { delivery, .. } = &story.last.updates[0].what else {
        panic!("no delivery")
    };
    assert!(delivery.overtaken);
    assert!(story.notes().last().unwrap().contains("taking over"));
}

#[test]
fn what_was_withheld_is_shown_on_the_case() {
    for why in [Withheld::OptedOut, Withheld::Overtaken, Withheld::TooOld] {
        let mut story = Story::new();
        story.customer("hello").opened().person("I am here").ends("send", Outcome::Withheld(why));
        let Updated::Delivery { delivery, .. } = &story.last.updates[0].what else {
            panic!("no delivery")
        };
        assert_eq!(delivery.state, DeliveryState::Withheld);
        assert_eq!(delivery.code.as_deref(), Some(why.name()));
        assert_eq!(story.news(), ["append"], "{why:?}");
    }
}

#[test]
fn an_old_answer_becomes_a_handoff() {
    let mut story = Story::new();
    story.customer("hello");
    let job = story.job("answer");
    story.pass(TimeDelta::minutes(16));
    let answer = Answer { text: Some("late".into()), ..Answer::default() };
    story.input(Input::Outcome(vec![job], Outcome::Answered { answer, seen: 1 }));
    assert_eq!(story.session().handoff.as_ref().unwrap().reason, Reason::AssistantFailed);
    assert!(story.log.iter().all(|message| message.text != "late"));
}

#[test]
fn an_assistant_that_fails_becomes_a_handoff_and_never_silence() {
    let mut story = Story::new();
    let failure = Failure { kind: ErrorKind::Network, code: None };
    story.customer("hello").ends("answer", Outcome::Failed(failure));
    assert_eq!(story.holder(), Holder::Nobody);
    assert!(story.news().contains(&"send"), "the customer is told");
    assert!(!story.last.alarms.is_empty());
}

#[test]
fn without_an_assistant_the_first_message_asks_for_a_person() {
    let mut story = Story::new();
    story.channel.assistant = false;
    story.customer("hello");
    assert_eq!(story.names(), ["open", "append", "handoff"]);
    assert_eq!(story.session().handoff.as_ref().unwrap().reason, Reason::AssistantOff);
}

#[test]
fn whoever_is_not_known_to_be_a_person_neither_speaks_nor_takes_control() {
    for author in [Author::Machine, Author::Unknown] {
        let mut story = Story::new();
        story.customer("hello");
        let thread = story.conversation.as_ref().unwrap().case.as_ref().unwrap().thread();
        let desk = story.channel.desk.clone().unwrap();
        let fact = Fact::Reply(Reply::text("beep"));
        let mut event = story.event(Source::Desk(desk), thread, fact);
        event.author = author;
        story.input(Input::Event(event));
        assert!(story.news().is_empty(), "{author:?}");
        assert_eq!(story.holder(), Holder::Assistant);
    }
}

#[test]
fn giving_a_case_to_a_person_takes_control_only_where_the_desk_says_so() {
    for (takes, holder) in [(false, Holder::Assistant), (true, Holder::Person)] {
        let mut story = Story::new();
        story.desk.as_mut().unwrap().assignment_takes_control = takes;
        story.customer("hello").desk_says(Fact::Assigned { holder: Holder::Person, owner: None });
        assert_eq!(story.holder(), holder);
    }
}
