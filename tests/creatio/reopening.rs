//! Cases that were resolved, and customers who come back.

use chrono::TimeDelta;
use handover_core::policy::OpenCase;
use handover_sim::creatio::{CaseRule, On};
use serde_json::{Value, json};

use crate::town::{Plan, Town};

fn plan() -> Plan {
    Plan { reopen: TimeDelta::days(2), ..Plan::default() }
}

#[tokio::test]
async fn a_case_resolved_lately_is_opened_again_without_the_data_of_its_closing() {
    for open_case in [OpenCase::FirstMessage, OpenCase::Handoff] {
        let town = Town::new(&Plan { open_case, ..plan() });
        let case = town.handed_off().await;
        let code = town.creatio.lookup_id("ClosureCode", "Completed");
        town.creatio.rep_edits_case(case, "ClosureCodeId", json!(code), town.now());
        town.ann_sets(case, "Resolved").await;
        assert!(town.only_case().date("SolutionProvidedOn").is_some());
        town.pass(TimeDelta::days(1));
        town.customer_texts("It is broken again").await;
        town.customer_texts("speak to a person").await;
        town.recover().await;
        let row = town.only_case();
        assert!(
            !["Resolved", "Closed", "Canceled"].contains(&row.shown("Status")),
            "{open_case:?}"
        );
        assert_eq!((row.guid("ClosureCodeId"), row.date("ClosureDate")), (None, None));
        assert_eq!(row.date("SolutionProvidedOn"), None);
        assert_eq!(row.guid("OwnerId"), Some(town.ann), "she knows the customer");
        assert!(
            town.creatio.activities(case).iter().any(|a| a.text("Notes").contains("broken again"))
        );
        town.ann_replies(case, "Welcome back.").await;
        assert_eq!(town.got("Welcome back."), 1);
        town.ann_sets(case, "Closed").await;
        town.recover().await;
        assert_eq!(town.open_sessions().await, 0);
        assert!(town.only_case().date("ClosureDate").is_some());
    }
}

#[tokio::test]
async fn a_case_resolved_long_ago_or_closed_is_followed_by_a_linked_one() {
    for (status, days) in [("Resolved", 3), ("Closed", 1), ("Canceled", 1)] {
        let town = Town::new(&plan());
        let case = town.handed_off().await;
        town.ann_sets(case, status).await;
        town.pass(TimeDelta::days(days));
        town.poll().await;
        town.customer_texts("Me again").await;
        town.recover().await;
        let cases = town.creatio.cases();
        assert_eq!(cases.len(), 2, "{status}");
        let second = cases.iter().find(|row| row.id() != case).unwrap();
        assert_eq!(second.guid("ParentCaseId"), Some(case), "{status}");
        assert_eq!(town.creatio.case(case).unwrap().shown("Status"), status);
    }
}

#[tokio::test]
async fn by_default_no_resolved_case_is_opened_again() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    town.ann_sets(case, "Resolved").await;
    town.customer_texts("Me again").await;
    town.recover().await;
    assert_eq!(town.creatio.cases().len(), 2);
    assert_eq!(town.creatio.case(case).unwrap().shown("Status"), "Resolved");
}

#[tokio::test]
async fn a_case_that_becomes_final_while_it_is_opened_again_is_followed_by_another() {
    let town = Town::new(&Plan { process: None, ..plan() });
    let case = town.handed_off().await;
    town.ann_sets(case, "Resolved").await;
    town.poll().await;
    // The nightly job closes it, and nobody has told us yet.
    town.pass(TimeDelta::hours(1));
    town.creatio.rep_sets_status(case, "Closed", town.now());
    town.customer_texts("Me again").await;
    town.recover().await;
    let cases = town.creatio.cases();
    assert_eq!(cases.len(), 2);
    let second = cases.iter().find(|row| row.id() != case).unwrap();
    assert_eq!(second.guid("ParentCaseId"), Some(case));
    assert!(town.read(second.id()).contains("Me again"));
    assert_eq!(town.creatio.case(case).unwrap().shown("Status"), "Closed");
}

#[tokio::test]
async fn a_rule_that_clears_the_owner_of_what_is_opened_again_has_the_last_word() {
    let town = Town::new(&plan());
    let case = town.handed_off().await;
    town.ann_sets(case, "Resolved").await;
    let cleared = CaseRule::new(On::CaseChanged("StatusId".to_owned()), "OwnerId", Value::Null);
    town.creatio.rule(cleared);
    town.customer_texts("It is broken again").await;
    town.recover().await;
    assert_eq!(town.only_case().guid("OwnerId"), None);
    town.customer_texts("Hello?").await;
    town.recover().await;
    assert_eq!(town.only_case().guid("OwnerId"), None, "nobody asked for a person again");
    assert!(town.read(case).contains("Hello?"));
}

#[tokio::test]
async fn an_undelivered_reply_is_told_on_the_case_that_it_was_written_on() {
    let town = Town::new(&plan());
    let case = town.handed_off().await;
    town.customer_texts("STOP").await;
    town.ann_replies(case, "Please come back.").await;
    town.ann_sets(case, "Closed").await;
    town.ann_replies(case, "And a last word.").await;
    town.recover().await;
    assert_eq!(town.phone().iter().filter(|text| text.contains("last word")).count(), 0);
    let read = town.read(case);
    assert_eq!(read.matches("was not sent").count(), 2, "{read}");
}
