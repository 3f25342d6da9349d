//! The journey of a conversation, as seen at both ends.

use chrono::TimeDelta;
use handover_core::policy::OpenCase;

use crate::town::{Plan, Town};

#[tokio::test]
async fn from_the_first_text_to_a_linked_case_in_both_modes() {
    for open_case in [OpenCase::FirstMessage, OpenCase::Handoff] {
        let town = Town::new(&Plan { open_case, ..Plan::default() });
        town.customer_texts("What are your opening hours? My order is A-1234.").await;
        assert_eq!(town.phone(), ["We are open from 9 to 5."]);
        let early = usize::from(open_case == OpenCase::FirstMessage);
        assert_eq!(town.creatio.cases().len(), early, "{open_case:?}");

        town.customer_texts("I want to speak to a person").await;
        let case = town.only_case();
        let id = case.id();
        assert!(case.text("Subject").contains("opening hours"), "{}", case.text("Subject"));
        assert!(case.text("Symptoms").contains("speak to a person"), "{}", case.text("Symptoms"));
        assert_eq!(case.text("UsrOrderNumber"), "A-1234");
        assert_eq!(case.guid("OwnerId"), Some(town.owner));
        let contact = town.creatio.record("Contact", case.guid("ContactId").unwrap()).unwrap();
        assert_eq!(contact.text("MobilePhone"), crate::town::CUSTOMER);
        let entries = town.entries(id);
        assert_eq!(entries.len(), 5, "{entries:#?}");
        assert!(entries[0].1.contains("opening hours") && entries[0].1.contains("/sessions/"));
        assert!(entries[1].1.contains("We are open"));
        assert!(entries[2].1.contains("speak to a person"));
        assert!(entries[4].1.contains("asked for a person"));

        town.customer_texts("Are you there?").await;
        assert_eq!(town.entries(id).len(), 6, "appended to the same case");
        assert_eq!(town.phone().len(), 2, "the assistant keeps quiet");

        town.rep_notes(id, "internal: check the warehouse").await;
        assert_eq!(town.phone().len(), 2, "a note stays inside");

        town.rep_replies(id, "Hello, Ann here.").await;
        assert_eq!(town.phone()[2..], ["Hello, Ann here."]);
        town.poll().await;
        assert_eq!(town.phone().len(), 3, "exactly once");

        town.rep_closes(id).await;
        assert!(town.sessions().await.iter().all(|session| !session.is_open()));

        town.customer_texts("One more question: are you open?").await;
        if open_case == OpenCase::Handoff {
            town.customer_texts("speak to a person").await;
        }
        let cases = town.creatio.cases();
        assert_eq!(cases.len(), 2);
        let linked = cases.iter().find(|case| case.id() != id).unwrap();
        assert_eq!(linked.guid("ParentCaseId"), Some(id));
    }
}

#[tokio::test]
async fn without_webhooks_the_feeds_find_everything() {
    let town = Town::new(&Plan::default());
    town.customer_texts("hello").await;
    let case = town.only_case().id();
    town.poll().await;
    town.twilio.customer_texts(
        crate::town::CUSTOMER,
        crate::town::NUMBER,
        "speak to a person",
        &[],
        town.now(),
    );
    town.twilio.take_webhooks();
    town.pass(TimeDelta::minutes(1));
    town.poll().await;
    town.poll().await;
    assert!(town.entries(case).iter().any(|(_, notes)| notes.contains("speak to a person")));
    let reply = handover_sim::creatio::RepActivity::new(handover_sim::creatio::ActivityType::Call)
        .detailed_result("Found you.")
        .finished()
        .by(town.owner);
    town.creatio.rep_adds_activity(case, reply, town.now());
    town.creatio.take_webhooks();
    town.poll().await;
    town.poll().await;
    assert_eq!(town.phone().last().map(String::as_str), Some("Found you."));
    town.creatio.rep_sets_status(case, "Closed", town.now());
    town.creatio.take_webhooks();
    town.poll().await;
    assert!(town.sessions().await.iter().all(|session| !session.is_open()));
}

#[tokio::test]
async fn a_reply_on_a_case_whose_session_is_over_is_always_delivered() {
    let town = Town::new(&Plan::default());
    town.customer_texts("are you open?").await;
    let case = town.only_case().id();
    town.pass(TimeDelta::hours(4));
    town.settle().await;
    assert!(!town.sessions().await[0].is_open());
    town.rep_replies(case, "A late answer.").await;
    assert_eq!(town.phone().last().map(String::as_str), Some("A late answer."));
    assert!(town.sessions().await[0].is_open(), "the case is open: its session reopens");
    town.rep_closes(case).await;
    town.rep_replies(case, "After closing.").await;
    assert_eq!(town.phone().last().map(String::as_str), Some("After closing."));
    assert!(!town.sessions().await[0].is_open());
}
