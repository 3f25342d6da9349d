//! The calls of the business processes: what is lost, doubled, late, forged or not there at all.

use bytes::Bytes;
use chrono::TimeDelta;
use handover_sim::creatio::{ActivityType, Poke, PokeBody, RepActivity};
use handover_sim::{Delivery, Simulator};
use serde_json::json;

use crate::town::{Plan, Town};

#[tokio::test]
async fn without_webhooks_everything_arrives_within_one_poll() {
    let town = Town::new(&Plan { process: None, ..Plan::default() });
    let case = town.handed_off().await;
    town.ann_replies(case, "Found by the poll.").await;
    assert_eq!(town.got("Found by the poll."), 0, "nobody has told us");
    town.pass(TimeDelta::seconds(60));
    town.poll().await;
    assert_eq!(town.got("Found by the poll."), 1);
    town.ann_sets(case, "Closed").await;
    assert_eq!(town.open_sessions().await, 1);
    town.pass(TimeDelta::seconds(60));
    town.poll().await;
    assert_eq!(town.open_sessions().await, 0);
    town.recover().await;
    assert_eq!(town.got("Found by the poll."), 1, "and once");
}

#[tokio::test]
async fn calls_that_come_twice_late_out_of_order_or_never_change_nothing_in_the_end() {
    let ways = [
        Delivery::faithful().doubled(1),
        Delivery::faithful().reordered(3),
        Delivery::faithful().lost(2),
        Delivery::faithful().lost(1),
        Delivery::faithful().delayed(std::time::Duration::from_secs(7_200)),
    ];
    for way in ways {
        let town = Town::new(&Plan::default());
        town.creatio.outbox().deliver(way);
        let case = town.handed_off().await;
        for text in ["One.", "Two.", "Three."] {
            town.ann_replies(case, text).await;
        }
        town.recover().await;
        town.ann_sets(case, "Closed").await;
        town.creatio.outbox().release();
        town.recover().await;
        let said: Vec<String> = town.phone().into_iter().skip(2).collect();
        assert_eq!(said, ["One.", "Two.", "Three."], "{way:?}");
        assert_eq!(town.open_sessions().await, 0, "{way:?}");
    }
}

#[tokio::test]
async fn whatever_a_call_says_the_case_is_read() {
    let processes: [fn(Poke) -> Poke; 8] = [
        |poke| poke.body(PokeBody::Activity),
        |poke| poke.body(PokeBody::Empty),
        |poke| poke.body(PokeBody::Form),
        |poke| poke.body(PokeBody::Shouted),
        |poke| poke.body(PokeBody::Xml),
        |poke| poke.closing_event("case_resolved"),
        |poke| poke.on_modified().on_any_change(),
        |poke| poke.not_ours(),
    ];
    for (nth, process) in processes.into_iter().enumerate() {
        let town = Town::new(&Plan { process: Some(process), ..Plan::default() });
        let case = town.handed_off().await;
        town.ann_replies(case, "Hello.").await;
        assert_eq!(town.got("Hello."), 1, "{nth}");
        town.ann_sets(case, "Resolved").await;
        assert_eq!(town.open_sessions().await, 0, "{nth}");
        town.creatio.rep_edits_case(case, "Notes", json!("later"), town.now());
        town.settle().await;
        assert_eq!(town.got("Hello."), 1, "{nth}");
    }
}

#[tokio::test]
async fn our_own_entries_come_back_as_nothing() {
    let process: fn(Poke) -> Poke = |poke| poke.on_modified();
    // Even where all that we write would be a reply if somebody else had written it.
    let replies = &["Task", "Call"];
    let town = Town::new(&Plan { process: Some(process), replies, ..Plan::default() });
    let case = town.handed_off().await;
    let before = town.phone();
    let ours = town.creatio.activities(case)[0].id();
    town.creatio.rep_edits_activity(ours, "Title", json!("#1 touched by a process"), town.now());
    town.creatio.rep_edits_activity(ours, "ServiceProcessed", json!(true), town.now());
    town.settle().await;
    town.recover().await;
    assert_eq!(town.phone(), before);
    assert_eq!(town.entries(case).len(), 5);
}

