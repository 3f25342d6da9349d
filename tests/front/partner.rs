//! A channel of our own, worked in Front: its conversations appear there in a partner channel.

use std::sync::Arc;

use bytes::Bytes;
use chrono::TimeDelta;
use handover_core::event::Holder;
use handover_core::message::{DeliveryState, Speaker};
use handover_relay::Worked;
use handover_sim::front::Status;
use handover_sim::twilio::Carrier;
use handover_tests::setup;

use crate::bridge::{Bridge, HOOK, HOURS};
use crate::corners::Settles;
use crate::town::{AI, CUSTOMER, REP};

async fn handed_off() -> Bridge {
    let bridge = Bridge::new();
    bridge.customer_texts("Are you open?").await;
    bridge.customer_texts("I want to talk to a human").await;
    bridge
}

#[tokio::test]
async fn a_text_to_our_own_number_is_worked_in_front() {
    let bridge = handed_off().await;
    assert_eq!(bridge.thread().len(), 4, "the whole transcript: {:#?}", bridge.thread());
    let comments = bridge.comments();
    assert_eq!(comments.len(), 1, "{comments:#?}");
    assert!(comments[0].contains("asked for a person"));

    bridge.rep_replies("Rita here.").await;
    assert_eq!(bridge.phone().last().map(String::as_str), Some("Rita here."));
    assert_eq!(bridge.phone().len(), 3, "once");
    assert_eq!(bridge.thread().len(), 5, "nor does it come back");
    assert_eq!(bridge.sessions().await[0].control.holder, Holder::Person);

    bridge.front.teammate_archives(&bridge.worked().id, REP, bridge.now());
    bridge.settle().await;
    assert!(bridge.sessions().await.iter().all(|session| !session.is_open()));
}

#[tokio::test]
async fn a_channel_is_connected_and_removed_by_calls_that_front_signs() {
    let assistant = Arc::new(Settles);
    let bridge = Bridge::with(assistant, false);
    assert!(!bridge.front.is_connected("cha_partner"));
    bridge.front.connect_channel("cha_partner", HOOK, bridge.now());
    bridge.run().await;
    assert!(bridge.front.is_connected("cha_partner"));
    bridge.customer_texts("Please cancel it").await;
    assert_eq!(bridge.thread().len(), 2);
    bridge.front.delete_channel("cha_partner", bridge.now());
    bridge.run().await;
    assert!(!bridge.front.is_connected("cha_partner"));
}

#[tokio::test]
async fn an_autoreply_of_front_reaches_the_customer_and_takes_nothing_over() {
    let bridge = Bridge::new();
    bridge.customer_texts("Are you open?").await;
    bridge.front.rule_autoreplies(&bridge.worked().id, "We have moved.", bridge.now());
    bridge.settle().await;
    assert_eq!(bridge.phone(), [HOURS, "We have moved."]);
    let session = bridge.sessions().await.remove(0);
    assert_eq!(session.control.holder, Holder::Assistant);
    bridge.customer_texts("And on Sundays, are you open?").await;
    assert_eq!(bridge.phone(), [HOURS, "We have moved.", HOURS]);
}

#[tokio::test]
async fn fronts_call_is_answered_from_what_is_durable() {
    let mut bridge = handed_off().await;
    bridge.front.teammate_replies(&bridge.worked().id, REP, "Rita here.", bridge.now());
    // Answered at once, with nothing called; then the process ends.
    let (calls, texts) = (bridge.front.round_trips(), bridge.twilio.round_trips());
    for webhook in bridge.webhooks() {
        bridge.deliver(webhook).await;
    }
    assert_eq!((bridge.front.round_trips(), bridge.twilio.round_trips()), (calls, texts));
    let reply = bridge.front.messages(&bridge.worked().id).pop().unwrap();
    assert!(reply.external_id.is_some(), "Front knows our name for it");
    bridge.restart();
    bridge.settle().await;
    assert_eq!(bridge.phone().last().map(String::as_str), Some("Rita here."));
    assert_eq!(bridge.phone().len(), 3);
}

