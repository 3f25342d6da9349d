//! Credentials that are refused, quotas that run out, rights that are taken away.

use chrono::TimeDelta;
use handover_sim::creatio::Operation;
use handover_sim::{Fault, Rule};

use crate::town::{ANSWER, Plan, Town};

#[tokio::test]
async fn a_rejected_login_stops_everything_and_is_not_tried_again_and_again() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    town.creatio.reject_client(true);
    town.creatio.expire_tokens();
    for n in 0..20 {
        town.customer_texts(&format!("Still there? {n}")).await;
        town.pass(TimeDelta::minutes(10));
        town.poll().await;
    }
    assert_eq!(town.creatio.tokens_refused(), 1, "asked once, then a person must mend it");
    // The customer's side goes on, and nothing is lost.
    assert!(!town.read(case).contains("Still there?"));
    town.creatio.reject_client(false);
    town.pass(TimeDelta::hours(1));
    town.relay.resume_accounts().await.unwrap();
    town.recover().await;
    let read = town.read(case);
    for n in 0..20 {
        let text = format!("Still there? {n}");
        assert_eq!(read.lines().filter(|line| *line == text).count(), 1, "{n}: {read}");
    }
}

#[tokio::test]
async fn a_quota_that_is_used_up_loses_nothing() {
    for status in [429, 403, 500] {
        let town = Town::new(&Plan::default());
        let case = town.handed_off().await;
        town.creatio.limit_calls(Some((0, status)));
        town.customer_texts("Hello?").await;
        town.ann_replies(case, "In a moment.").await;
        town.recover().await;
        assert_eq!(town.got("In a moment."), 0, "{status}: it cannot be read");
        let tried = town.creatio.round_trips();
        town.recover().await;
        assert!(town.creatio.round_trips() - tried < 40, "{status}: it is not asked all the time");
        town.creatio.limit_calls(None);
        // Midnight is over.
        town.pass(TimeDelta::hours(17));
        town.relay.resume_accounts().await.unwrap();
        town.replay(&town.parked().await).await;
        town.recover().await;
        assert_eq!(town.got("In a moment."), 1, "{status}");
        assert!(town.read(case).contains("Hello?"), "{status}: {}", town.read(case));
    }
}

#[tokio::test]
async fn a_right_that_is_missing_parks_the_work_until_it_is_given() {
    for (entity, operation) in
        [("Activity", Operation::Insert), ("Case", Operation::Insert), ("Case", Operation::Update)]
    {
        let town = Town::new(&Plan::default());
        town.creatio.deny(entity, operation);
        town.customer_texts("Are you open?").await;
        town.customer_texts("speak to a person").await;
        town.recover().await;
        assert_eq!(town.got(ANSWER), 1, "the customer is answered all the same");
        let parked = town.parked().await;
        assert!(!parked.is_empty(), "{entity} {operation:?}");
        town.creatio.grant();
        town.replay(&parked).await;
        town.recover().await;
        let case = town.only_case();
        let read = town.read(case.id());
        for said in ["Are you open?", ANSWER, "speak to a person"] {
            let there = read.lines().filter(|line| *line == said).count();
            assert_eq!(there, 1, "{entity} {operation:?}: {said}: {read}");
        }
        assert_eq!(case.guid("OwnerId"), Some(town.ann), "{entity} {operation:?}");
    }
}

#[tokio::test]
async fn a_day_without_creatio_is_made_up_for() {
    let town = Town::new(&Plan::default());
    town.customer_texts("Are you open?").await;
    let down = Fault::Status { code: 503, retry_after: None };
    town.creatio.faults().add(Rule::new(down).path("/"));
    for n in 0..20 {
        town.customer_texts(&format!("Are you open at {n}?")).await;
        town.pass(TimeDelta::hours(1));
        town.poll().await;
    }
    assert_eq!(town.got(ANSWER), 21, "the assistant answers without it");
    town.creatio.faults().clear();
    town.recover().await;
    let entries = town.creatio.records("Activity");
    assert_eq!(entries.len(), 42, "each message once");
}
