use handover_core::error::ErrorKind;

use crate::Query;
use crate::entities::{CASE, base};
use crate::testing::{Script, Time};

const ROWS: &str = r#"{"@odata.context":"x","value":[]}"#;
const GONE: &str = "<html><title>404 - File or directory not found.</title></html>";

fn query() -> Query {
    Query::new(CASE, [base::ID]).top(1)
}

#[tokio::test]
async fn a_host_of_the_other_kind_is_found_out_by_the_first_call() {
    let script = Script::default().token().html(404, GONE).answer(200, ROWS).answer(200, ROWS);
    let script = script.answer(200, ROWS);
    let client = script.client(&Time::new());
    assert_eq!(client.odata_path(), "0/odata");
    client.query(&query()).await.unwrap();
    client.query(&query()).await.unwrap();
    let lines = script.lines();
    assert!(lines[1].starts_with("GET /0/odata/Case?"));
    assert_eq!(lines[2], "GET /odata/");
    assert!(lines[3..].iter().all(|line| line.starts_with("GET /odata/Case?")), "{lines:?}");
    assert_eq!(client.odata_path(), "odata");
}

#[tokio::test]
async fn a_host_that_has_answered_once_is_not_doubted_again() {
    let script = Script::default().token().answer(200, ROWS).html(404, GONE);
    let client = script.client(&Time::new());
    client.query(&query()).await.unwrap();
    let error = client.query(&query()).await.unwrap_err();
    assert_eq!(error.code(), Some("entity-not-exposed"));
    assert_eq!(script.lines().len(), 3);
}

#[tokio::test]
async fn while_odata_is_rebuilt_nothing_is_concluded() {
    let script = Script::default().token().html(404, GONE).html(404, GONE).answer(200, ROWS);
    let client = script.client(&Time::new());
    assert_eq!(client.query(&query()).await.unwrap_err().kind(), ErrorKind::Config);
    client.query(&query()).await.unwrap();
    assert!(script.lines().last().unwrap().starts_with("GET /0/odata/Case?"));
}
