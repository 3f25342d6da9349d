//! What holds for every decision.

use chrono::TimeDelta;

use super::{Story, customer};
use crate::decide::Input;
use crate::event::{Holder, Hosted, Inbound};
use crate::job::{Job, Outcome};
use crate::message::{File, Reason};

#[test]
fn files_are_fetched_one_by_one() {
    let mut story = Story::new();
    let files = vec![File::new("a", None), File::new("b", None)];
    story.inbound(Inbound { files, ..Inbound::text(customer(), "") });
    assert_eq!(story.news().iter().filter(|name| **name == "fetch").count(), 2);
}

#[test]
fn what_was_said_earlier_and_arrives_later_is_marked_late() {
    let mut story = Story::new();
    story.customer("second").pass(TimeDelta::seconds(-30)).customer("first");
    assert_eq!(story.log.iter().map(|message| message.late).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn a_hosted_conversation_is_neither_opened_nor_copied() {
    let mut story = Story::new();
    story.channel.hosted = true;
    let hosted = Some(Hosted { case: "cnv_1".into(), holder: Holder::Assistant, contact: None });
    story.inbound(Inbound { hosted, ..Inbound::text(customer(), "hello") });
    assert_eq!(story.names(), ["answer"]);
    story.hands_off(Reason::CustomerAsked).pass(TimeDelta::seconds(5)).tick();
    assert_eq!(story.news(), ["append", "handoff"], "the note, then the handoff");
    assert_eq!(story.last.own.len(), 1);
}

#[test]
fn a_hosted_conversation_that_a_person_has_is_not_answered() {
    let mut story = Story::new();
    story.channel.hosted = true;
    let hosted = Some(Hosted { case: "cnv_1".into(), holder: Holder::Person, contact: None });
    story.inbound(Inbound { hosted, ..Inbound::text(customer(), "hello") });
    assert!(story.names().is_empty());
}

#[test]
fn sessions_stay_bounded() {
    let mut story = Story::new();
    for n in 0..200 {
        story.customer(&format!("{n} {}", "words ".repeat(200))).answers(&"answer ".repeat(200));
    }
    story.hands_off(Reason::CustomerAsked);
    let bytes = serde_json::to_vec(story.session()).unwrap().len();
    assert!(bytes < 4096, "{bytes} bytes");
}

#[test]
fn the_log_has_no_holes() {
    let mut story = Story::new();
    story.customer("a").answers("b").person("c").customer("d").hands_off(Reason::CustomerAsked);
    let places: Vec<u64> = story.log.iter().map(|message| message.seq).collect();
    assert_eq!(places, (1..=places.len() as u64).collect::<Vec<_>>());
}

#[test]
fn no_input_without_news_makes_news() {
    let mut story = Story::new();
    story.customer("a").opened().answers("b");
    let before = story.conversation.clone();
    story.tick();
    assert_eq!(story.conversation, before);
    let nothing: Vec<Job> = Vec::new();
    story.input(Input::Outcome(nothing, Outcome::Uncertain));
    assert_eq!(story.conversation, before);
}
