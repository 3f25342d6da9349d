//! Ten thousand cases are streamed within the memory of one page.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::TryStreamExt;
use handover_core::clock::Clock;
use handover_core::transport::{Body, Transport, TransportError};
use handover_creatio::entities::{Case, Record, base};
use handover_creatio::{Client, Config, Query};
use http::{Request, Response};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

/// A table of cases that are made up as they are asked for.
#[derive(Debug, Default)]
struct Table(AtomicUsize);

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }
}

#[async_trait]
impl Transport for Table {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let target = request.uri().to_string();
        if target.contains("token") {
            let token = r#"{"access_token":"t","expires_in":3600}"#;
            return Ok(Response::new(Body::from(Bytes::from_static(token.as_bytes()))));
        }
        self.0.fetch_add(1, Ordering::Relaxed);
        let start = Noon.now();
        let from = target
            .split_once("CreatedOn%20ge%20")
            .map_or(start, |(_, rest)| rest.split('&').next().unwrap().parse().unwrap());
        let from = usize::try_from((from - start).num_seconds()).unwrap();
        let row = |n: usize| {
            json!({"Id": Uuid::from_u128(n as u128 + 1), "Number": format!("SR{n:08}"),
                "CreatedOn": (start + TimeDelta::seconds(n as i64)).to_rfc3339(),
                "Subject": "s".repeat(60), "Symptoms": "d".repeat(400),
                "OwnerId": Uuid::nil(), "StatusId": Uuid::from_u128(7)})
        };
        let rows: Vec<_> = (from..CASES.min(from + PAGE)).map(row).collect();
        let body = json!({"@odata.context": "x", "value": rows}).to_string();
        Ok(Response::new(Body::from(Bytes::from(body))))
    }
}

#[tokio::test]
async fn ten_thousand_cases_take_no_more_than_ten_megabytes() {
    let config = Config::new("https://acme.creatio.com", "id", SecretString::from("s")).unwrap();
    let table = Arc::new(Table::default());
    let client = Client::new(&config, Arc::clone(&table) as Arc<dyn Transport>, Arc::new(Noon));
    let client = client.unwrap();
    client.log_in().await.unwrap();
    let before = peak();
    let mut rows = client.stream(Query::of::<Case>().top(PAGE), base::CREATED_ON);
    let mut read = 0;
    while let Some(row) = rows.try_next().await.unwrap() {
        read += usize::from(Case::read(&row).is_some_and(|case| case.number.is_some()));
    }
    assert_eq!(read, CASES);
    // Each page begins with the last row of the one before.
    assert_eq!(table.0.load(Ordering::Relaxed), CASES.div_ceil(PAGE - 1));
    if let (Some(before), Some(after)) = (before, peak()) {
        let kilobytes = after - before;
        println!("{CASES} cases took {kilobytes} kB above the idle process");
        assert!(kilobytes <= 10 * 1024, "{kilobytes} kB");
    }
}

/// The most memory that this process has had, in kB, where the system tells.
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

const CASES: usize = 10_000;
const PAGE: usize = 500;
