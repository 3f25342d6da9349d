use handover_core::error::{ErrorKind, Retry};
use handover_core::transport::TransportError;
use http::{HeaderValue, Method, header};
use serde_json::json;

use super::RawRequest;
use crate::testing::{Script, Time, builder, client_on};

#[test]
fn only_paths_below_the_application_are_taken() {
    for path in ["rest/X/Y", "/rest/X", "odata/Case/$count", "a?x=https://b/../c", "a%20b"] {
        assert!(RawRequest::new(Method::GET, path).is_ok(), "{path}");
    }
    for path in [
        "",
        "/",
        "?x",
        "https://evil.example/",
        "a/../../b",
        "a/%2e%2E/b",
        "a/.%2e/b",
        "a%2F..%2fb",
        "a%5Cb",
        r"a\b",
        "a b",
        "ä",
        "a\nb",
    ] {
        assert_eq!(
            RawRequest::new(Method::GET, path).unwrap_err().kind(),
            ErrorKind::Invalid,
            "{path}"
        );
    }
    let request = RawRequest::new(Method::POST, "canary").unwrap().with_json(&json!("canary"));
    assert!(!format!("{request:?}").contains("canary"));
}

#[tokio::test]
async fn any_path_is_called_with_the_login_and_any_status_is_an_answer() {
    let (sim, time) = (builder().base_path("/studio").build(), Time::new());
    sim.add("Case", &[("Subject", "a".into())], time.now());
    let client = crate::testing::client_at(&sim, &time, "http://127.0.0.1:9/studio");
    let count = RawRequest::new(Method::GET, "odata/Case/$count").unwrap();
    let answer = client.raw(&count).await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"1"[..]));
    let missing = RawRequest::new(Method::GET, "rest/NoSuchService/Do").unwrap();
    assert_eq!(client.raw(&missing).await.unwrap().status, 404);
    let root = RawRequest::new(Method::POST, "ServiceModel/AuthService.svc/Logout").unwrap();
    client.raw(&root.at_site_root().idempotent()).await.unwrap();
    let paths: Vec<String> = sim.requests().into_iter().map(|request| request.path).collect();
    assert!(paths.contains(&"/studio/ServiceModel/AuthService.svc/Logout".to_owned()));
    assert!(paths.contains(&"/studio/0/rest/NoSuchService/Do".to_owned()));
}

#[tokio::test]
async fn a_login_of_our_own_cannot_be_overwritten_and_is_not_sent_elsewhere() {
    let script = Script::default().token().answer(200, "{}").answer(302, "");
    let request = RawRequest::new(Method::GET, "rest/X")
        .unwrap()
        .with_header(header::AUTHORIZATION, HeaderValue::from_static("Bearer theirs"));
    let answer = script.client(&Time::new()).raw(&request).await.unwrap();
    assert_eq!(answer.status, 302);
    assert_eq!(script.header("authorization"), ["Bearer t", "Bearer t"]);
}

#[tokio::test]
async fn a_lost_answer_is_unsure_unless_twice_is_once() {
    let post = || RawRequest::new(Method::POST, "rest/X").unwrap();
    for (request, unsure) in [
        (post(), true),
        (post().idempotent(), false),
        (RawRequest::new(Method::GET, "rest/X").unwrap(), false),
    ] {
        let script = Script::default().token().answer(200, "{}").fail(TransportError::Timeout);
        let error = script.client(&Time::new()).raw(&request).await.unwrap_err();
        assert_eq!(error.retry() == Retry::Unsure, unsure);
    }
}

#[tokio::test]
async fn a_service_that_answers_200_to_a_failure_has_failed() {
    for (answer, code) in [
        (r#"{"success":false}"#, "service-failure"),
        (r#"{"success":false,"errorInfo":{"errorCode":"SecurityException"}}"#, "SecurityException"),
        (r#"{"success":true,"responseStatus":{"ErrorCode":"Bad"}}"#, "Bad"),
        (r#"{"error":"File is not an image."}"#, "service-failure"),
    ] {
        let script = Script::default().token().answer(200, "{}").answer(200, answer);
        let client = script.client(&Time::new());
        let error = client.service("rest/X/Do", &json!({})).await.unwrap_err();
        assert_eq!(error.code(), Some(code), "{answer}");
        assert_eq!(error.retry(), Retry::Unsure);
        assert!(error.request_id().is_some());
    }
    let fine = r#"{"success":true,"errorInfo":{},"rows":[1],"responseStatus":{"ErrorCode":""}}"#;
    let script = Script::default().token().answer(200, "{}").answer(200, fine);
    let json = script.client(&Time::new()).service("rest/X/Do", &json!({})).await.unwrap();
    assert_eq!(json["rows"], json!([1]));
}

#[tokio::test]
async fn rows_are_counted_and_removed() {
    let (sim, time) = (builder().build(), Time::new());
    let client = client_on(&sim, &time);
    let id = sim.add("Contact", &[("Name", "x".into())], time.now());
    let named = || Some(crate::Filter::eq(&crate::entities::base::NAME, "x"));
    let contact = crate::entities::CONTACT;
    assert_eq!(client.count(&contact, named()).await.unwrap(), 1);
    assert!(client.count(&contact, None).await.unwrap() > 1);
    assert!(client.delete(&contact, id).await.unwrap());
    assert!(!client.delete(&contact, id).await.unwrap(), "twice is once");
    assert_eq!(client.count(&contact, named()).await.unwrap(), 0);
    let nobody = client.delete(&contact, uuid::Uuid::nil()).await.unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::Invalid);
}
