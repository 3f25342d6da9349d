use std::collections::HashSet;

use chrono::Duration;
use futures_util::{StreamExt, TryStreamExt};
use handover_core::error::ErrorKind;
use handover_sim::{Fault, Rule};
use uuid::Uuid;

use crate::entities::{CONTACT, base};
use crate::testing::{Script, Time, builder, client_on};
use crate::{Client, Column, Query, Rows};

#[tokio::test]
async fn every_row_is_told_once() {
    for ties in [1, 3, 40] {
        let (sim, time) = (builder().build(), Time::new());
        let client = client_on(&sim, &time);
        let mut ids = HashSet::new();
        for n in 0..95 {
            let at = time.now() + Duration::milliseconds(n / ties);
            ids.insert(sim.add("Contact", &[("Name", "x".into())], at));
        }
        time.pass(60);
        let name = crate::Filter::eq(&base::NAME, "x");
        let query = Query::new(CONTACT, [base::ID, base::CREATED_ON]).filter(name).top(10);
        let mut pages = client.pages(query, base::CREATED_ON);
        let mut told = Vec::new();
        while let Some(rows) = pages.next().await.unwrap() {
            assert!(rows.len() <= 10);
            told.extend(rows.iter().filter_map(|row| row.id(&base::ID)));
        }
        assert_eq!(told.len(), 95, "{ties}");
        assert_eq!(told.into_iter().collect::<HashSet<_>>(), ids);
    }
}

#[tokio::test]
async fn a_query_without_the_columns_it_needs_is_refused() {
    let (sim, time) = (builder().build(), Time::new());
    let query = Query::new(CONTACT, [base::ID]);
    let mut pages = client_on(&sim, &time).pages(query, Column::plain("CreatedOn"));
    assert_eq!(pages.next().await.unwrap_err().kind(), ErrorKind::Invalid);
}

/// A tenant with 95 contacts called x, `ties` of them of each moment.
fn crowd(ties: i64) -> (Client, Vec<Uuid>) {
    let (sim, time) = (builder().build(), Time::new());
    let made = (0..95).map(|n| {
        let at = time.now() + Duration::milliseconds(n / ties);
        sim.add("Contact", &[("Name", "x".into())], at)
    });
    let ids = made.collect();
    time.pass(60);
    (client_on(&sim, &time), ids)
}

fn all(client: &Client) -> Rows {
    let name = crate::Filter::eq(&base::NAME, "x");
    let query = Query::new(CONTACT, [base::ID, base::CREATED_ON]).filter(name).top(10);
    client.stream(query, base::CREATED_ON)
}

#[tokio::test]
async fn a_stream_tells_each_row_once_and_is_taken_up_at_its_mark() {
    for ties in [1, 3, 40] {
        let (client, ids) = crowd(ties);
        for taken in [0, 1, 9, 10, 11, 44, 94, 95] {
            let mut rows = all(&client);
            let mut told: Vec<Uuid> = Vec::new();
            for _ in 0..taken {
                told.extend(rows.try_next().await.unwrap().unwrap().id(&base::ID));
            }
            let kept = serde_json::to_string(rows.mark()).unwrap();
            drop(rows);
            let rest = all(&client).after(serde_json::from_str(&kept).unwrap());
            let rest: Vec<_> = rest.try_collect().await.unwrap();
            told.extend(rest.iter().filter_map(|row| row.id(&base::ID)));
            assert_eq!(told.len(), 95, "{ties} {taken}");
            assert_eq!(told.iter().collect::<HashSet<_>>(), ids.iter().collect());
        }
    }
}

#[tokio::test]
async fn a_stream_ends_after_an_error_and_goes_on_at_its_mark() {
    let (sim, time) = (builder().build(), Time::new());
    for n in 0..25 {
        sim.add("Contact", &[("Name", "x".into())], time.now() + Duration::seconds(n));
    }
    time.pass(60);
    let client = client_on(&sim, &time);
    client.log_in().await.unwrap();
    let busy = Fault::Status { code: 503, retry_after: None };
    sim.faults().add(Rule::new(busy).path("odata/Contact").after(1).once());
    let mut rows = all(&client);
    let mut told = 0;
    while let Some(Ok(_)) = rows.next().await {
        told += 1;
    }
    assert_eq!(told, 10);
    assert!(rows.next().await.is_none());
    assert_eq!(all(&client).after(rows.mark().clone()).count().await, 15);
}

#[tokio::test]
async fn rows_that_the_server_keeps_back_are_asked_for() {
    let row = |n: u32| {
        format!(r#"{{"Id":"{}","CreatedOn":"2026-11-20T0{n}:00:00Z"}}"#, Uuid::from_u128(n.into()))
    };
    let part = |n| format!(r#"{{"value":[{}],"@odata.nextLink":"https://evil.example/"}}"#, row(n));
    let last = r#"{"value":[]}"#;
    let script =
        Script::default().token().answer(200, part(1)).answer(200, part(2)).answer(200, last);
    let client = script.client(&Time::new());
    let rows: Vec<_> = all(&client).try_collect().await.unwrap();
    assert_eq!(rows.len(), 2);
    assert!(script.lines()[2].contains("CreatedOn%20ge%202026-11-20T01:00:00Z"));
    let script = script.answer(200, part(1)).answer(200, part(2)).answer(200, last);
    let query = Query::new(CONTACT, [base::ID]).top(10);
    assert_eq!(client.query(&query).await.unwrap().len(), 2);
    assert!(script.lines()[5].ends_with("$skip=1"), "{:?}", script.lines());
}
