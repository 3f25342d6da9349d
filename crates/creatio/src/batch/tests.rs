use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use handover_core::error::{ErrorKind, Retry};
use handover_core::transport::TransportError;
use handover_sim::Clock;
use serde_json::Value as Json;
use uuid::Uuid;

use super::{BATCH_BYTES, Item, NewRow, Outcome, envelope, fitting, read};
use crate::column::Values;
use crate::entities::{ACTIVITY, activity};
use crate::problem::Problem;
use crate::testing::{CLIENT_SECRET, Script, Time, builder, start};
use crate::{Client, Config};

fn rows(count: u128) -> Vec<NewRow> {
    let row = |n| NewRow {
        id: Uuid::from_u128(n),
        values: Values::new().set(activity::TITLE, format!("title \"{n}\"")),
    };
    (1..=count).map(row).collect()
}

const COLUMNS: &str = r#"{"@odata.context":"x","value":[]}"#;

#[test]
fn batches_are_split_by_items_and_by_bytes() {
    let items = |count: usize, length: usize| vec!["x".repeat(length); count];
    assert_eq!(fitting(&items(100, 1), 100), 100);
    assert_eq!(fitting(&items(250, 1), 100), 100);
    assert_eq!(fitting(&items(50, 1), 100), 50);
    assert_eq!(fitting(&items(50, 1), 7), 7);
    assert_eq!(fitting(&items(3, BATCH_BYTES / 2), 100), 2);
    assert_eq!(fitting(&items(2, BATCH_BYTES + 1), 100), 1);
}

#[test]
fn the_body_is_json_with_unique_ids() {
    let items = [r#"{"Title":"a"}"#.to_owned(), r#"{"Title":"b"}"#.to_owned()];
    let body: Json = serde_json::from_slice(&envelope(&ACTIVITY, &items)).unwrap();
    let requests = body["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1]["id"], "1");
    assert_eq!(requests[1]["url"], "Activity");
    assert_eq!(requests[1]["method"], "POST");
    assert_eq!(requests[1]["body"]["Title"], "b");
    assert!(requests[1].get("atomicityGroup").is_none());
}

#[test]
fn answers_are_matched_by_id_whatever_their_order() {
    let body = br#"{"responses":[
        {"id":"1","status":"201"},
        {"id":0,"status":400,"body":{"error":{"message":"The request is invalid."}}},
        {"id":"2","status":201},{"id":"2","status":500},
        {"id":"x","status":201},{"status":201},
        {"id":"3","status":503,"body":"<html></html>"}]}"#;
    let answers = read(body).unwrap();
    assert_eq!(answers.get(&0), Some(&Item::Failed(Problem::Invalid)));
    assert_eq!(answers.get(&1), Some(&Item::Done));
    assert_eq!(answers.get(&2), None);
    assert_eq!(answers.get(&3), Some(&Item::Failed(Problem::Busy)));
    assert!(read(b"--batch_1\r\nContent-Type: application/http").is_none());
    assert!(read(b"{}").is_none());
}

#[tokio::test]
async fn only_doubtful_rows_are_read_again() {
    let answers = r#"{"responses":[{"id":"0","status":201},{"id":"1","status":500},
        {"id":"2","status":400,"body":{"error":{"message":"The request is invalid."}}},
        {"id":"3","status":500}]}"#;
    let found = format!(r#"{{"value":[{{"Id":"{}"}}]}}"#, Uuid::from_u128(2));
    let script = Script::default().token().answer(200, COLUMNS).answer(200, answers);
    let script = script.answer(200, found);
    let outcomes = script.client(&Time::new()).create_all(&ACTIVITY, &rows(5)).await.unwrap();
    assert_eq!(
        outcomes,
        [
            Outcome::Created,
            Outcome::AlreadyThere,
            Outcome::Refused("invalid-request"),
            Outcome::Unknown,
            Outcome::NotAttempted
        ]
    );
    let asked = script.lines().pop().unwrap();
    assert!(asked.contains("Id%20eq%20") && !asked.contains(&Uuid::from_u128(1).to_string()));
    assert_eq!(asked.matches("%20eq%20").count(), 4);
}

#[tokio::test]
async fn when_reading_again_fails_nothing_is_claimed() {
    let answers = r#"{"responses":[{"id":"0","status":201},{"id":"1","status":400,
        "body":{"error":{"message":"The request is invalid."}}}]}"#;
    let script = Script::default().token().answer(200, COLUMNS).answer(200, answers);
    let script = script.fail(TransportError::Timeout);
    let outcomes = script.client(&Time::new()).create_all(&ACTIVITY, &rows(2)).await.unwrap();
    assert_eq!(outcomes, [Outcome::Created, Outcome::Unknown]);
}

#[tokio::test]
async fn a_batch_of_which_nothing_is_found_is_to_be_made_again() {
    let script = Script::default().token().answer(200, COLUMNS).fail(TransportError::Reset);
    let script = script.answer(200, COLUMNS);
    let error = script.client(&Time::new()).create_all(&ACTIVITY, &rows(2)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(matches!(error.retry(), Retry::Later { .. }));
}

#[tokio::test]
async fn a_batch_that_was_not_sent_is_not_looked_for() {
    let script = Script::default().token().answer(200, COLUMNS).fail(TransportError::Connect);
    let error = script.client(&Time::new()).create_all(&ACTIVITY, &rows(2)).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Later { .. }));
    assert_eq!(script.lines().len(), 3);
}

