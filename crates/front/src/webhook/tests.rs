use bytes::Bytes;
use chrono::TimeDelta;
use handover_core::event::Fact;
use handover_core::feed::Scope;
use handover_core::webhook::{Received, Rejection, Webhook as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{Request, StatusCode};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha1::Sha1;

use crate::ids::CompanyId;
use crate::signature;
use crate::testing::{APP_KEY, CNV, RULE_SECRET, World, desk_config, event, inbound, now};

const URL: &str = "https://relay.example/desks/front";

fn post(body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post(URL).body(body.into()).unwrap()
}

/// As an application's webhook signs.
fn signed(body: impl Into<Bytes>) -> Request<Bytes> {
    let mut request = post(body);
    let time = now().timestamp_millis().to_string();
    let key = SecretString::from(APP_KEY);
    let signature = signature::sign(&key, &time, request.body()).unwrap();
    let headers = request.headers_mut();
    headers.insert("x-front-request-timestamp", time.parse().unwrap());
    headers.insert("x-front-signature", signature.parse().unwrap());
    request
}

/// As a rule's webhook signs.
fn by_rule(body: impl Into<Bytes>) -> Request<Bytes> {
    let mut request = post(body);
    let mac = Hmac::<Sha1>::new_from_slice(RULE_SECRET.as_bytes()).unwrap();
    let mac = mac.chain_update(request.body()).finalize().into_bytes();
    let signature = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, mac);
    request.headers_mut().insert("x-front-signature", signature.parse().unwrap());
    request
}

fn wrapped(kind: &str, payload: &Value) -> String {
    json!({"type": kind, "authorization": {"id": "cmp_acme"}, "payload": payload}).to_string()
}

fn receive(request: &Request<Bytes>) -> Result<Received, Rejection> {
    World::new().front.receive(request, now())
}

#[test]
fn both_kinds_of_webhooks_tell_the_same() {
    let row = inbound("msg_1", "Hi", Some("tea_ai"));
    let one = receive(&signed(wrapped("inbound_received", &row))).unwrap();
    let other = receive(&by_rule(row.to_string())).unwrap();
    assert_eq!(one.events, other.events);
    assert_eq!((one.events.len(), one.response.status()), (1, StatusCode::OK));
}

#[test]
fn an_envelopes_kind_stands_in_for_the_events() {
    let mut row = event("evt_1", "", ("teammate", json!({"id": "tea_rep"})), Some("tea_rep"));
    row.as_object_mut().unwrap().remove("type");
    for (kind, known) in [
        ("assignee_changed", true),
        ("conversation_archived", true),
        ("conversation_reopened", true),
        ("conversation_deleted", true),
        ("conversation_restored", true),
        ("conversation_snoozed", false),
        ("new_comment_added", false),
        ("something_new", false),
    ] {
        let received = receive(&signed(wrapped(kind, &row))).unwrap();
        assert_eq!((received.events.len() == 1, received.ignored == 0), (known, known), "{kind}");
    }
}

#[test]
fn previews_are_hints_to_read_the_conversation() {
    let short = json!({"id": "msg_1", "_links": {}});
    let mut row = event("evt_1", "out_reply", ("message", short), None);
    row["conversation"] = json!({"id": CNV, "_links": {}});
    let received = receive(&by_rule(row.to_string())).unwrap();
    assert_eq!(received.pokes, [Scope::Thread(CNV.into())]);
    assert!(received.events.is_empty() && received.ignored == 0);
    // One that nobody knows yet is found among all events, too.
    row["type"] = json!("inbound");
    let received = receive(&by_rule(row.to_string())).unwrap();
    assert_eq!(received.pokes, [Scope::Thread(CNV.into()), Scope::All]);
}

