use handover_core::error::{ErrorKind, Retry};
use handover_creatio::entities::{CASE, base};
use handover_creatio::{Config, Query};
use secrecy::SecretString;
use serde_json::json;
use wiremock::matchers::{body_json, body_string, header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::{client, rows};

fn query() -> Query {
    Query::new(CASE, [base::ID]).top(1)
}

#[tokio::test]
async fn a_token_is_asked_for_by_a_form() {
    let server = MockServer::start().await;
    let token = json!({"access_token": "jwt", "expires_in": 3600});
    Mock::given(method("POST"))
        .and(path("/connect/token"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string("client_id=id&client_secret=s%26+c%22ret&grant_type=client_credentials"))
        .respond_with(ResponseTemplate::new(200).set_body_json(token))
        .expect(1)
        .mount(&server)
        .await;
    let config = Config::new(&server.uri(), "id", SecretString::from("s& c\"ret")).unwrap();
    client(&config.with_identity_url(&server.uri()).unwrap()).log_in().await.unwrap();
}

#[tokio::test]
async fn a_user_logs_in_by_json_and_carries_cookies_csrf_and_the_wish_for_a_session() {
    let server = MockServer::start().await;
    let accepted = json!({"Code": 0, "Message": "", "Exception": null,
        "PasswordChangeUrl": null, "RedirectUrl": "/studio/0/Shell"});
    Mock::given(method("POST"))
        .and(path("/studio/ServiceModel/AuthService.svc/Login"))
        .and(header("content-type", "application/json"))
        .and(header("forceusesession", "true"))
        .and(body_json(json!({"UserName": "Ann", "UserPassword": "p\"w\\d'🔑"})))
        .respond_with(
            ResponseTemplate::new(200)
                .append_header("set-cookie", "BPMLOADER=l; path=/studio; HttpOnly")
                .append_header("set-cookie", ".ASPXAUTH=t; path=/studio; HttpOnly; SameSite=Lax")
                .append_header("set-cookie", "BPMCSRF=/c+==; path=/")
                .append_header(
                    "set-cookie",
                    "UserName=65|110|110; expires=Fri, 27-Nov-2026 12:00:00 GMT; path=/studio",
                )
                .append_header("set-cookie", "Elsewhere=1; path=/other")
                .set_body_json(accepted),
        )
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/studio/0/odata/Case"))
        .and(header("bpmcsrf", "/c+=="))
        .and(header("forceusesession", "true"))
        .respond_with(rows(&json!([])).append_header("set-cookie", "BPMSESSIONID=s; path=/studio"))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path("/studio/ServiceModel/AuthService.svc/Logout"))
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    let base = format!("{}/studio/", server.uri());
    let config = Config::user(&base, "Ann", SecretString::from("p\"w\\d'🔑")).unwrap();
    let client = client(&config);
    client.query(&query()).await.unwrap();
    client.query(&query()).await.unwrap();
    client.close().await.unwrap();
    let sent: Vec<Request> = server.received_requests().await.unwrap();
    let cookies = |at: usize| sent[at].headers["cookie"].to_str().unwrap().to_owned();
    let login = "BPMLOADER=l; .ASPXAUTH=t; BPMCSRF=/c+==; UserName=65|110|110";
    assert_eq!(cookies(1), login);
    assert_eq!(cookies(2), format!("{login}; BPMSESSIONID=s"));
    assert!(sent[1].headers.get("authorization").is_none());
}

#[tokio::test]
async fn every_refusal_of_a_login_stops_and_every_failure_does_not() {
    let json =
        |status, body| ResponseTemplate::new(status).set_body_json::<serde_json::Value>(body);
    let page = ResponseTemplate::new(200).set_body_raw("<html>/Login/</html>", "text/html");
    for (answer, kind, stops) in [
        (json(200, json!({"Code": 1, "Message": "canary"})), ErrorKind::Unauthorized, true),
        (json(200, json!({"Code": "7"})), ErrorKind::Unauthorized, true),
        (json(401, json!({"Message": "Authentication failed."})), ErrorKind::Unauthorized, true),
        (json(200, json!({"Code": 0, "PasswordChangeUrl": "/x"})), ErrorKind::Unauthorized, true),
        (json(200, json!({"Message": "x"})), ErrorKind::Config, false),
        (json(200, json!({"Code": 0})), ErrorKind::Config, false),
        (json(403, json!({})), ErrorKind::Config, false),
        (page, ErrorKind::Config, false),
        (ResponseTemplate::new(503), ErrorKind::Unavailable, false),
        (ResponseTemplate::new(429), ErrorKind::Unavailable, false),
    ] {
        let server = MockServer::start().await;
        Mock::given(path("/ServiceModel/AuthService.svc/Login"))
            .respond_with(answer)
            .mount(&server)
            .await;
        let config = Config::user(&server.uri(), "Ann", SecretString::from("canary")).unwrap();
        let client = client(&config);
        for _ in 0..3 {
            let error = client.query(&query()).await.unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(!stops || error.retry() == Retry::Never);
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
        let asked = server.received_requests().await.unwrap().len();
        assert_eq!(asked, if stops { 1 } else { 3 }, "{kind:?}");
    }
}
