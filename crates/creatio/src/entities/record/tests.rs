use handover_sim::creatio::Creatio as Sim;
use serde_json::json;

use super::{Account, Activity, Case, CaseStatus, Communication, Contact, Post, Record, Unit};
use crate::testing::{Time, client_on};
use crate::{Filter, Query};

/// Reads every column: a name that the stock configuration does not have would be refused.
async fn reads<R: Record>(sim: &Sim, time: &Time) -> usize {
    let query = Query::of::<R>().top(50);
    client_on(sim, time).find_all::<R>(&query).await.unwrap().len()
}

#[tokio::test]
async fn every_record_is_read_from_columns_that_exist() {
    let (sim, time) = (crate::testing::builder().build(), Time::new());
    sim.add_contact("Ann", "+15551234567", "ann@example.com", time.now());
    assert!(reads::<Contact>(&sim, &time).await > 0);
    assert!(reads::<Communication>(&sim, &time).await > 0);
    assert!(reads::<CaseStatus>(&sim, &time).await > 3);
    assert!(reads::<Unit>(&sim, &time).await > 0);
    for rows in [
        reads::<Account>(&sim, &time).await,
        reads::<Activity>(&sim, &time).await,
        reads::<Case>(&sim, &time).await,
        reads::<Post>(&sim, &time).await,
    ] {
        assert_eq!(rows, 0);
    }
}

#[tokio::test]
async fn a_case_is_read_as_a_case() {
    let (sim, time) = (crate::testing::builder().build(), Time::new());
    let id = sim.add("Case", &[("Subject", json!("canary"))], time.now());
    let client = client_on(&sim, &time);
    let case = client.find::<Case>(id).await.unwrap().unwrap();
    assert_eq!((case.id, case.subject.as_deref()), (id, Some("canary")));
    assert_eq!(case.closure_date, None, "year 1 is no date");
    assert_eq!(case.contact, None, "the empty GUID is no contact");
    assert!(case.number.is_some() && case.created_on == Some(time.now()));
    assert!(!format!("{case:?}").contains("canary"));
    assert!(client.find::<Case>(uuid::Uuid::from_u128(1)).await.unwrap().is_none());
    // The status, by its own flags.
    let open = Filter::eq(
        crate::entities::case::STATUS.to(&crate::entities::flag::IS_FINAL).unwrap(),
        false,
    );
    let found = client.find_all::<Case>(&Query::of::<Case>().filter(open)).await.unwrap();
    assert_eq!(found.len(), 1);
}