#[tokio::test]
async fn a_call_that_is_forged_is_refused_and_one_about_nothing_is_taken() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    let task = RepActivity::new(ActivityType::Task).finished();
    town.creatio.rep_adds_activity(case, task, town.now());
    let call = town.creatio.take_webhooks().remove(0).request;
    for secret in [None, Some("wrong"), Some("")] {
        let mut forged = call.clone();
        match secret {
            Some(secret) => {
                let secret = secret.parse().unwrap();
                forged.headers_mut().insert("x-handover-secret", secret);
            }
            None => drop(forged.headers_mut().remove("x-handover-secret")),
        }
        assert!(town.deliver(forged).await.status().is_client_error(), "{secret:?}");
    }
    let gone = json!({"event_type": "new_activity", "caseId": uuid::Uuid::from_u128(7)});
    for body in ["", "{}", "{\"event_type\": \"other\"}", &gone.to_string()] {
        let mut odd = call.clone();
        *odd.body_mut() = Bytes::from(body.to_owned());
        assert!(town.deliver(odd).await.status().is_success(), "{body}");
    }
    let mut huge = call.clone();
    *huge.body_mut() = Bytes::from(vec![b' '; 1 << 20]);
    assert!(town.deliver(huge).await.status().is_client_error());
    town.settle().await;
    assert_eq!(town.phone().len(), 2);
}

#[tokio::test]
async fn a_call_may_come_before_the_row_can_be_seen() {
    for lag in [1, 30, 90] {
        let town = Town::new(&Plan::default());
        let case = town.handed_off().await;
        let reply = RepActivity::new(ActivityType::Call)
            .detailed_result("Seen late.")
            .finished()
            .commits_after(std::time::Duration::from_secs(lag));
        town.ann_adds(case, reply).await;
        town.recover().await;
        assert_eq!(town.got("Seen late."), 1, "{lag}");
    }
}

#[tokio::test]
async fn a_case_that_is_deleted_while_a_call_is_on_its_way_holds_nothing_up() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    let reply = RepActivity::new(ActivityType::Call).detailed_result("Gone.").finished();
    town.creatio.rep_adds_activity(case, reply.by(town.ann), town.now());
    let calls = town.creatio.take_webhooks();
    town.creatio.rep_deletes("Case", case, town.now());
    for call in calls {
        assert!(town.deliver(call.request).await.status().is_success());
    }
    town.recover().await;
    // Another customer is served as if nothing had happened.
    let other = "+15552224444";
    town.twilio.customer_texts(other, crate::town::NUMBER, "Are you open?", &[], town.now());
    town.settle().await;
    assert_eq!(town.twilio.phone(other), [crate::town::ANSWER]);
    assert_eq!(town.only_case().shown("Status"), "New");
}

#[tokio::test]
async fn an_import_of_thousands_of_strangers_rows_hides_no_reply() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    let foreign = town.creatio.add("Case", &[("Subject", json!("An old one"))], town.now());
    town.creatio.take_webhooks();
    for _ in 0..3_000 {
        let row = RepActivity::new(ActivityType::Call).detailed_result("Imported.").finished();
        town.creatio.rep_adds_activity(foreign, row, town.now());
    }
    // The calls are lost, all of them, and the reply's too.
    town.creatio.take_webhooks();
    let reply = RepActivity::new(ActivityType::Call).detailed_result("Hello.").finished();
    town.creatio.rep_adds_activity(case, reply.by(town.ann), town.now());
    town.creatio.take_webhooks();
    town.pass(TimeDelta::seconds(60));
    town.poll().await;
    assert_eq!(town.got("Hello."), 1);
    assert_eq!(town.got("Imported."), 0);
}