#[tokio::test]
async fn that_a_reply_did_not_arrive_stands_at_the_reply_in_front() {
    for carrier in [Carrier::Fails { code: 30003 }, Carrier::Undelivered { code: 30007 }] {
        let name = format!("{carrier:?}");
        let bridge = handed_off().await;
        let comments = bridge.comments().len();
        bridge.front.teammate_assigns(&bridge.worked().id, REP, Some(REP), bridge.now());
        bridge.twilio.set_carrier(CUSTOMER, carrier);
        bridge.rep_replies("Rita here.").await;
        bridge.settle().await;
        let reply = bridge.front.messages(&bridge.worked().id).pop().unwrap();
        let error = reply.error(bridge.now()).unwrap_or_default().to_owned();
        assert!(error.contains("3000"), "{name}: {error:?}");
        assert_eq!(bridge.worked().status, Status::Open, "{name}");
        assert_eq!(bridge.comments().len(), comments, "{name}: it is said once");
        assert_eq!(bridge.thread().iter().filter(|text| *text == "Rita here.").count(), 1);
    }
}

#[tokio::test]
async fn a_picture_of_the_customer_stands_in_front() {
    let bridge = Bridge::new();
    let photo = [("image/jpeg", Bytes::from_static(b"jpeg"))];
    bridge.twilio.customer_texts(CUSTOMER, setup::NUMBER, "Look", &photo, bridge.now());
    bridge.settle().await;
    let messages = bridge.front.messages(&bridge.worked().id);
    let files: Vec<_> = messages.iter().flat_map(|message| &message.attachments).collect();
    let [file] = files.as_slice() else { panic!("{messages:#?}") };
    assert_eq!((file.kind.as_str(), &*file.content), ("image/jpeg", &b"jpeg"[..]));
    assert_eq!(bridge.sessions().await.len(), 1, "and is no message of its own here");
}

#[tokio::test]
async fn a_person_who_takes_it_in_front_silences_the_assistant() {
    let mut bridge = Bridge::new();
    bridge.customer_texts("Are you open?").await;
    bridge.restart();
    bridge.front.teammate_assigns(&bridge.worked().id, REP, Some(REP), bridge.now());
    bridge.settle().await;
    assert_eq!(bridge.sessions().await[0].control.holder, Holder::Person);
    bridge.customer_texts("Are you open tomorrow?").await;
    assert_eq!(bridge.phone(), [HOURS]);
    bridge.front.teammate_assigns(&bridge.worked().id, REP, Some(AI), bridge.now());
    bridge.settle().await;
    assert_eq!(bridge.phone(), [HOURS, HOURS], "given back, with what waited");
}

#[tokio::test]
async fn what_the_assistant_settles_is_archived_and_comes_back_with_the_next_text() {
    let bridge = Bridge::with(Arc::new(Settles), true);
    bridge.customer_texts("Please cancel it").await;
    assert_eq!(bridge.worked().status, Status::Archived);
    assert!(!bridge.sessions().await[0].is_open());
    bridge.customer_texts("And the other one").await;
    let conversations = bridge.front.conversations();
    assert_eq!(bridge.sessions().await.len(), 2);
    assert!(conversations.iter().all(|c| c.status == Status::Archived), "{conversations:#?}");
}

/// All that is known is in the store: a process that ends after any step is followed by one that
/// goes on.
#[tokio::test]
async fn a_process_that_ends_after_every_step_loses_and_doubles_nothing() {
    let mut bridge = Bridge::new();
    for text in ["Are you open?", "I want to talk to a human"] {
        bridge.pass(TimeDelta::seconds(1));
        bridge.twilio.customer_texts(CUSTOMER, setup::NUMBER, text, &[], bridge.now());
        for _ in 0..200 {
            for webhook in bridge.webhooks() {
                bridge.deliver(webhook).await;
            }
            bridge.restart();
            bridge.relay.tick().await.unwrap();
            if bridge.relay.work_one().await.unwrap() == Worked::Idle {
                bridge.pass(TimeDelta::seconds(1));
            }
        }
    }
    assert_eq!(bridge.thread().len(), 4, "{:#?}", bridge.thread());
    assert_eq!(bridge.comments().len(), 1, "{:#?}", bridge.comments());
    bridge.rep_replies("Rita here.").await;
    bridge.restart();
    bridge.settle().await;
    assert_eq!(bridge.phone().last().map(String::as_str), Some("Rita here."));
    let session = bridge.sessions().await.remove(0);
    let said = bridge.transcript(&session).await;
    let reply = said.iter().find(|message| message.text == "Rita here.").unwrap();
    assert!(matches!(&reply.author, Speaker::Person { name: Some(name) } if **name == *"Rita Rep"));
    assert_eq!(reply.deliveries[0].state, DeliveryState::Delivered);
}