#[tokio::test]
async fn what_a_lost_batch_did_write_is_found() {
    let found = format!(r#"{{"value":[{{"Id":"{}"}}]}}"#, Uuid::from_u128(1));
    for lost in [Err(TransportError::Timeout), Ok(504), Ok(500)] {
        let script = Script::default().token().answer(200, COLUMNS);
        let script = match lost {
            Err(error) => script.fail(error),
            Ok(status) => script.answer(status, ""),
        };
        let script = script.answer(200, found.as_str());
        let outcomes = script.client(&Time::new()).create_all(&ACTIVITY, &rows(2)).await.unwrap();
        assert_eq!(outcomes, [Outcome::AlreadyThere, Outcome::Unknown]);
    }
}

#[tokio::test]
async fn what_follows_a_lost_batch_is_not_attempted() {
    let done: Vec<String> = (0..100).map(|id| format!(r#"{{"id":"{id}","status":201}}"#)).collect();
    let done = format!(r#"{{"responses":[{}]}}"#, done.join(","));
    let found = format!(r#"{{"value":[{{"Id":"{}"}}]}}"#, Uuid::from_u128(101));
    let script = Script::default().token().answer(200, COLUMNS).answer(200, done);
    let script = script.fail(TransportError::Timeout).answer(200, found);
    // The other rows of the lost batch are asked for in six more queries.
    let script = (0..6).fold(script, |script, _| script.answer(200, COLUMNS));
    let outcomes = script.client(&Time::new()).create_all(&ACTIVITY, &rows(250)).await.unwrap();
    let count = |outcome| outcomes.iter().filter(|other| **other == outcome).count();
    assert_eq!(count(Outcome::Created), 100);
    assert_eq!(count(Outcome::AlreadyThere), 1);
    assert_eq!(count(Outcome::Unknown), 99);
    assert_eq!(count(Outcome::NotAttempted), 50);
}

#[tokio::test]
async fn only_what_is_undecided_is_sent_again() {
    let found = format!(r#"{{"value":[{{"Id":"{}"}}]}}"#, Uuid::from_u128(2));
    let done = r#"{"responses":[{"id":"0","status":201},{"id":"1","status":201}]}"#;
    let script = Script::default().token().answer(200, found).answer(200, COLUMNS);
    let script = script.answer(200, done);
    let mut outcomes = [
        Outcome::Created,
        Outcome::Unknown,
        Outcome::Refused("validation"),
        Outcome::Unknown,
        Outcome::NotAttempted,
    ];
    let (client, rows) = (script.client(&Time::new()), rows(5));
    client.create_undecided(&ACTIVITY, &rows, &mut outcomes).await.unwrap();
    assert_eq!(
        outcomes,
        [
            Outcome::Created,
            Outcome::AlreadyThere,
            Outcome::Refused("validation"),
            Outcome::Created,
            Outcome::Created
        ]
    );
    let batch: Json = serde_json::from_str(&script.bodies()[3]).unwrap();
    let ids: Vec<&str> = batch["requests"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|r| r["body"]["Id"].as_str())
        .collect();
    assert_eq!(ids, [Uuid::from_u128(4).to_string(), Uuid::from_u128(5).to_string()]);
}

/// 250 rows at 700 ms each, with a time-out of 30 s: the first batch outlasts it, all others end within
/// a third of it or come near it once.
#[tokio::test(start_paused = true)]
async fn at_700_ms_an_item_nothing_is_lost_or_doubled_and_batches_shrink() {
    let sim = builder().build();
    sim.set_latency(Duration::from_millis(20), Duration::from_millis(700));
    let started = tokio::time::Instant::now();
    let clock = Clock::new(move || start() + TimeDelta::from_std(started.elapsed()).unwrap());
    let timeout = Duration::from_secs(30);
    let config = Config::new("http://127.0.0.1:9", "client", CLIENT_SECRET.into())
        .and_then(|config| config.with_identity_url("http://127.0.0.1:9"))
        .and_then(|config| config.with_timeout(timeout))
        .unwrap();
    let transport = sim.transport(clock.clone()).timeout(timeout);
    let client = Client::new(&config, Arc::new(transport), Arc::new(clock)).unwrap();
    let rows = rows(250);
    let mut outcomes = vec![Outcome::NotAttempted; rows.len()];
    for _ in 0..3 {
        client.create_undecided(&ACTIVITY, &rows, &mut outcomes).await.unwrap();
    }
    assert!(outcomes.iter().all(|outcome| outcome.is_decided()), "{outcomes:?}");
    assert_eq!(sim.records("Activity").len(), 250);
    let sizes: Vec<usize> = sim.requests().iter().map(|r| r.items).filter(|n| *n > 0).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 250, "no row is sent twice: {sizes:?}");
    let outlasting = |limit: u64| {
        let limit = Duration::from_secs(limit).as_millis();
        sizes.iter().filter(|items| **items as u128 * 700 > limit).count()
    };
    assert_eq!((outlasting(30), outlasting(10)), (1, 2), "{sizes:?}");
}
