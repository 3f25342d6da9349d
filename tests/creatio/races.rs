//! Two at once: agents, rules and other customers while we write.

use std::time::Duration;

use chrono::TimeDelta;
use handover_core::policy::OpenCase;
use handover_sim::creatio::{CaseRule, On};
use serde_json::{Value, json};

use crate::town::{ANSWER, CUSTOMER, NUMBER, Plan, Town};

#[tokio::test]
async fn a_case_that_ann_closes_while_we_write_takes_what_was_said_before() {
    for calls in 0..12 {
        let town = Town::new(&Plan::default());
        town.customer_texts("Are you open?").await;
        let case = town.only_case().id();
        town.twilio.customer_texts(CUSTOMER, NUMBER, "speak to a person", &[], town.now());
        for webhook in town.twilio.take_webhooks() {
            town.deliver(webhook.request).await;
        }
        for _ in 0..calls {
            town.relay.work_one().await.unwrap();
        }
        town.creatio.rep_sets_status(case, "Closed", town.now());
        town.recover().await;
        let said: Vec<String> =
            town.creatio.cases().iter().map(|row| town.read(row.id())).collect();
        let said = said.concat();
        assert_eq!(said.matches("Are you open?").count(), 1 + said.matches("Summary").count());
        let asked = said.lines().filter(|line| *line == "speak to a person").count();
        assert_eq!(asked, 1, "{calls}: {said}");
    }
}

#[tokio::test]
async fn a_rule_that_clears_the_owner_after_us_has_the_last_word() {
    let town = Town::new(&Plan::default());
    let cleared = CaseRule::new(On::CaseChanged("OwnerId".to_owned()), "OwnerId", Value::Null);
    town.creatio.rule(cleared.after(Duration::from_secs(1)));
    let case = town.handed_off().await;
    town.recover().await;
    let before = town.creatio.requests().len();
    town.customer_texts("Hello?").await;
    town.recover().await;
    assert_eq!(town.only_case().guid("OwnerId"), None, "nobody fights over it");
    let patches = town.creatio.requests()[before..]
        .iter()
        .filter(|request| request.method == http::Method::PATCH)
        .count();
    assert_eq!(patches, 0);
    town.ann_replies(case, "Mine anyway.").await;
    assert_eq!(town.got("Mine anyway."), 1);
}

#[tokio::test]
async fn a_rule_that_routes_the_case_to_a_group_is_left_alone() {
    let town = Town::new(&Plan::default());
    let group = town.creatio.add_role("Second line", town.now());
    town.creatio.rule(CaseRule::new(On::CaseAdded, "GroupId", json!(group)));
    town.handed_off().await;
    let case = town.only_case();
    assert_eq!(case.guid("GroupId"), Some(group));
    assert_eq!(case.guid("OwnerId"), Some(town.ann));
}

#[tokio::test]
async fn a_rule_that_moves_the_case_with_each_entry_ends_nothing() {
    let town = Town::new(&Plan::default());
    let progress = town.creatio.lookup_id("CaseStatus", "In progress");
    town.creatio.rule(CaseRule::new(On::ActivityAdded, "StatusId", json!(progress)));
    let case = town.handed_off().await;
    town.ann_replies(case, "Hello.").await;
    town.recover().await;
    assert_eq!(town.open_sessions().await, 1);
    assert_eq!(town.got("Hello."), 1);
    assert_eq!(town.only_case().shown("Status"), "In progress");
}

#[tokio::test]
async fn two_messages_at_once_make_one_contact_one_session_and_one_case() {
    for open_case in [OpenCase::FirstMessage, OpenCase::Handoff] {
        let town = Town::new(&Plan { open_case, ..Plan::default() });
        for text in ["Are you open?", "speak to a person", "please"] {
            town.twilio.customer_texts(CUSTOMER, NUMBER, text, &[], town.now());
        }
        town.settle().await;
        town.recover().await;
        assert_eq!(town.sessions().await.len(), 1, "{open_case:?}");
        let case = town.only_case().id();
        let contacts = town.creatio.contacts();
        let same = contacts.iter().filter(|contact| contact.text("MobilePhone") == CUSTOMER);
        assert_eq!(same.count(), 1, "{open_case:?}");
        let read = town.read(case);
        assert_eq!(read.lines().filter(|line| *line == "please").count(), 1, "{read}");
    }
}

