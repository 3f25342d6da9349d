//! Opt-outs, drafts, edits and whatever must not happen.

use handover_sim::creatio::{ActivityType, RepActivity};
use serde_json::json;

use crate::town::{CUSTOMER, NUMBER, Plan, Town};

#[tokio::test]
async fn an_opted_out_customer_gets_nothing_and_the_rep_is_told() {
    let town = Town::new(&Plan::default());
    town.customer_texts("are you open?").await;
    let case = town.only_case().id();
    town.customer_texts("STOP").await;
    let before = town.phone().len();
    town.rep_replies(case, "Please come back").await;
    assert_eq!(town.phone().len(), before);
    let entries = town.entries(case);
    assert!(entries.iter().any(|(_, notes)| notes.contains("was not sent")), "{entries:#?}");
    assert!(
        town.twilio.messages().iter().filter(|m| m.to == CUSTOMER).count() == before,
        "not even tried"
    );
    town.customer_texts("START").await;
    town.rep_replies(case, "Welcome back").await;
    assert_eq!(town.phone().last().map(String::as_str), Some("Welcome back"));
}

#[tokio::test]
async fn a_draft_is_not_sent_until_it_is_finished_and_an_edit_never_again() {
    let town = Town::new(&Plan::default());
    town.customer_texts("are you open?").await;
    let case = town.only_case().id();
    let draft = RepActivity::new(ActivityType::Call).detailed_result("Draft").by(town.owner);
    let id = town.creatio.rep_adds_activity(case, draft, town.now());
    town.settle().await;
    town.poll().await;
    assert_eq!(town.phone().len(), 1);
    town.creatio.rep_edits_activity(id, "DetailedResult", json!("Final words"), town.now());
    town.creatio.rep_finishes_activity(id, town.now());
    town.poll().await;
    assert_eq!(town.phone()[1..], ["Final words"]);
    town.pass(chrono::TimeDelta::minutes(1));
    town.creatio.rep_edits_activity(id, "DetailedResult", json!("Other words"), town.now());
    town.poll().await;
    assert_eq!(town.phone().len(), 2);
    let entries = town.entries(case);
    assert!(entries.iter().any(|(_, notes)| notes.contains("was edited after")), "{entries:#?}");
}

#[tokio::test]
async fn a_forged_or_foreign_request_changes_nothing() {
    let town = Town::new(&Plan::default());
    town.twilio.customer_texts(CUSTOMER, NUMBER, "hello", &[], town.now());
    let mut request = town.twilio.take_webhooks().remove(0).request;
    let forged = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=".parse().unwrap();
    request.headers_mut().insert("X-Twilio-Signature", forged);
    let answer = town.deliver(request).await;
    assert!(answer.status().is_client_error(), "{}", answer.status());
    town.settle().await;
    assert!(town.sessions().await.is_empty());
}

#[tokio::test]
async fn what_a_person_edited_is_left_alone() {
    let town = Town::new(&Plan::default());
    town.customer_texts("hello, A-1234").await;
    let case = town.only_case().id();
    town.creatio.rep_edits_case(case, "UsrOrderNumber", json!("B-9"), town.now());
    town.creatio.rep_edits_case(case, "Symptoms", json!("My own words"), town.now());
    town.customer_texts("speak to a person").await;
    let case = town.only_case();
    assert_eq!(case.text("UsrOrderNumber"), "B-9");
    assert_eq!(case.text("Symptoms"), "My own words");
    assert_eq!(case.guid("OwnerId"), Some(town.owner));
}
