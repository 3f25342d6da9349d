mod session;

use std::collections::HashSet;

use chrono::Duration;
use handover_core::error::{ErrorKind, Retry};
use handover_core::transport::TransportError;

use super::oauth::OAuth;
use crate::client::Client;
use crate::entities::{CASE, base};
use crate::testing::{CLIENT_SECRET, Script, Time};
use crate::{Query, Row};

async fn read(client: &Client) -> Result<Vec<Row>, handover_core::error::Error> {
    client.query(&Query::new(CASE, [base::ID]).top(1)).await
}

const ROWS: &str = r#"{"@odata.context":"x","value":[]}"#;
const EXPIRED: &str = r#"{"Message":"Authentication failed.","StackTrace":null}"#;

#[tokio::test]
async fn one_token_serves_until_shortly_before_its_end() {
    let time = Time::new();
    let script = Script::default().token().answer(200, ROWS).answer(200, ROWS).token();
    let script = script.answer(200, ROWS);
    let client = script.client(&time);
    read(&client).await.unwrap();
    time.pass(3_470);
    read(&client).await.unwrap();
    time.pass(80);
    read(&client).await.unwrap();
    let tokens = script.lines().iter().filter(|line| line.starts_with("POST")).count();
    assert_eq!(tokens, 2);
    let form = script.bodies()[0].clone();
    assert!(form.contains("grant_type=client_credentials") && form.contains(CLIENT_SECRET));
}

#[tokio::test]
async fn while_a_token_is_good_nobody_waits_for_its_renewal_or_fails_with_it() {
    let time = Time::new();
    let script = Script::default().token().answer(200, ROWS);
    let client = script.client(&time);
    read(&client).await.unwrap();
    time.pass(3_550);
    // The renewal fails, and what is at hand is good for 50 seconds more.
    let script = script.answer(503, "").answer(200, ROWS).answer(200, ROWS);
    read(&client).await.unwrap();
    read(&client).await.unwrap();
    time.pass(49);
    let script = script.answer(503, "").answer(200, ROWS);
    read(&client).await.unwrap();
    time.pass(2);
    script.answer(503, "");
    assert_eq!(read(&client).await.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[test]
fn processes_do_not_renew_together_and_never_late() {
    let secret = CLIENT_SECRET.into();
    let margin = |id: &str, whole, generation| {
        let oauth = OAuth::new("https://is.example/connect/token".to_owned(), id, &secret);
        oauth.margin(Duration::seconds(whole), generation)
    };
    let margins: HashSet<Duration> =
        (0..50).map(|n| margin(&format!("client {n}"), 3_600, 0)).collect();
    assert!(margins.len() > 20, "{margins:?}");
    assert!(margins.iter().all(|margin| (60..=120).contains(&margin.num_seconds())));
    assert_eq!(margin("a", 3_600, 0), margin("a", 3_600, 0), "derived, not drawn");
    assert_ne!(margin("a", 3_600, 0), margin("a", 3_600, 1));
    for whole in [1, 3, 30, 300] {
        let margin = margin("a", whole, 0).num_milliseconds();
        assert!((whole * 100..=whole * 200).contains(&margin), "{whole}");
    }
}

#[tokio::test]
async fn callers_share_one_login() {
    let time = Time::new();
    let script = (0..20).fold(Script::default().token(), |script, _| script.answer(200, ROWS));
    let client = script.client(&time);
    let calls = (0..20).map(|_| read(&client));
    for outcome in futures_util::future::join_all(calls).await {
        outcome.unwrap();
    }
    assert_eq!(script.lines().iter().filter(|line| line.contains("connect")).count(), 1);
}

#[tokio::test]
async fn a_token_that_ran_out_is_renewed_once() {
    let time = Time::new();
    let script = Script::default().token().answer(401, EXPIRED).token().answer(200, ROWS);
    read(&script.client(&time)).await.unwrap();
    let script = Script::default().token().answer(200, EXPIRED).token().answer(401, "");
    let error = read(&script.client(&time)).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unauthorized, Retry::Never));
    assert!(error.request_id().is_some());
}

#[tokio::test]
async fn many_calls_with_one_expired_token_renew_it_once() {
    let time = Time::new();
    let mut script = Script::default().token().answer(200, ROWS);
    for _ in 0..10 {
        script = script.answer(401, EXPIRED);
    }
    script = script.token();
    for _ in 0..10 {
        script = script.answer(200, ROWS);
    }
    let client = script.client(&time);
    read(&client).await.unwrap();
    for outcome in futures_util::future::join_all((0..10).map(|_| read(&client))).await {
        outcome.unwrap();
    }
    assert_eq!(script.lines().iter().filter(|line| line.contains("connect")).count(), 2);
}

#[tokio::test]
async fn a_refused_login_is_not_tried_again_for_a_while() {
    let time = Time::new();
    let script = Script::default().answer(400, r#"{"error":"invalid_client"}"#);
    let client = script.client(&time);
    for _ in 0..3 {
        let error = read(&client).await.unwrap_err();
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Unauthorized, Retry::Never));
    }
    assert_eq!(script.lines().len(), 1);
    time.pass(61);
    let script = script.token().answer(200, ROWS);
    read(&client).await.unwrap();
    assert_eq!(script.lines().len(), 3);
}

#[tokio::test]
async fn a_wrong_identity_url_is_told_as_such() {
    let page = "<!DOCTYPE html><html><a href=\"/Login/NuiLogin.aspx\"></a></html>";
    for script in [
        Script::default().html(200, page),
        Script::default().html(404, "<html></html>"),
        Script::default().answer(200, "{}"),
        Script::default().answer(302, ""),
    ] {
        let error = read(&script.client(&Time::new())).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Config, Some("identity_url")));
    }
}

#[tokio::test]
async fn a_lifetime_that_is_missing_or_odd_is_survived() {
    for lifetime in ["", r#","expires_in":0"#, r#","expires_in":"3600""#, r#","expires_in":1e3"#] {
        let body = format!(r#"{{"access_token":"t"{lifetime}}}"#);
        let script = Script::default().answer(200, body).answer(200, ROWS);
        read(&script.client(&Time::new())).await.unwrap();
    }
}

#[tokio::test]
async fn those_who_wait_learn_of_the_failure_without_calling_again() {
    let time = Time::new();
    let script = Script::default().fail(TransportError::Timeout);
    let client = script.client(&time);
    for outcome in futures_util::future::join_all((0..5).map(|_| read(&client))).await {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network);
        assert!(matches!(error.retry(), Retry::Later { .. }));
    }
    assert_eq!(script.lines().len(), 1);
}

#[tokio::test]
async fn a_dropped_login_hands_over_to_the_next() {
    let time = Time::new();
    let script = Script::default().token().token().answer(200, ROWS);
    let client = script.client(&time);
    {
        let mut first = Box::pin(read(&client));
        assert!(futures_util::poll!(&mut first).is_pending());
    }
    read(&client).await.unwrap();
}