#[tokio::test]
async fn fifty_customers_at_once_keep_to_their_own_cases() {
    let town = Town::new(&Plan::default());
    let number = |n: u32| format!("+1555333{n:04}");
    for round in ["Are you open?", "speak to a person"] {
        for n in 0..50 {
            town.twilio.customer_texts(&number(n), NUMBER, round, &[], town.now());
        }
        town.settle().await;
    }
    town.recover().await;
    let cases = town.creatio.cases();
    assert_eq!(cases.len(), 50);
    for case in &cases {
        assert_eq!(town.entries(case.id()).len(), 5);
        assert_eq!(case.guid("OwnerId"), Some(town.ann));
        let contact = town.creatio.record("Contact", case.guid("ContactId").unwrap()).unwrap();
        assert!(case.text("Subject").contains(contact.text("MobilePhone")));
    }
    for n in 0..50 {
        assert_eq!(town.twilio.phone(&number(n))[0], ANSWER);
    }
}

#[tokio::test]
async fn what_ann_wrote_into_the_description_stays() {
    let town = Town::new(&Plan::default());
    town.customer_texts("Are you open?").await;
    let case = town.only_case().id();
    town.pass(TimeDelta::seconds(5));
    town.creatio.rep_edits_case(case, "Symptoms", json!("My own words"), town.now());
    town.customer_texts("speak to a person").await;
    town.recover().await;
    let row = town.only_case();
    assert_eq!(row.text("Symptoms"), "My own words");
    assert_eq!(row.guid("OwnerId"), Some(town.ann), "the handoff happened all the same");
    assert!(town.read(case).contains("Summary:"), "and the summary is an entry");
}

#[tokio::test]
async fn a_case_that_ann_took_before_the_handoff_stays_hers() {
    let town = Town::new(&Plan::default());
    let ben = town.creatio.add_user("Ben", town.now());
    town.customer_texts("Are you open?").await;
    let case = town.only_case().id();
    town.pass(TimeDelta::seconds(5));
    town.creatio.rep_assigns(case, Some(ben), town.now());
    town.settle().await;
    town.customer_texts("speak to a person").await;
    town.recover().await;
    assert_eq!(town.only_case().guid("OwnerId"), Some(ben));
}

#[tokio::test]
async fn a_contact_that_is_deleted_while_the_case_is_opened_costs_the_link_and_nothing_else() {
    for calls in 0..8 {
        let town = Town::new(&Plan::default());
        let contact = town.creatio.add_contact("Casey", CUSTOMER, "", town.now());
        town.twilio.customer_texts(CUSTOMER, NUMBER, "Are you open?", &[], town.now());
        for webhook in town.twilio.take_webhooks() {
            town.deliver(webhook.request).await;
        }
        for _ in 0..calls {
            town.relay.work_one().await.unwrap();
        }
        town.creatio.rep_deletes("Contact", contact, town.now());
        town.customer_texts("speak to a person").await;
        town.recover().await;
        let case = town.only_case();
        let read = town.read(case.id());
        for said in ["Are you open?", "speak to a person"] {
            let there = read.lines().filter(|line| *line == said).count();
            assert_eq!(there, 1, "{calls}: {said}: {read}");
        }
        assert_eq!(case.guid("OwnerId"), Some(town.ann), "{calls}");
        assert_eq!(town.parked().await, [], "{calls}");
    }
}

#[tokio::test]
async fn one_number_of_two_contacts_is_nobodys_until_a_person_decides() {
    let town = Town::new(&Plan::default());
    town.creatio.add_contact("Casey", CUSTOMER, "", town.now());
    town.creatio.add_contact("Casey's brother", CUSTOMER, "", town.now());
    town.handed_off().await;
    let case = town.only_case();
    assert_eq!(case.guid("ContactId"), None, "it is never guessed");
    let contacts = town.creatio.contacts();
    let same = contacts.iter().filter(|contact| contact.text("MobilePhone") == CUSTOMER);
    assert_eq!(same.count(), 2, "and nobody is entered a third time");
    assert!(town.read(case.id()).contains("contact"), "a note asks for it");
}

#[tokio::test]
async fn a_number_that_only_ends_alike_is_somebody_elses() {
    let town = Town::new(&Plan::default());
    let alike = town.creatio.add_contact("Somebody", "+4915552223333", "", town.now());
    let gone = town.creatio.add_contact("Moved away", CUSTOMER, "", town.now());
    let rows = town.creatio.records("ContactCommunication");
    let old = rows.iter().find(|row| row.guid("ContactId") == Some(gone)).unwrap();
    town.creatio.rep_edits("ContactCommunication", old.id(), "NonActual", json!(true), town.now());
    town.handed_off().await;
    let contact = town.only_case().guid("ContactId").unwrap();
    assert!(contact != alike && contact != gone);
}
