//! How cases begin, go on, end and come back.

use chrono::TimeDelta;
use handover_core::policy::{AppendTo, OpenCase};
use handover_sim::creatio::Builder;

use crate::town::{CUSTOMER, Plan, Town};

#[tokio::test]
async fn every_way_to_end_a_case_ends_the_session() {
    for process in [None, Plan::default().process] {
        for status in ["Resolved", "Closed", "Canceled"] {
            let town = Town::new(&Plan { process, ..Plan::default() });
            let case = town.handed_off().await;
            town.ann_sets(case, status).await;
            town.recover().await;
            assert_eq!(town.open_sessions().await, 0, "{status}");
            assert_eq!(town.only_case().shown("Status"), status, "as Ann left it");
        }
    }
}

#[tokio::test]
async fn a_pause_ends_nothing() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    for status in ["Waiting for response", "Pending", "In progress"] {
        town.ann_sets(case, status).await;
        town.recover().await;
        assert_eq!(town.open_sessions().await, 1, "{status}");
    }
}

#[tokio::test]
async fn a_later_edit_of_a_resolved_case_ends_nothing_again() {
    let process: fn(handover_sim::creatio::Poke) -> handover_sim::creatio::Poke =
        |poke| poke.on_any_change();
    let town = Town::new(&Plan { process: Some(process), ..Plan::default() });
    let case = town.handed_off().await;
    town.ann_sets(case, "Resolved").await;
    assert_eq!(town.open_sessions().await, 0);
    // The customer comes back, and the session goes on another case or on this one.
    town.customer_texts("One more thing").await;
    assert_eq!(town.open_sessions().await, 1);
    for note in ["a", "b"] {
        town.pass(TimeDelta::seconds(5));
        town.creatio.rep_edits_case(case, "Notes", note.into(), town.now());
        town.recover().await;
        assert_eq!(town.open_sessions().await, 1, "no second end");
    }
}

#[tokio::test]
async fn a_case_that_ends_reopens_and_ends_again_tells_each_end() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    town.ann_sets(case, "Resolved").await;
    assert_eq!(town.open_sessions().await, 0);
    town.ann_sets(case, "In progress").await;
    town.recover().await;
    town.ann_replies(case, "I looked again.").await;
    assert_eq!(town.got("I looked again."), 1);
    assert_eq!(town.open_sessions().await, 1);
    town.ann_sets(case, "Closed").await;
    town.recover().await;
    assert_eq!(town.open_sessions().await, 0);
}

#[tokio::test]
async fn after_a_final_status_a_new_case_is_linked_to_the_old_one() {
    for (status, open_case) in [("Closed", OpenCase::FirstMessage), ("Canceled", OpenCase::Handoff)]
    {
        let town = Town::new(&Plan { open_case, ..Plan::default() });
        let first = town.handed_off().await;
        town.ann_sets(first, status).await;
        town.customer_texts("Are you open again?").await;
        town.customer_texts("speak to a person").await;
        let cases = town.creatio.cases();
        assert_eq!(cases.len(), 2, "{status}");
        let second = cases.iter().find(|case| case.id() != first).unwrap();
        assert_eq!(second.guid("ParentCaseId"), Some(first), "{status}");
        assert_eq!(second.guid("ContactId"), cases[0].guid("ContactId"), "{status}");
        assert!(!town.read(first).contains("open again"), "{status}");
        assert!(town.read(second.id()).contains("open again"), "{status}");
    }
}

#[tokio::test]
async fn a_new_conversation_goes_on_the_open_case_or_never() {
    for (append, cases) in [(AppendTo::OpenCase, 1), (AppendTo::Never, 2)] {
        let town = Town::new(&Plan { append, ..Plan::default() });
        town.customer_texts("Are you open?").await;
        town.pass(TimeDelta::hours(4));
        town.settle().await;
        assert_eq!(town.open_sessions().await, 0, "{append:?}");
        town.customer_texts("Are you open now?").await;
        assert_eq!(town.creatio.cases().len(), cases, "{append:?}");
        assert_eq!(town.sessions().await.len(), 2, "{append:?}");
    }
}

#[tokio::test]
async fn two_conversations_on_one_case_are_answered_once() {
    let town = Town::new(&Plan::default());
    town.customer_texts("Are you open?").await;
    let case = town.only_case().id();
    town.pass(TimeDelta::hours(4));
    town.settle().await;
    town.customer_texts("Are you open now?").await;
    town.ann_replies(case, "Ann here.").await;
    town.recover().await;
    assert_eq!(town.got("Ann here."), 1);
}

#[tokio::test]
async fn statuses_that_the_tenant_renamed_mean_the_same() {
    let tenant: fn(Builder) -> Builder = |tenant| {
        tenant
            .rename("CaseStatus", "Resolved", "Gelöst")
            .rename("CaseStatus", "Closed", "Abgeschlossen")
            .rename("CaseStatus", "New", "Neu")
            .rename("ActivityStatus", "Completed", "Erledigt")
            .rename("ActivityType", "Call", "Antwort")
    };
    for status in ["Gelöst", "Abgeschlossen"] {
        let town = Town::new(&Plan { tenant, replies: &["Antwort"], ..Plan::default() });
        let case = town.handed_off().await;
        town.ann_replies(case, "Guten Tag.").await;
        assert_eq!(town.got("Guten Tag."), 1);
        town.ann_sets(case, status).await;
        assert_eq!(town.open_sessions().await, 0, "{status}");
    }
}

#[tokio::test]
async fn contacts_that_are_merged_keep_case_and_conversation() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    let contact = town.only_case().guid("ContactId").unwrap();
    let kept = town.creatio.add_contact("Casey Customer", "", "casey@example.com", town.now());
    town.creatio.rep_merges_contacts(kept, contact, town.now());
    town.settle().await;
    town.ann_replies(case, "Hello, Casey.").await;
    assert_eq!(town.got("Hello, Casey."), 1);
    town.customer_texts("Hello, Ann").await;
    assert!(town.read(case).contains("Hello, Ann"));
    town.ann_sets(case, "Closed").await;
    town.customer_texts("Are you open?").await;
    let second = town.creatio.cases().into_iter().find(|row| row.id() != case).unwrap();
    assert_eq!(second.guid("ContactId"), Some(kept), "found by the number that moved");
    let numbers = town.creatio.contacts();
    let numbers = numbers.iter().filter(|contact| contact.text("MobilePhone") == CUSTOMER);
    assert_eq!(numbers.count(), 0, "nobody was entered again");
}

#[tokio::test]
async fn a_long_transcript_goes_to_the_case_in_batches() {
    let town = Town::new(&Plan { open_case: OpenCase::Handoff, ..Plan::default() });
    for n in 0..60 {
        town.customer_texts(&format!("Are you open on day {n}?")).await;
    }
    assert!(town.creatio.cases().is_empty());
    let before = town.creatio.requests().len();
    town.customer_texts("speak to a person").await;
    let case = town.only_case().id();
    let entries = town.entries(case);
    let numbers: Vec<u64> = entries.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=123).collect::<Vec<u64>>());
    let requests = town.creatio.requests();
    let batches = requests[before..].iter().map(|request| request.items).filter(|items| *items > 0);
    let batches: Vec<usize> = batches.collect();
    assert!(batches.len() <= 3 && batches[0] == 100, "{batches:?}");
}
