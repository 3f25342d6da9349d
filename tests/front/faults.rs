//! What Front does on a bad day.

use chrono::TimeDelta;
use handover_core::archive::Archive as _;
use handover_sim::{Delivery, Fault, Rule, Simulator};

use crate::town::{ASSISTANT, CUSTOMER, Plan, Town};

/// Passes time until everything that waits has been tried again.
async fn recover(town: &Town) {
    for _ in 0..10 {
        town.pass(TimeDelta::minutes(1));
        town.settle().await;
    }
}

fn faults() -> Vec<Fault> {
    vec![
        Fault::Status { code: 429, retry_after: Some(3) },
        Fault::Status { code: 503, retry_after: None },
        Fault::AfterWrite { status: 500 },
        Fault::DropBeforeWrite,
        Fault::DropAfterWrite,
        Fault::Unreachable,
    ]
}

#[tokio::test]
async fn a_reply_reaches_the_phone_once_whatever_front_does() {
    for fault in faults() {
        let name = format!("{fault:?}");
        let town = Town::new(&Plan::default());
        let rule = Rule::new(fault).method(http::Method::POST).path("/messages");
        town.front.faults().add(rule.once());
        town.customer_texts("Are you open?").await;
        recover(&town).await;
        assert_eq!(town.phone(), [ASSISTANT], "{name}");
    }
}

#[tokio::test]
async fn a_handoff_goes_on_where_it_broke_off() {
    for fault in faults() {
        for path in ["/comments", "/tags", "/conversations/"] {
            for nth in 0..3 {
                let name = format!("{fault:?} {path} {nth}");
                let town = Town::new(&Plan::default());
                let conversation = town.customer_texts("Are you open?").await;
                town.front.faults().add(Rule::new(fault).path(path).after(nth).once());
                town.customer_texts("I want to talk to a human").await;
                recover(&town).await;
                let comments = town.comments(&conversation);
                let notes = comments.iter().filter(|text| text.contains("asked for a person"));
                assert_eq!(notes.count(), 1, "{name}: {comments:#?}");
                assert_eq!(town.assignee(&conversation), None, "{name}");
                assert_eq!(town.front.tags(&conversation), ["handed-off"], "{name}");
                assert_eq!(town.front.company_tags().len(), 1, "{name}");
                assert_eq!(town.phone().len(), 2, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn webhooks_that_come_twice_late_or_never_change_nothing_in_the_end() {
    let ways = [
        Delivery::faithful().doubled(1),
        Delivery::faithful().reordered(2),
        Delivery::faithful().lost(2),
    ];
    for way in ways {
        let town = Town::new(&Plan::default());
        town.front.outbox().deliver(way);
        let conversation = town.customer_texts("Are you open?").await;
        town.poll().await;
        town.customer_texts("I want to talk to a human").await;
        town.poll().await;
        town.rep_replies(&conversation, "Rita here.").await;
        town.poll().await;
        town.customer_texts("Are you still open?").await;
        town.poll().await;
        recover(&town).await;
        let phone = town.phone();
        assert_eq!(phone.len(), 3, "{way:?}: {phone:?}");
        assert_eq!(phone[2], "Rita here.", "{way:?}");
        assert_eq!(town.comments(&conversation).len(), 1, "{way:?}");
        let session = town.sessions().await.remove(0);
        let said = town.transcript(&session).await;
        let said = said.iter().filter(|message| message.text == "Rita here.").count();
        assert_eq!(said, 1, "{way:?}");
    }
}

#[tokio::test]
async fn a_state_that_is_told_before_its_message_is_told_again_by_the_list_of_events() {
    let town = Town::new(&Plan::default());
    town.front.customer_texts(CUSTOMER, "Are you open?", &[], town.now());
    // A rule gave it to the AI; that webhook is the faster one, of a conversation nobody knows.
    let mut webhooks = town.front.take_webhooks();
    assert_eq!(webhooks.len(), 2);
    webhooks.reverse();
    for webhook in webhooks {
        assert!(town.deliver(webhook.request).await.status().is_success());
    }
    town.settle().await;
    assert!(town.phone().is_empty(), "as far as is known, nobody has it");
    town.poll().await;
    assert_eq!(town.phone(), [ASSISTANT]);
}

#[tokio::test]
async fn a_revoked_token_pauses_the_account_and_makes_no_storm() {
    let town = Town::new(&Plan::default());
    town.front.faults().once(Fault::ExpireToken);
    town.customer_texts("Are you open?").await;
    for _ in 0..20 {
        town.pass(TimeDelta::minutes(10));
        town.settle().await;
    }
    assert!(town.front.round_trips() <= 2, "{} calls", town.front.round_trips());
    let pauses = town.store.pauses(town.relay.tenant()).await.unwrap();
    let [pause] = pauses.as_slice() else { panic!("one account is paused: {pauses:?}") };
    assert_eq!((pause.account.as_str(), pause.until), ("front-front", None), "for a person");

    // A better token, and the next text is answered.
    town.front.restore_credentials();
    town.relay.resume_accounts().await.unwrap();
    town.settle().await;
    town.customer_texts("Are you open?").await;
    assert_eq!(town.phone().last().map(String::as_str), Some(ASSISTANT));
}

#[tokio::test]
async fn two_handoffs_at_once_are_one_comment() {
    let town = Town::new(&Plan::default());
    let conversation = town.customer_texts("Are you open?").await;
    for text in ["I want to talk to a human", "A human please, I want to talk to a human!"] {
        town.front.customer_texts(CUSTOMER, text, &[], town.now());
    }
    town.settle().await;
    let comments = town.comments(&conversation);
    assert_eq!(comments.len(), 1, "{comments:#?}");
    assert_eq!(town.assignee(&conversation), None);
    assert_eq!(town.phone().len(), 2, "{:?}", town.phone());
}
