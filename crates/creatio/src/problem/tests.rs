use bytes::Bytes;
use handover_core::error::{ErrorKind, Retry, RetryScope};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::time::Duration;

use super::{Answer, Problem, unknown_column};

fn answer(status: u16, kind: &'static str, body: &str) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let status = StatusCode::from_u16(status).unwrap();
    Answer { status, headers, body: Bytes::copy_from_slice(body.as_bytes()) }
}

fn json(status: u16, body: &str) -> Option<Problem> {
    answer(status, "application/json", body).problem()
}

fn html(status: u16, body: &str) -> Option<Problem> {
    answer(status, "text/html; charset=utf-8", body).problem()
}

/// The cause where Creatio puts it: two levels down.
fn deep(cause: &str) -> String {
    format!(
        r#"{{"error":{{"code":"","message":"An error has occurred.","innererror":{{
        "message":"An error has occurred.","type":"","stacktrace":"","internalexception":{{
        "message":"{cause}","type":"System.Exception","stacktrace":"at X"}}}}}}}}"#
    )
}

#[test]
fn causes_are_found_at_every_depth() {
    for (cause, problem) in [
        ("Violation of PRIMARY KEY constraint 'PKCase'.", Problem::Duplicate),
        ("23505: duplicate key value violates unique constraint", Problem::Duplicate),
        ("The INSERT statement conflicted with the FOREIGN KEY constraint", Problem::ForeignKey),
        ("Column by path CaseId not found in schema Activity.", Problem::UnknownColumn),
        ("String or binary data would be truncated in table 'Case'", Problem::TooLong),
        ("22001: value too long for type character varying(50)", Problem::TooLong),
        ("it reached the RAM consumption limit of 2000 MB", Problem::RamLimit),
        ("The node count limit of '100' has been exceeded", Problem::NodeLimit),
        ("Field \\\"Owner\\\" must be filled in", Problem::Validation),
        ("Object reference not set to an instance of an object.", Problem::Server),
    ] {
        assert_eq!(json(500, &deep(cause)), Some(problem), "{cause}");
    }
    let invalid = r#"{"error":{"code":"","message":"The request is invalid.","innererror":{
        "message":"item : Cannot convert the literal 'Canada' to the expected type 'Edm.Guid'."}}}"#;
    assert_eq!(json(400, invalid), Some(Problem::Invalid));
    let asp = r#"{"Message":"An error has occurred.","ExceptionMessage":"duplicate key"}"#;
    assert_eq!(json(500, asp), Some(Problem::Duplicate));
}

#[test]
fn an_expired_login_is_known_by_its_exact_shape() {
    let body = r#"{"Message":"Authentication failed.","StackTrace":null,"ExceptionType":"X"}"#;
    assert_eq!(json(200, body), Some(Problem::Expired));
    assert_eq!(json(401, body), Some(Problem::Expired));
    assert_eq!(json(401, ""), Some(Problem::Expired));
    let page = r#"<!DOCTYPE html><html><script src="/Login/NuiLogin.aspx"></script></html>"#;
    assert_eq!(html(200, page), Some(Problem::Expired));
    let mut redirect = answer(302, "text/html", "");
    redirect
        .headers
        .insert(header::LOCATION, HeaderValue::from_static("/Login/NuiLogin.aspx?ReturnUrl=%2f"));
    assert_eq!(redirect.problem(), Some(Problem::Expired));
}

#[test]
fn the_words_of_a_customer_are_no_expired_login() {
    for body in [
        r#"{"@odata.context":"x","Message":"Authentication failed."}"#,
        r#"{"Id":"1","Message":"Authentication failed."}"#,
        r#"{"value":[{"Message":"Authentication failed."}]}"#,
        r#"{"Message":"My app says: Authentication failed."}"#,
        r#"{"@odata.context":"x","value":[{"Notes":"<html>/Login/"}]}"#,
        "",
    ] {
        assert_eq!(json(200, body), None, "{body}");
    }
}

#[test]
fn pages_are_named_as_what_they_are() {
    let iis = "<!DOCTYPE html><html><title>404 - File or directory not found.</title></html>";
    assert_eq!(html(404, iis), Some(Problem::NotExposed));
    let routing = r#"{"Message":"No HTTP resource was found that matches the request URI 'x'."}"#;
    assert_eq!(json(404, routing), Some(Problem::NotExposed));
    assert_eq!(json(404, ""), Some(Problem::NotFound));
    let wall = "<html><body>Request unsuccessful. Incapsula incident ID: 1</body></html>";
    assert_eq!(html(200, wall), Some(Problem::Firewall));
    assert_eq!(html(403, wall), Some(Problem::Firewall));
    assert_eq!(html(200, "<html><body>Maintenance</body></html>"), Some(Problem::Page));
    assert_eq!(html(301, ""), Some(Problem::Page));
    assert_eq!(json(403, "{}"), Some(Problem::Forbidden));
    assert_eq!(json(200, r#"{"error":{"message":"duplicate key"}}"#), Some(Problem::Duplicate));
}

#[test]
fn what_passes_is_not_taken_for_a_refusal() {
    for (status, problem) in [
        (400, Problem::Invalid),
        (405, Problem::Invalid),
        (408, Problem::Busy),
        (409, Problem::Server),
        (413, Problem::Invalid),
        (424, Problem::Server),
        (504, Problem::Busy),
    ] {
        assert_eq!(json(status, ""), Some(problem), "{status}");
        assert_eq!(problem.is_final(), problem == Problem::Invalid);
    }
}

#[test]
fn waiting_is_as_long_as_asked_and_for_the_whole_account() {
    for (status, kind) in [(429, ErrorKind::RateLimited), (503, ErrorKind::Unavailable)] {
        let mut answer = answer(status, "application/json", "{}");
        answer.headers.insert(header::RETRY_AFTER, HeaderValue::from_static("7"));
        assert_eq!(answer.problem(), Some(Problem::Busy));
        let error = answer.error(Problem::Busy, crate::testing::start());
        assert_eq!(error.kind(), kind);
        let after = Some(Duration::from_secs(7));
        assert_eq!(error.retry(), Retry::Later { after, scope: RetryScope::Account });
    }
}

#[test]
fn errors_hold_nothing_of_the_body() {
    let answer = answer(500, "application/json", &deep("canary +15551234567"));
    let error = answer.error(answer.problem().unwrap(), crate::testing::start());
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("canary") && !shown.contains("1555"), "{shown}");
    assert_eq!(error.code(), Some("http-500"));
}

#[test]
fn only_a_name_that_was_asked_for_is_taken_from_a_body() {
    let body = br#"{"error":{"message":"Could not find a property named 'UsrA' on type 'X'."}}"#;
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(unknown_column(body, &names(&["UsrA", "UsrB"])), Some("UsrA"));
    assert_eq!(unknown_column(body, &names(&["UsrB"])), None);
}