fn sync(challenge: &[&str]) -> Request<Bytes> {
    let mut request = signed(r#"{"type":"sync","authorization":{"id":"cmp_abc"}}"#);
    for word in challenge {
        request.headers_mut().append("x-front-challenge", word.parse().unwrap());
    }
    request
}

#[test]
fn a_signed_challenge_is_said_back_as_plain_text() {
    let received = receive(&sync(&["Word-123"])).unwrap();
    assert_eq!(received.response.body(), "Word-123");
    assert_eq!(received.response.headers()["content-type"], "text/plain");
    assert!(receive(&sync(&[])).unwrap().response.body().is_empty());
}

#[test]
fn challenge_with_bad_signature_is_not_echoed() {
    let mut request = sync(&["Word-123"]);
    request.headers_mut().insert("x-front-signature", "AAAA".parse().unwrap());
    assert_eq!(receive(&request).unwrap_err(), Rejection::UNSIGNED);
    let mut request = sync(&["Word-123"]);
    request.headers_mut().remove("x-front-signature");
    assert_eq!(receive(&request).unwrap_err(), Rejection::UNSIGNED);
}

#[test]
fn challenge_over_1_kb_or_with_control_characters_is_refused() {
    for bad in ["x".repeat(1025), "a b".into(), "a\tb".into(), "é".into()] {
        let mut request = sync(&[]);
        let value = http::HeaderValue::from_bytes(bad.as_bytes()).unwrap();
        request.headers_mut().insert("x-front-challenge", value);
        assert_eq!(receive(&request).unwrap_err().status, StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(receive(&sync(&["a", "b"])).unwrap_err().status, StatusCode::BAD_REQUEST);
    assert!(receive(&sync(&[&"x".repeat(1024)])).is_ok());
}

#[test]
fn body_over_cap_invalid_utf8_invalid_json_deep_nesting() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for bad in [&b""[..], b"{", b"\xff\xfe", b"[]", b"7", deep.as_bytes()] {
        for request in [signed(bad.to_vec()), by_rule(bad.to_vec())] {
            let rejection = receive(&request).unwrap_err();
            assert_eq!(rejection.status, StatusCode::BAD_REQUEST);
        }
    }
    let large = receive(&signed(vec![b' '; (1 << 20) + 1])).unwrap_err();
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let get = Request::get(URL).body(Bytes::new()).unwrap();
    assert_eq!(receive(&get).unwrap_err().status, StatusCode::METHOD_NOT_ALLOWED);
}

#[test]
fn no_or_wrong_signature_is_refused_before_anything_is_read() {
    let body = wrapped("inbound_received", &inbound("msg_1", "Hi", None));
    assert_eq!(receive(&post(body.clone())).unwrap_err(), Rejection::UNSIGNED);
    assert_eq!(receive(&post("not json")).unwrap_err(), Rejection::UNSIGNED);
    let stale = World::new().front.receive(&signed(body), now() + TimeDelta::minutes(6));
    assert_eq!(stale.unwrap_err().reason, "timestamp");
}

#[test]
fn another_companys_events_are_ignored_and_counted() {
    let world = World::with(desk_config().with_company(CompanyId::new("cmp_other").unwrap()));
    let request = signed(wrapped("inbound_received", &inbound("msg_1", "Hi", None)));
    let received = world.front.receive(&request, now()).unwrap();
    assert_eq!((received.events.len(), received.ignored), (0, 1));
    let world = World::with(desk_config().with_company(CompanyId::new("cmp_acme").unwrap()));
    assert_eq!(world.front.receive(&request, now()).unwrap().events.len(), 1);
}

#[test]
fn same_event_twice_says_the_same() {
    let world = World::new();
    let request = signed(wrapped("inbound_received", &inbound("msg_1", "Hi", None)));
    let one = world.front.receive(&request, now()).unwrap();
    let other = world.front.receive(&request, now()).unwrap();
    assert_eq!(one.events, other.events);
    assert!(matches!(one.events[0].fact, Fact::Message(_)));
    assert!(world.script.lines().is_empty());
}

proptest! {
    #[test]
    fn nothing_signed_makes_it_panic(body in ".{0,200}", kind in "[a-z_]{0,20}", id in "[a-z_0-9]{0,12}") {
        let _ = receive(&signed(body.clone()));
        let _ = receive(&by_rule(body.clone()));
        let mut row = inbound(&id, &body, None);
        row["type"] = json!(kind);
        row["target"]["data"]["type"] = json!(body);
        row["target"]["data"]["recipients"][0]["handle"] = json!(body);
        row["target"]["data"]["text"] = Value::Null;
        let _ = receive(&signed(wrapped(&kind, &row)));
    }
}
