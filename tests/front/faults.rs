//! What Front does on a bad day.

use chrono::TimeDelta;
use handover_sim::{Delivery, Fault, Rule, Simulator};

use crate::town::{ASSISTANT, Plan, Town};

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
