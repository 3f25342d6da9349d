//! Accepted is not sent: what becomes of a reply that Front took, by its `message_uid`.

use std::time::Duration;

use chrono::TimeDelta;
use handover_core::archive::{Archive as _, Jobs};
use handover_core::decide::Verdict;
use handover_core::message::{Delivery, DeliveryState, Speaker};
use handover_relay::Worked;
use handover_sim::Outgoing;
use handover_sim::front::Sending;

use crate::town::{ASSISTANT, CUSTOMER, Plan, Town};

/// The customer asks, and Front takes the reply. What it tells of the reply is held back.
async fn asks(town: &Town) -> Vec<Outgoing> {
    town.pass(TimeDelta::seconds(1));
    let before = replies(town).await.len();
    town.front.customer_texts(CUSTOMER, "Are you open?", &[], town.now());
    let mut held = Vec::new();
    for _ in 0..20 {
        let (about_us, others): (Vec<_>, Vec<_>) =
            town.front.take_webhooks().into_iter().partition(is_about_a_reply);
        held.extend(about_us);
        for webhook in others {
            assert!(town.deliver(webhook.request).await.status().is_success());
        }
        while town.relay.work_one().await.unwrap() == Worked::Did {}
    }
    let replies = replies(town).await;
    assert_eq!(replies.len(), before + 1);
    assert_eq!(replies[before].state, DeliveryState::Accepted, "Front has taken it");
    held
}

fn is_about_a_reply(webhook: &Outgoing) -> bool {
    let body: serde_json::Value = serde_json::from_slice(webhook.request.body()).unwrap();
    body["payload"]["target"]["data"]["is_inbound"] == false
}

/// What is known of each reply of the assistant's, oldest first.
async fn replies(town: &Town) -> Vec<Delivery> {
    let mut replies = Vec::new();
    for session in town.sessions().await {
        let said = town.transcript(&session).await.into_iter();
        let ours = said.filter(|message| message.author == Speaker::Assistant);
        replies.extend(ours.flat_map(|message| message.deliveries));
    }
    replies
}

async fn states(town: &Town) -> Vec<DeliveryState> {
    replies(town).await.into_iter().map(|reply| reply.state).collect()
}

async fn deliver(town: &Town, webhooks: Vec<Outgoing>) {
    for webhook in webhooks {
        assert!(town.deliver(webhook.request).await.status().is_success());
    }
    town.run().await;
}

/// How many requests were about the town's conversations.
fn spent(town: &Town) -> usize {
    town.front.requests_by_conversation().values().sum()
}

#[tokio::test]
async fn of_two_equal_replies_each_has_its_own_fate_in_whatever_order_it_is_told() {
    for second_first in [false, true] {
        let town = Town::new(&Plan::default());
        let fails = Sending::Fails { error: "unreachable".to_owned() };
        town.front.set_sending(CUSTOMER, fails);
        let mut told = asks(&town).await;
        town.front.set_sending(CUSTOMER, Sending::Delivers);
        let second = asks(&town).await;
        assert_eq!(spent(&town), 4);
        if second_first {
            told.splice(0..0, second);
        } else {
            told.extend(second);
        }
        deliver(&town, told).await;
        let replies = replies(&town).await;
        let known: Vec<_> =
            replies.iter().map(|reply| (reply.state, reply.code.as_deref())).collect();
        let wanted = [(DeliveryState::Failed, Some("unreachable")), (DeliveryState::Sent, None)];
        assert_eq!(known, wanted, "{second_first}");
        // Each is known by the message that Front made of it.
        let messages = town.front.messages(&town.front.conversations()[0].id);
        let ours = messages.iter().filter(|message| message.body == ASSISTANT);
        for (message, reply) in ours.zip(&replies) {
            assert!(reply.is_called(&message.uid) && reply.is_called(&message.id), "{reply:?}");
        }
        assert_eq!(spent(&town), 6 + 1, "one look for each of the two, and the comment");
        let comments = town.comments(&town.front.conversations()[0].id);
        assert_eq!(comments.iter().filter(|text| text.contains("unreachable")).count(), 1);
        // The list of events tells all of it again.
        town.poll().await;
        town.pass(TimeDelta::minutes(20));
        town.settle().await;
        assert_eq!(states(&town).await, [DeliveryState::Failed, DeliveryState::Sent]);
        assert_eq!(town.comments(&town.front.conversations()[0].id).len(), comments.len());
        assert_eq!(spent(&town), 7);
    }
}

