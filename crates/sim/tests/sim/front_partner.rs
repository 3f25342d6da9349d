use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use handover_sim::front::{Front, Status, application_signature};
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::front::{ANN, Answer, TOKEN, builder, call_as, get, heard, later, post, said, start};

const SECRET: &str = "front-app-secret";
const URL: &str = "https://relay.example/desks/front/channel";

fn company() -> Front {
    builder()
        .application("app_uid_1", SECRET)
        .inbox("inb_own", "Own SMS")
        .partner_channel("cha_own", "inb_own", URL)
        .build()
}

fn token(claims: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn claims(jti: &str, now: DateTime<Utc>) -> Value {
    json!({"iss": "app_uid_1", "jti": jti, "sub": "cha_own", "exp": now.timestamp() + 10})
}

fn send(
    sim: &Front,
    jti: &str,
    method: Method,
    path: &str,
    body: &Value,
    now: DateTime<Utc>,
) -> Answer {
    let path = format!("/channels/cha_own{path}");
    call_as(sim, &token(&claims(jti, now)), method, &path, Some(body), now)
}

fn text(external: &str) -> Value {
    json!({"sender": {"handle": ANN}, "body": "Hi", "delivered_at": 1_795_165_100,
        "metadata": {"external_id": external, "external_conversation_id": "ours"}})
}

#[test]
fn a_token_is_short_and_good_for_one_request() {
    let sim = company();
    let now = start();
    for (name, value, expected) in [
        ("jti", json!("a"), 202),
        ("jti", json!("a"), 401),
        ("jti", Value::Null, 401),
        ("iss", json!("another"), 401),
        ("sub", json!("cha_none"), 401),
        ("sub", json!("cha_sms"), 403),
        ("exp", json!(now.timestamp()), 401),
        ("exp", json!(now.timestamp() + 31), 401),
        ("exp", json!(now.timestamp() + 30), 202),
    ] {
        let mut claims = claims(&format!("{name}{value}"), now);
        claims[name] = value.clone();
        let path = "/channels/cha_own/inbound_messages";
        let answer = call_as(&sim, &token(&claims), Method::POST, path, Some(&text("m")), now);
        assert_eq!(answer.status.as_u16(), expected, "{name} {value}");
    }
    let core = post(&sim, "/channels/cha_own/inbound_messages", &text("m"), now);
    assert_eq!(core.status.as_u16(), 403, "an API token is none of these");
}

#[test]
fn what_the_partner_sends_is_taken_once_and_confirmed() {
    let sim = company();
    heard(&sim);
    let first = send(&sim, "1", Method::POST, "/inbound_messages", &text("m1"), start());
    let again = send(&sim, "2", Method::POST, "/inbound_messages", &text("m1"), start());
    assert_eq!((first.status.as_u16(), first.json()), (202, again.json()));
    let out = json!({"to": [{"handle": ANN}], "body": "Hello", "author_id": "tea_ai",
        "metadata": {"external_id": "m2", "external_conversation_id": "ours"}});
    assert_eq!(
        send(&sim, "3", Method::POST, "/outbound_messages", &out, later(1)).status.as_u16(),
        202
    );
    let held = sim.conversations();
    assert_eq!((held.len(), sim.messages(&held[0].id).len()), (1, 2));
    assert_eq!(sim.phone(ANN).len(), 0, "it was sent elsewhere");
    let told: Vec<_> = sim.take_webhooks().iter().map(said).collect();
    let kinds: Vec<_> = told.iter().map(|told| told["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["inbound_received", "message_imported", "outbound_sent", "message_imported"]
    );
    assert_eq!(told[1]["metadata"]["external_conversation_ids"], json!(["ours"]));
    assert_eq!(told[1]["payload"]["created_at"], 1_795_165_100.0);
    let path = format!("/conversations/{}", held[0].id);
    let read = call_as(&sim, &token(&claims("4", later(2))), Method::GET, &path, None, later(2));
    assert_eq!(read.json()["metadata"]["external_conversation_ids"], json!(["ours"]));
    let path = format!("/messages/{}", sim.messages(&held[0].id)[0].id);
    let read = call_as(&sim, &token(&claims("7", later(2))), Method::GET, &path, None, later(2));
    assert_eq!(read.json()["metadata"]["external_id"], "m1");
    assert_eq!(get(&sim, &path, later(2)).json()["metadata"], json!({}), "the partner's alone");
    let mut bad = text(&"x".repeat(201));
    assert_eq!(
        send(&sim, "5", Method::POST, "/inbound_messages", &bad, start()).status.as_u16(),
        400
    );
    bad = text("m3");
    bad["body"] = json!("");
    assert_eq!(
        send(&sim, "6", Method::POST, "/inbound_messages", &bad, start()).status.as_u16(),
        400
    );
}

#[test]
fn a_reply_goes_to_the_partner_whose_answer_decides() {
    let sim = company();
    send(&sim, "1", Method::POST, "/inbound_messages", &text("m1"), start());
    let id = sim.conversations()[0].id.clone();
    let good = r#"{"type":"success","external_id":"e","external_conversation_id":"ours"}"#;
    for (status, answer, kind) in [
        (Some(200), good, "out_reply"),
        (Some(500), good, "sending_error"),
        (Some(200), r#"{"type":"success"}"#, "sending_error"),
        (Some(200), r#"{"type":"bad_request","message":"no"}"#, "sending_error"),
        (None, "", "sending_error"),
    ] {
        sim.take_webhooks();
        let message = sim.teammate_replies(&id, "tea_rep", "It is on its way", later(1));
        let events = sim.events(&id).len();
        let call = sim.take_webhooks().remove(0);
        assert_eq!(call.request.uri(), URL);
        let timestamp = call.request.headers()["x-front-request-timestamp"].to_str().unwrap();
        let signature = application_signature(SECRET, timestamp, call.request.body());
        assert_eq!(call.request.headers()["x-front-signature"], signature.as_str());
        assert_eq!(said(&call)["type"], "message");
        assert_eq!(said(&call)["payload"]["id"], message.as_str());
        assert_eq!(said(&call)["metadata"]["external_conversation_ids"], json!(["ours"]));
        assert_eq!((call.retries, call.timeout.as_secs()), (0, 5));
        call.answered(status, answer.as_bytes(), later(2));
        call.answered(status, answer.as_bytes(), later(2));
        let told: Vec<_> = sim.events(&id)[events..].iter().map(|event| event.kind).collect();
        assert_eq!(told, [kind], "{answer}");
    }
    assert_eq!(sim.phone(ANN), ["It is on its way"]);
    sim.rule_autoreplies(&id, "We are closed", later(3));
    let auto = said(&sim.take_webhooks()[0]);
    assert_eq!(
        (&auto["type"], &auto["payload"]["id"]),
        (&json!("message_autoreply"), &Value::Null)
    );
    let replied = auto["payload"]["_links"]["related"]["message_replied_to"].as_str().unwrap();
    assert!(replied.ends_with(&sim.messages(&id)[0].id), "{replied}");
}

#[test]
fn a_failed_message_reopens_the_conversation() {
    let sim = company();
    let mut out = text("m1");
    out["to"] = json!([{"handle": ANN}]);
    send(&sim, "1", Method::POST, "/outbound_messages", &out, start());
    let id = sim.conversations()[0].id.clone();
    sim.teammate_archives(&id, "tea_rep", later(1));
    let failed = json!({"status": "failed", "reason": "30003"});
    let path = "/conversations/ours/messages/m1/status";
    let sent = json!({"status": "sent"});
    assert_eq!(send(&sim, "2", Method::PUT, path, &sent, later(2)).status.as_u16(), 400);
    assert_eq!(send(&sim, "3", Method::PUT, path, &failed, later(2)).status.as_u16(), 204);
    assert_eq!(sim.conversation(&id).unwrap().status, Status::Open);
    let message = sim.messages(&id).remove(0);
    assert_eq!(
        get(&sim, &format!("/messages/{}", message.id), later(3)).json()["error_type"],
        "30003"
    );
    let kinds: Vec<_> = sim.events(&id).iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["outbound", "archive", "sending_error", "reopen"]);
    let other = "/conversations/ours/messages/none/status";
    assert_eq!(send(&sim, "4", Method::PUT, other, &failed, later(2)).status.as_u16(), 404);
}

#[test]
fn a_channel_is_connected_and_deleted() {
    let sim = builder()
        .application("app_uid_1", SECRET)
        .channel("cha_own", "inb_sms", "application", "own")
        .build();
    let valid = |sim: &Front| {
        call_as(sim, TOKEN, Method::GET, "/channels/cha_own", None, start()).json()["is_valid"]
            .clone()
    };
    assert_eq!((sim.is_connected("cha_own"), valid(&sim)), (false, json!(false)));
    sim.connect_channel("cha_own", "https://relay.example/connect", start());
    let call = sim.take_webhooks().remove(0);
    let asked = json!({"type": "authorization", "payload": {"channel_id": "cha_own"}});
    assert_eq!(said(&call), asked);
    call.answered(Some(200), br#"{"type":"bad_request","message":"no"}"#, later(1));
    assert!(!sim.is_connected("cha_own"));
    let answer = json!({"type": "success", "webhook_url": URL}).to_string();
    call.answered(Some(200), answer.as_bytes(), later(1));
    assert_eq!((sim.is_connected("cha_own"), valid(&sim)), (true, json!(true)));
    let offline = json!({"status": "offline"});
    assert_eq!(send(&sim, "1", Method::PATCH, "", &offline, later(1)).status.as_u16(), 204);
    assert_eq!(valid(&sim), json!(false));
    sim.delete_channel("cha_own", later(2));
    let call = sim.take_webhooks().remove(0);
    assert_eq!(
        (call.request.uri().to_string(), &said(&call)["type"]),
        (URL.into(), &json!("delete"))
    );
    assert!(!sim.is_connected("cha_own"));
}
