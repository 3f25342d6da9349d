//! Accepted is not sent: what becomes of a message that the provider took.

use chrono::TimeDelta;

use super::Story;
use crate::decide::{Alarm, Command, Verdict};
use crate::event::{Fact, Report, Source};
use crate::id::Key;
use crate::job::{Destination, Outcome, Work};
use crate::message::{Delivery, DeliveryState, Updated};
use crate::thread::Thread;

fn taken(id: &str) -> Delivery {
    let provider_id = Some(id.into());
    Delivery { state: DeliveryState::Accepted, provider_id, ..Delivery::pending() }
}

fn is(state: DeliveryState) -> Delivery {
    Delivery { state, provider_id: Some("msg_1".into()), ..Delivery::pending() }
}

/// An answer that the provider has taken as `uid_1`.
fn story() -> Story {
    let mut story = Story::new();
    story.channel.confirms = true;
    story.customer("hello").answers("hi").ends("send", Outcome::Sent(taken("uid_1")));
    story
}

fn told(story: &mut Story, report: Report) {
    let channel = story.channel.channel.clone();
    let thread = Thread::channel(&channel, "cnv_1");
    let event = story.event(Source::Channel(channel), thread, Fact::Receipt(report));
    story.input(crate::decide::Input::Event(event));
}

#[test]
fn what_the_provider_tells_of_is_not_asked_for() {
    let mut story = story();
    let key = Key::send(story.session().id, 2, 0);
    told(&mut story, Report::on(key, is(DeliveryState::Sent)));
    assert!(story.session().untold.is_empty());
    assert_eq!(story.session().untold_until, None);
    story.pass(TimeDelta::minutes(6)).tick();
    assert!(story.news().is_empty());
}

#[test]
fn what_nothing_is_told_of_is_asked_for_in_time_and_once() {
    let mut story = story();
    let due = story.now + TimeDelta::minutes(5);
    assert_eq!(story.session().wake.map(|wake| wake <= due), Some(true));
    story.pass(TimeDelta::minutes(4)).tick();
    assert!(story.news().is_empty());
    story.pass(TimeDelta::minutes(1)).tick();
    assert_eq!(story.last.jobs[0].work, Work::Confirm { seq: 2, part: 0, again: 0 });
    let lane = &story.last.jobs[0].lane.destination;
    assert_eq!(*lane, Destination::Receipts(story.channel.channel.clone()));
    story.pass(TimeDelta::minutes(20)).tick();
    assert!(story.news().is_empty());
    story.ends("confirm", Outcome::Sent(is(DeliveryState::Sent)));
    assert!(story.session().untold.is_empty());
    let Updated::Delivery { delivery, .. } = &story.last.updates[0].what else { panic!() };
    assert_eq!(delivery.state, DeliveryState::Sent);
}

#[test]
fn a_report_that_fits_several_has_each_of_them_asked_for_once() {
    let mut story = story();
    story.customer("hello?").answers("hi").ends("send", Outcome::Sent(taken("uid_2")));
    let report = || Report::of("msg_1", Some("hi".into()), DeliveryState::Sent);
    told(&mut story, report());
    assert_eq!(story.news(), ["confirm", "confirm"]);
    told(&mut story, report());
    assert!(story.news().is_empty(), "it is being asked");
    assert_eq!(story.session().untold_until, None);
}

#[test]
fn a_failure_is_told_to_the_desk_once_whoever_tells_it_first() {
    let key = |story: &Story| Key::send(story.session().id, 2, 0);
    let told_of = |story: &Story| story.notes().iter().filter(|n| n.contains("reach")).count();
    let mut first = story();
    first.pass(TimeDelta::minutes(5)).tick();
    first.ends("confirm", Outcome::Sent(is(DeliveryState::Failed)));
    assert_eq!(first.last.alarms, [Alarm::Undeliverable]);
    assert_eq!(told_of(&first), 1);
    // The event came while the provider was being asked.
    let mut second = story();
    second.pass(TimeDelta::minutes(5)).tick();
    let key = key(&second);
    told(&mut second, Report::on(key, is(DeliveryState::Failed)));
    second.ends("confirm", Outcome::Sent(is(DeliveryState::Failed)));
    assert_eq!(told_of(&second), 1);
}

#[test]
fn what_the_provider_does_not_know_is_uncertain_and_a_person_decides() {
    let mut story = story();
    story.pass(TimeDelta::minutes(5)).tick().ends("confirm", Outcome::Uncertain);
    assert_eq!(story.last.alarms, [Alarm::Uncertain]);
    assert_eq!(story.last.updates[0].what, Updated::Unconfirmed { part: 0 });
    assert!(story.notes().last().unwrap().contains("Nobody can tell"));
    story.command(Command::Settle { seq: 2, part: 0, again: 0, verdict: Verdict::Resend });
    assert_eq!(story.last.jobs[0].work, Work::Send { seq: 2, part: 0, again: 1 });
    story.ends("send", Outcome::Sent(taken("uid_2")));
    let untold = &story.session().untold;
    assert_eq!(untold.iter().map(|one| one.again).collect::<Vec<_>>(), [1]);
}

#[test]
fn uncertain_gives_way_to_what_is_told_and_never_the_other_way() {
    let mut message = crate::message::Message::new(
        1,
        crate::message::Speaker::Assistant,
        "hi",
        chrono::DateTime::UNIX_EPOCH,
    );
    message.deliveries = vec![taken("uid_1")];
    message.apply(&Updated::Unconfirmed { part: 0 });
    assert_eq!(message.deliveries[0].state, DeliveryState::Uncertain);
    let delivery = is(DeliveryState::Sent);
    message.apply(&Updated::Delivery { part: 0, delivery });
    message.apply(&Updated::Unconfirmed { part: 0 });
    assert_eq!(message.deliveries[0].state, DeliveryState::Sent);
    assert!(message.deliveries[0].is_called("uid_1") && message.deliveries[0].is_called("msg_1"));
}

#[test]
fn of_more_than_are_waited_for_the_oldest_is_asked_for_at_once() {
    let mut story = story();
    for n in 2..=20 {
        story.customer("hello?").answers("hi");
        story.ends("send", Outcome::Sent(taken(&format!("uid_{n}"))));
    }
    assert_eq!(story.session().untold.len(), 16);
    assert_eq!(story.names().iter().filter(|name| **name == "confirm").count(), 4);
}

#[test]
fn a_channel_that_cannot_be_asked_waits_for_nothing() {
    let mut story = Story::new();
    story.customer("hello").answers("hi").ends("send", Outcome::Sent(taken("SM1")));
    assert!(story.session().untold.is_empty());
}
