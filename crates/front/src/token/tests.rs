use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use handover_core::clock::Clock as _;
use handover_core::error::{ErrorKind, Retry};
use handover_core::transport::TransportError;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::testing::{Script, client, now, time};
use crate::{Client, Config, OAuth};

type Kept = Arc<Mutex<Vec<String>>>;

fn world() -> (Client, Arc<Script>, Arc<crate::testing::Time>, Kept) {
    let kept = Kept::default();
    let keep = Arc::clone(&kept);
    let oauth =
        OAuth::new("app", SecretString::from("app-secret"), SecretString::from("refresh-1"))
            .unwrap()
            .on_rotation(move |token| keep.lock().unwrap().push(token.expose_secret().to_owned()));
    let (script, time) = (Arc::new(Script::default()), time());
    (client(&Config::with_oauth(oauth), &script, &time), script, time, kept)
}

fn granted(access: &str, refresh: &str) -> serde_json::Value {
    let until = now().timestamp() + 3600;
    json!({"access_token": access, "refresh_token": refresh, "expires_at": until, "token_type": "Bearer"})
}

#[tokio::test]
async fn a_token_is_fetched_once_and_kept_while_it_lives() {
    let (client, script, time, kept) = world();
    script.json(granted("access-1", "refresh-1")).json(json!({"id": "cmp_1"}));
    client.me().await.unwrap();
    assert_eq!(script.lines(), ["POST https://app.frontapp.com/oauth/token", "GET /me"]);
    assert_eq!(script.raw(0), "grant_type=refresh_token&refresh_token=refresh-1");
    assert_eq!(script.header(0, "authorization").unwrap(), "Basic YXBwOmFwcC1zZWNyZXQ=");
    assert_eq!(script.header(1, "authorization").unwrap(), "Bearer access-1");
    script.json(json!({"id": "cmp_1"}));
    client.me().await.unwrap();
    assert_eq!(script.lines().len(), 3);
    assert!(kept.lock().unwrap().is_empty());
    // An hour later a new one is fetched, and the refresh token that comes with it is kept.
    time.pass(TimeDelta::minutes(60));
    let until = time.now().timestamp() + 3600;
    let next =
        json!({"access_token": "access-2", "refresh_token": "refresh-2", "expires_at": until});
    script.json(next).json(json!({"id": "cmp_1"}));
    client.me().await.unwrap();
    assert_eq!(script.header(4, "authorization").unwrap(), "Bearer access-2");
    assert_eq!(*kept.lock().unwrap(), ["refresh-2"]);
    time.pass(TimeDelta::minutes(60));
    script.json(granted("access-3", "refresh-2")).json(json!({"id": "cmp_1"}));
    client.me().await.unwrap();
    assert_eq!(script.raw(5), "grant_type=refresh_token&refresh_token=refresh-2");
}

#[tokio::test]
async fn a_refused_access_token_is_renewed_once() {
    let (client, script, _, _) = world();
    script.json(granted("access-1", "refresh-1")).status(401);
    script.json(granted("access-2", "refresh-1")).json(json!({"id": "cmp_1"}));
    client.me().await.unwrap();
    assert_eq!(script.header(3, "authorization").unwrap(), "Bearer access-2");
    script.status(401).json(granted("access-3", "refresh-1")).status(401);
    let error = client.me().await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unauthorized, Retry::Never));
    assert!(script.is_done());
}

#[tokio::test]
async fn callers_share_one_renewal_and_its_failure() {
    let (client, script, _, _) = world();
    script.json(granted("access-1", "refresh-1"));
    script.json(json!({"id": "cmp_1"})).json(json!({"id": "cmp_1"}));
    let (one, other) = tokio::join!(client.me(), client.me());
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(script.lines().iter().filter(|line| line.ends_with("/oauth/token")).count(), 1);
}

#[tokio::test]
async fn a_refused_refresh_token_is_a_login_that_is_refused() {
    let (client, script, _, _) = world();
    script.answer(400, &[], r#"{"error":"invalid_grant"}"#);
    let error = client.me().await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unauthorized, Retry::Never));
    script.fail(TransportError::Timeout);
    assert_eq!(client.me().await.unwrap_err().kind(), ErrorKind::Network);
    script.status(503);
    assert_eq!(client.me().await.unwrap_err().kind(), ErrorKind::Unavailable);
    // None of it stays.
    script.json(granted("access-1", "refresh-1")).json(json!({"id": "cmp_1"}));
    client.me().await.unwrap();
}
