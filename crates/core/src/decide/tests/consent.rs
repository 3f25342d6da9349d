//! Opting out, and in again.

use super::{Story, customer};
use crate::error::ErrorKind;
use crate::event::{ConsentWord, Inbound};
use crate::job::{Failure, Outcome};

fn word(text: &str, word: ConsentWord) -> Inbound {
    Inbound { consent: Some(word), ..Inbound::text(customer(), text) }
}

#[test]
fn a_stop_never_reaches_the_assistant_and_is_entered() {
    let mut story = Story::new();
    story.inbound(word("STOP", ConsentWord::Stop));
    assert_eq!(story.names(), ["open", "append"]);
    assert!(story.log[0].aside, "nor is it shown to it later");
    assert!(!story.last.consent[0].allowed);
    assert_eq!(&*story.last.consent[0].address, "+15552223333");
}

#[test]
fn help_is_the_providers_to_answer() {
    let mut story = Story::new();
    story.inbound(word("HELP", ConsentWord::Help));
    assert!(!story.names().contains(&"answer"));
    assert!(story.last.consent.is_empty());
}

#[test]
fn start_opts_in_again_and_is_plain_talk_otherwise() {
    let mut story = Story::new();
    story.inbound(word("START", ConsentWord::Start));
    assert!(story.news().contains(&"answer"), "nobody had opted out");
    story.inbound(word("STOP", ConsentWord::Stop)).inbound(word("START", ConsentWord::Start));
    assert!(story.last.consent[0].allowed);
    assert!(!story.news().contains(&"answer"));
    story.customer("hello");
    assert!(story.news().contains(&"answer"));
}

#[test]
fn the_last_word_holds_whatever_the_clock_of_the_process_that_enters_it() {
    let mut story = Story::new();
    story.inbound(word("STOP", ConsentWord::Stop)).inbound(word("START", ConsentWord::Start));
    let start = story.last.consent[0].at;
    // Another process, whose clock is behind, enters what the customer says next.
    story.pass(chrono::TimeDelta::seconds(-2)).inbound(word("STOP", ConsentWord::Stop));
    assert!(!story.last.consent[0].allowed);
    assert!(story.last.consent[0].at >= start, "the ledger goes by the time");
}

#[test]
fn after_a_stop_the_assistant_is_not_even_asked_also_in_the_next_session() {
    let mut story = Story::new();
    story.inbound(word("STOP", ConsentWord::Stop)).customer("one more thing");
    assert_eq!(story.news(), ["append"]);
    let mut next = story.next_session();
    next.customer("hello again");
    assert!(!next.names().contains(&"answer"));
}

#[test]
fn the_providers_refusal_is_an_opt_out() {
    let mut story = Story::new();
    let failure = Failure { kind: ErrorKind::OptedOut, code: Some("21610".into()) };
    story.customer("hello").answers("hi").ends("send", Outcome::Failed(failure));
    assert!(!story.last.consent[0].allowed);
    assert_eq!(story.session().handoff, None, "there is nothing a person could send either");
    assert!(story.notes().iter().any(|note| note.contains("opted out")));
}
