use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_creatio::entities::{CASE, SOCIAL_MESSAGE, base, case, social};
use handover_creatio::{Client, Query, Row};
use serde_json::json;
use std::time::Duration;
use wiremock::matchers::path;
use wiremock::{Mock, ResponseTemplate};

use crate::{rows, server};

async fn read(client: &Client) -> Result<Vec<Row>, Error> {
    client.query(&Query::new(CASE, [base::ID, case::NUMBER]).top(5)).await
}

fn page(status: u16, text: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(text.to_owned(), "text/html")
}

/// An error as OData gives it: the cause two levels down.
fn deep(status: u16, cause: &str, kind: &str) -> ResponseTemplate {
    let inner = json!({"message": cause, "type": kind, "stacktrace": "at canary"});
    ResponseTemplate::new(status).set_body_json(json!({"error": {"code": "", "message":
        "An error has occurred.", "innererror": {"message": "An error has occurred.",
        "internalexception": inner}}}))
}

fn later(after: Option<u64>) -> Retry {
    Retry::Later { after: after.map(Duration::from_secs), scope: RetryScope::Account }
}

#[tokio::test]
async fn answers_become_errors_that_say_what_to_do() {
    let login = "<!DOCTYPE html><html><script src=\"/Login/x.js\"></script></html>";
    let plain = ResponseTemplate::new;
    let midnight = Some(later(Some(12 * 3_600)));
    for (answer, kind, code, retry) in [
        // A login page right after a login is no matter of the credentials.
        (page(200, login), ErrorKind::Config, "html-page", Some(later(Some(60)))),
        (
            plain(302).insert_header("location", "/Login/NuiLogin.aspx?ReturnUrl=x"),
            ErrorKind::Config,
            "html-page",
            Some(later(Some(60))),
        ),
        (plain(401), ErrorKind::Unauthorized, "login-expired", Some(Retry::Never)),
        (plain(403), ErrorKind::Forbidden, "forbidden", Some(Retry::Never)),
        (page(404, "<html>404</html>"), ErrorKind::Config, "entity-not-exposed", None),
        (
            page(403, "<html>Incapsula incident ID: 1</html>"),
            ErrorKind::Unavailable,
            "firewall",
            Some(later(Some(60))),
        ),
        (page(200, "<html>Site maintenance</html>"), ErrorKind::Config, "html-page", None),
        (
            plain(429).insert_header("retry-after", "30"),
            ErrorKind::RateLimited,
            "http-429",
            Some(later(Some(30))),
        ),
        (
            plain(503).insert_header("retry-after", "Fri, 20 Nov 2026 12:00:40 GMT"),
            ErrorKind::Unavailable,
            "http-503",
            Some(later(Some(40))),
        ),
        (plain(503), ErrorKind::Unavailable, "http-503", Some(later(None))),
        (
            plain(429).set_body_json(json!({"Message": "Daily limit of API calls is exceeded."})),
            ErrorKind::RateLimited,
            "daily-calls",
            midnight,
        ),
        (
            plain(302).insert_header("location", "https://evil.example/"),
            ErrorKind::Config,
            "html-page",
            Some(later(Some(60))),
        ),
        (plain(500).set_body_string("canary"), ErrorKind::Unavailable, "http-500", None),
        (deep(500, "canary", "Terrasoft.X"), ErrorKind::Unavailable, "Terrasoft.X", None),
        (deep(500, "canary", "canary in words"), ErrorKind::Unavailable, "", None),
        (
            deep(500, "no rights", "System.Security.SecurityException"),
            ErrorKind::Forbidden,
            "forbidden",
            Some(Retry::Never),
        ),
        (
            deep(500, "it reached the RAM consumption limit of 2000 MB", ""),
            ErrorKind::Unavailable,
            "ram-limit",
            None,
        ),
        (
            deep(400, "The node count limit of '100' has been exceeded", ""),
            ErrorKind::Invalid,
            "node-limit",
            Some(Retry::Never),
        ),
        (
            plain(404).set_body_json(json!({"Message": "No HTTP resource was found that matches",
                "MessageDetail": "No type was found that matches the controller named 'X'"})),
            ErrorKind::Config,
            "entity-not-exposed",
            None,
        ),
        (
            plain(200).set_body_json(json!({"error": {"message": "The request is invalid."}})),
            ErrorKind::Invalid,
            "invalid-request",
            Some(Retry::Never),
        ),
        (
            plain(400).set_body_string("canary"),
            ErrorKind::Invalid,
            "invalid-request",
            Some(Retry::Never),
        ),
        (plain(200).set_body_string("{\"value\":[{\"canary"), ErrorKind::Protocol, "", None),
    ] {
        let (server, client) = server().await;
        Mock::given(path("/0/odata/Case")).respond_with(answer).mount(&server).await;
        let error = read(&client).await.unwrap_err();
        assert_eq!((error.kind(), error.code().unwrap_or_default()), (kind, code));
        assert!(retry.is_none_or(|retry| retry == error.retry()), "{error}");
        assert!(error.request_id().is_some(), "{error}");
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}

#[tokio::test]
async fn a_column_called_message_is_no_error_and_an_expired_login_no_text() {
    let (server, client) = server().await;
    let row = json!([{"Id": "ae5f2f10-f46b-1410-fd9a-0050ba5d6c38",
        "Message": "Authentication failed.", "error": "x"}]);
    Mock::given(path("/0/odata/SocialMessage")).respond_with(rows(&row)).mount(&server).await;
    let query = Query::new(SOCIAL_MESSAGE, [base::ID, social::MESSAGE]);
    let posts = client.query(&query).await.unwrap();
    assert_eq!(posts[0].text(&social::MESSAGE), Some("Authentication failed."));
}

#[tokio::test]
async fn a_token_is_never_sent_to_where_a_redirect_leads() {
    let (server, client) = server().await;
    let (elsewhere, _) = crate::server().await;
    let away = format!("{}/0/odata/Case", elsewhere.uri());
    let redirect = ResponseTemplate::new(307).insert_header("location", away.as_str());
    Mock::given(path("/0/odata/Case")).respond_with(redirect).mount(&server).await;
    read(&client).await.unwrap_err();
    assert_eq!(elsewhere.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_mark_a_wrong_type_and_doubled_keys_are_survived() {
    let id = "ae5f2f10-f46b-1410-fd9a-0050ba5d6c38";
    for (body, kind) in [
        (format!("\u{feff}{{\"value\":[{{\"Id\":\"{id}\"}}]}}"), "application/json"),
        (format!("{{\"value\":[{{\"Id\":\"{id}\"}}]}}"), "text/plain"),
        (format!("{{\"value\":[{{\"Id\":\"x\",\"Id\":\"{{{}}}\"}}]}}", id.to_uppercase()), "a/b"),
    ] {
        let (server, client) = server().await;
        let answer = ResponseTemplate::new(200).set_body_raw(body, kind);
        Mock::given(path("/0/odata/Case")).respond_with(answer).mount(&server).await;
        assert_eq!(read(&client).await.unwrap()[0].id(&base::ID).unwrap().to_string(), id);
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
