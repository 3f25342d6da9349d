//! The client over real HTTP, against a server that only knows what it was told to answer.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like the tests")]

use std::sync::Arc;

use chrono::{DateTime, TimeZone, Utc};
use handover_core::clock::Clock;
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_creatio::entities::{ACTIVITY, CASE, activity, base, case};
use handover_creatio::{Client, Config, Filter, NewRow, Outcome, Query, Row, Values};
use handover_reqwest::Limits;
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;
use wiremock::matchers::{body_string_contains, header, header_exists, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap()
    }
}

async fn server() -> (MockServer, Client) {
    let server = MockServer::start().await;
    let token = json!({"access_token": "jwt", "expires_in": 3600, "token_type": "Bearer"});
    Mock::given(method("POST"))
        .and(path("/connect/token"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string_contains("client_id=id&client_secret=s%26+cret&grant_type="))
        .respond_with(ResponseTemplate::new(200).set_body_json(token))
        .expect(1..)
        .mount(&server)
        .await;
    let config = Config::new(&server.uri(), "id", SecretString::from("s& cret")).unwrap();
    let config = config.with_identity_url(&server.uri()).unwrap();
    let transport = handover_reqwest::Client::new(Limits::default()).unwrap();
    let client = Client::new(&config, Arc::new(transport), Arc::new(Noon)).unwrap();
    (server, client)
}

fn rows(rows: &Value) -> ResponseTemplate {
    let body = json!({"@odata.context": "x", "value": rows});
    ResponseTemplate::new(200).set_body_json(body)
}

async fn read(client: &Client) -> Result<Vec<Row>, Error> {
    client.query(&Query::new(CASE, [base::ID, case::NUMBER]).top(5)).await
}

#[tokio::test]
async fn a_read_is_one_get_with_token_id_and_options() {
    let (server, client) = server().await;
    Mock::given(method("GET"))
        .and(path("/0/odata/Case"))
        .and(query_param("$select", "Id,Number"))
        .and(query_param("$top", "5"))
        .and(query_param("$filter", "Number eq 'a+b''c & d'"))
        .and(header("authorization", "Bearer jwt"))
        .and(header("accept", "application/json"))
        .and(header_exists("x-request-id"))
        .and(header_exists("user-agent"))
        .respond_with(rows(&json!([{"Id": Uuid::from_u128(1), "Number": "SR1"}])))
        .expect(1)
        .mount(&server)
        .await;
    let filter = Filter::eq(&case::NUMBER, "a+b'c & d");
    let query = Query::new(CASE, [base::ID, case::NUMBER]).filter(filter).top(5);
    let found = client.query(&query).await.unwrap();
    assert_eq!(found[0].text(&case::NUMBER), Some("SR1"));
}

#[tokio::test]
async fn a_batch_is_one_post_that_asks_to_go_on() {
    let (server, client) = server().await;
    Mock::given(method("GET"))
        .and(path("/0/odata/Activity"))
        .respond_with(rows(&json!([])))
        .mount(&server)
        .await;
    let answers = json!({"responses": [{"id": "1", "status": 201}, {"id": "0", "status": 201}]});
    Mock::given(method("POST"))
        .and(path("/0/odata/$batch"))
        .and(header("prefer", "continue-on-error"))
        .and(header("content-type", "application/json; charset=utf-8; IEEE754Compatible=true"))
        .respond_with(ResponseTemplate::new(200).set_body_json(answers))
        .expect(1)
        .mount(&server)
        .await;
    let row =
        |n| NewRow { id: Uuid::from_u128(n), values: Values::new().set(activity::TITLE, "t") };
    let outcomes = client.create_all(&ACTIVITY, &[row(1), row(2)]).await.unwrap();
    assert_eq!(outcomes, [Outcome::Created, Outcome::Created]);
}

#[tokio::test]
async fn answers_become_errors_that_say_what_to_do() {
    let login = "<!DOCTYPE html><html><script src=\"/Login/x.js\"></script></html>";
    let later = |after: Option<u64>| Retry::Later {
        after: after.map(std::time::Duration::from_secs),
        scope: RetryScope::Account,
    };
    let page = |status, text: &str| {
        ResponseTemplate::new(status).set_body_raw(text.to_owned(), "text/html")
    };
    let plain = ResponseTemplate::new;
    for (answer, kind, retry) in [
        (page(200, login), ErrorKind::Unauthorized, Some(Retry::Never)),
        (plain(401), ErrorKind::Unauthorized, Some(Retry::Never)),
        (plain(403), ErrorKind::Forbidden, Some(Retry::Never)),
        (page(404, "<html>404</html>"), ErrorKind::Config, None),
        (
            plain(429).insert_header("retry-after", "30"),
            ErrorKind::RateLimited,
            Some(later(Some(30))),
        ),
        (plain(503), ErrorKind::Unavailable, Some(later(None))),
        (
            plain(302).insert_header("location", "https://evil.example/"),
            ErrorKind::Config,
            Some(later(Some(60))),
        ),
        (plain(500).set_body_string("canary"), ErrorKind::Unavailable, None),
        (plain(400).set_body_string("canary"), ErrorKind::Invalid, Some(Retry::Never)),
        (plain(200).set_body_string("{\"value\":[{\"canary"), ErrorKind::Protocol, None),
    ] {
        let (server, client) = server().await;
        Mock::given(path("/0/odata/Case")).respond_with(answer).mount(&server).await;
        let error = read(&client).await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(retry.is_none_or(|retry| retry == error.retry()), "{error}");
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}

#[tokio::test]
async fn a_host_that_is_not_there_may_be_asked_again() {
    let (server, client) = server().await;
    read(&client).await.unwrap_err();
    drop(server);
    let error = read(&client).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Later { .. }), "{error}");
}