#[tokio::test]
async fn a_reply_that_front_words_otherwise_is_known_by_its_uid() {
    let plan =
        Plan { kind: "imap", trimmer: Some(|text: &str| format!("[{text}]")), ..Plan::default() };
    let town = Town::new(&plan);
    let customer = "ann@customer.example";
    town.front.customer_mails(customer, "Hours", "<p>Are you open?</p>", &[], town.now());
    town.run().await;
    // The words are the same but for what the trimmer adds: letters and digits are compared.
    assert_eq!(states(&town).await, [DeliveryState::Sent]);
    assert_eq!(spent(&town), 2);

    let plan = Plan { trimmer: Some(|text: &str| format!("On the phone: {text}")), ..plan };
    let town = Town::new(&plan);
    town.front.customer_mails(customer, "Hours", "<p>Are you open?</p>", &[], town.now());
    town.run().await;
    assert_eq!(states(&town).await, [DeliveryState::Sent]);
    assert_eq!(spent(&town), 3);
}

#[tokio::test]
async fn a_reply_of_which_front_tells_nothing_is_asked_for_after_five_minutes() {
    for (error, wanted) in
        [(None, DeliveryState::Sent), (Some("unreachable"), DeliveryState::Failed)]
    {
        let town = Town::new(&Plan::default());
        town.front.set_sending(CUSTOMER, Sending::Untold { error: error.map(Into::into) });
        let conversation = town.customer_texts("Are you open?").await;
        town.poll().await;
        town.pass(TimeDelta::minutes(4));
        town.settle().await;
        assert_eq!(states(&town).await, [DeliveryState::Accepted]);
        assert_eq!(spent(&town), 2);
        town.pass(TimeDelta::minutes(1));
        town.settle().await;
        assert_eq!(states(&town).await, [wanted]);
        let comments = town.comments(&conversation);
        let about = comments.iter().filter(|text| text.contains("unreachable"));
        assert_eq!(about.count(), usize::from(error.is_some()), "{comments:#?}");
        assert_eq!(spent(&town), 3 + comments.len());
        let counts = town.store.counts(town.relay.tenant()).await.unwrap();
        assert_eq!((counts.jobs, counts.parked, counts.uncertain), (0, 0, 0));
    }
}

#[tokio::test]
async fn a_reply_that_front_is_slow_with_is_asked_for_again() {
    let town = Town::new(&Plan { processed_after: Duration::from_secs(400), ..Plan::default() });
    town.front.set_sending(CUSTOMER, Sending::Untold { error: None });
    town.customer_texts("Are you open?").await;
    town.pass(TimeDelta::minutes(5));
    town.settle().await;
    assert_eq!(states(&town).await, [DeliveryState::Accepted], "404 is not yet an answer");
    for _ in 0..6 {
        town.pass(TimeDelta::seconds(30));
        town.settle().await;
    }
    assert_eq!(states(&town).await, [DeliveryState::Sent]);
    assert!(spent(&town) <= 6, "{}", spent(&town));
}

#[tokio::test]
async fn a_reply_that_front_never_knew_is_uncertain_and_a_person_decides() {
    let town = Town::new(&Plan::default());
    town.front.set_sending(CUSTOMER, Sending::Silent);
    let conversation = town.customer_texts("Are you open?").await;
    for _ in 0..15 {
        town.pass(TimeDelta::minutes(1));
        town.settle().await;
    }
    assert_eq!(states(&town).await, [DeliveryState::Uncertain]);
    let comments = town.comments(&conversation);
    let about = comments.iter().filter(|text| text.contains("Nobody can tell"));
    assert_eq!(about.count(), 1, "{comments:#?}");
    let uncertain = town.store.jobs(town.relay.tenant(), Jobs::Uncertain, 10).await.unwrap();
    assert_eq!(uncertain.len(), 1);
    // Nothing was sent again by itself; a person may want that.
    assert_eq!(town.front.messages(&conversation).len(), 2);
    town.front.set_sending(CUSTOMER, Sending::Delivers);
    town.relay.settle(uncertain[0].job.id, Verdict::Resend).await.unwrap();
    town.settle().await;
    assert_eq!(states(&town).await, [DeliveryState::Sent]);
    assert_eq!(town.phone(), [ASSISTANT]);
}

#[tokio::test]
async fn a_reply_that_the_list_of_events_tells_of_is_not_asked_for() {
    let town = Town::new(&Plan::default());
    asks(&town).await;
    town.pass(TimeDelta::minutes(1));
    town.poll().await;
    assert_eq!(states(&town).await, [DeliveryState::Sent]);
    town.pass(TimeDelta::minutes(10));
    town.settle().await;
    assert_eq!(spent(&town), 2, "a look and the reply");
}

#[tokio::test]
async fn a_plain_conversation_costs_two_requests_a_reply() {
    let town = Town::new(&Plan::default());
    for n in 1..=5 {
        town.customer_texts("Are you open?").await;
        assert_eq!(states(&town).await, vec![DeliveryState::Sent; n]);
        assert_eq!(spent(&town), 2 * n);
    }
    town.pass(TimeDelta::minutes(30));
    town.settle().await;
    assert_eq!(spent(&town), 10);
}
