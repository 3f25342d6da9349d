use bytes::Bytes;
use handover_core::feed::Scope;
use handover_core::webhook::{Received, Rejection, Webhook};
use http::{Request, StatusCode};

use crate::testing::{WEBHOOK_SECRET, start, world};

const CASE: &str = "d2331d41-6804-5628-b50e-31595f8c7cbf";

fn receive(path: &str, kind: &str, body: impl Into<Bytes>) -> Result<Received, Rejection> {
    let request = Request::post(format!("https://relay.acme.example{path}"))
        .header("x-handover-secret", WEBHOOK_SECRET)
        .header("content-type", kind)
        .body(body.into())
        .unwrap();
    world().desk.receive(&request, start())
}

fn json(body: &str) -> Result<Received, Rejection> {
    receive("/desks/creatio", "application/json", body.to_owned())
}

#[test]
fn a_call_about_a_case_pokes_that_case() {
    for body in [
        format!(r#"{{"event_type":"new_activity","caseId":"{CASE}"}}"#),
        format!(r#"{{"event_type":"case_closed","caseId":"{{{}}}"}}"#, CASE.to_uppercase()),
        format!("\u{feff} {{\"EventType\":\"Case Resolved\",\"case_id\":\" {CASE} \",\"x\":[1]}}"),
        format!(r#"{{"CaseId":"{CASE}"}}"#),
    ] {
        let received = json(&body).unwrap();
        assert_eq!(received.pokes, [Scope::Thread(CASE.into())], "{body}");
        assert!(received.events.is_empty() && received.ignored == 0);
        assert_eq!(received.response.status(), StatusCode::OK);
        assert_eq!(received.response.body().as_ref(), br#"{"status":"ok"}"#);
    }
}

#[test]
fn forms_and_xml_are_read_too() {
    let form = format!("event_type=new_activity&caseId={CASE}");
    let received = receive("/desks/creatio", "application/x-www-form-urlencoded", form).unwrap();
    assert_eq!(received.pokes, [Scope::Thread(CASE.into())]);
    let xml = format!("<?xml version=\"1.0\"?><r><a:caseId x='1'>{CASE}</a:caseId></r>");
    let received = receive("/desks/creatio", "text/xml", xml).unwrap();
    assert_eq!(received.pokes, [Scope::Thread(CASE.into())]);
}

#[test]
fn a_call_without_a_case_pokes_everything() {
    for body in
        ["", "{}", r#"{"activityId":"x"}"#, r##"{"caseId":"[#Case.Id#]"}"##, r#"{"caseId":7}"#]
    {
        assert_eq!(json(body).unwrap().pokes, [Scope::All], "{body}");
    }
}

#[test]
fn what_is_of_no_concern_is_counted() {
    for body in [
        format!(r#"{{"event_type":"order_paid","caseId":"{CASE}"}}"#),
        r#"{"event_type":"new_activity","caseId":"00000000-0000-0000-0000-000000000000"}"#.into(),
    ] {
        let received = json(&body).unwrap();
        assert!(received.pokes.is_empty());
        assert_eq!(received.ignored, 1);
        assert_eq!(received.response.status(), StatusCode::OK);
    }
}

#[test]
fn what_cannot_be_read_is_refused() {
    for body in [&b"{"[..], b"[]", b"\"x\"", b"caseId", b"\xff\xfe"] {
        let rejection = receive("/desks/creatio", "application/json", body).unwrap_err();
        assert_eq!(rejection.status, StatusCode::BAD_REQUEST);
    }
    let huge = receive("/desks/creatio", "application/json", vec![b' '; 300_000]).unwrap_err();
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    let get = Request::get(format!("https://relay.acme.example/desks/creatio/{WEBHOOK_SECRET}"));
    let rejection = world().desk.receive(&get.body(Bytes::new()).unwrap(), start()).unwrap_err();
    assert_eq!(rejection.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[test]
fn the_secret_is_checked_before_the_body() {
    let world = world();
    for path in
        ["/desks/creatio", "/desks/creatio/", "/desks/creatio/wrong", "/", "/desks/creatio/ping"]
    {
        let request = Request::post(format!("https://relay.acme.example{path}"))
            .body(Bytes::from_static(b"{"))
            .unwrap();
        assert_eq!(world.desk.receive(&request, start()).unwrap_err(), Rejection::UNSIGNED);
    }
    let path = format!("https://relay.acme.example/base/desks/creatio/{WEBHOOK_SECRET}/");
    let request = Request::post(path).body(Bytes::from_static(b"{}")).unwrap();
    assert!(world.desk.receive(&request, start()).is_ok());
}

#[test]
fn ping_tells_tenant_and_desk() {
    let received = receive("/desks/creatio/ping", "application/json", "").unwrap();
    assert!(received.pokes.is_empty());
    let body: serde_json::Value = serde_json::from_slice(received.response.body()).unwrap();
    assert_eq!((&body["tenant"], &body["desk"]), (&"acme".into(), &"creatio".into()));
    let path = format!("https://relay.acme.example/desks/creatio/{WEBHOOK_SECRET}/ping");
    let request = Request::post(path).body(Bytes::new()).unwrap();
    assert!(world().desk.receive(&request, start()).is_ok());
}

#[test]
fn a_tenants_own_words_for_a_closed_case_are_taken() {
    let own = ["Fall gelöst".to_owned(), "ticket-done".to_owned()];
    let config = crate::testing::desk_config().with_closing_events(&own).unwrap();
    let desk = crate::testing::world_with(config).desk;
    for (event, is_known) in
        [("Fall-gelöst", true), ("Ticket.Done", true), ("case_closed", true), ("ticket", false)]
    {
        let body = format!(r#"{{"event_type":"{event}","caseId":"{CASE}"}}"#);
        let request = Request::post("https://relay.acme.example/desks/creatio")
            .header("x-handover-secret", WEBHOOK_SECRET)
            .body(Bytes::from(body))
            .unwrap();
        let received = desk.receive(&request, start()).unwrap();
        assert_eq!(received.pokes.len(), usize::from(is_known), "{event}");
    }
    assert!(crate::testing::desk_config().with_closing_events(&[" ".to_owned()]).is_err());
}
