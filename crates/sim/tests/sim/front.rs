//! A company in Front, as a client sees it.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_sim::front::{Builder, Front, Hook};
use handover_sim::{Outgoing, Simulator};
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};

pub(crate) const TOKEN: &str = "front-token";
pub(crate) const API: &str = "https://api2.frontapp.com";
pub(crate) const ANN: &str = "+14155550100";
pub(crate) const APP_KEY: &str = "front-test-signing-key";
pub(crate) const RULE_KEY: &str = "front-api-secret";
pub(crate) const APP_URL: &str = "https://relay.example/desks/front?kind=app";
pub(crate) const RULE_URL: &str = "https://relay.example/desks/front?kind=rule";

pub(crate) fn start() -> DateTime<Utc> {
    "2026-11-20T09:00:00Z".parse().unwrap()
}

pub(crate) fn later(seconds: i64) -> DateTime<Utc> {
    start() + TimeDelta::seconds(seconds)
}

/// The company of [`Front::new`], with mail and another person besides.
pub(crate) fn builder() -> Builder {
    Front::builder(TOKEN)
        .teammate("tea_ai", "ai@acme.example", "ai", "Assistant")
        .teammate("tea_rep", "rita@acme.example", "user", "Rita Rep")
        .inbox("inb_sms", "SMS")
        .inbox("inb_mail", "Mail")
        .channel("cha_sms", "inb_sms", "twilio", "+18005551212")
        .channel("cha_mail", "inb_mail", "gmail", "help@acme.example")
        .tag("tag_vip", "vip")
}

pub(crate) fn heard(sim: &Front) {
    sim.hook(Hook::application(APP_URL, APP_KEY));
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn results(&self) -> Vec<Value> {
        self.json()["_results"].as_array().cloned().unwrap_or_default()
    }
}

pub(crate) fn call_as(
    sim: &Front,
    token: &str,
    method: Method,
    url: &str,
    body: Option<&Value>,
    now: DateTime<Utc>,
) -> Answer {
    let url = if url.starts_with("https:") { url.to_owned() } else { format!("{API}{url}") };
    let mut request = Request::builder()
        .method(method)
        .uri(url)
        .header("authorization", format!("Bearer {token}"));
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or(Bytes::new(), |body| Bytes::from(body.to_string()));
    let response = sim.handle(request.body(body).unwrap(), now).response().unwrap();
    let (parts, body) = response.into_parts();
    Answer { status: parts.status, headers: parts.headers, body }
}

pub(crate) fn get(sim: &Front, url: &str, now: DateTime<Utc>) -> Answer {
    call_as(sim, TOKEN, Method::GET, url, None, now)
}

pub(crate) fn post(sim: &Front, url: &str, body: &Value, now: DateTime<Utc>) -> Answer {
    call_as(sim, TOKEN, Method::POST, url, Some(body), now)
}

pub(crate) fn put(sim: &Front, url: &str, body: &Value, now: DateTime<Utc>) -> Answer {
    call_as(sim, TOKEN, Method::PUT, url, Some(body), now)
}

pub(crate) fn said(outgoing: &Outgoing) -> Value {
    serde_json::from_slice(outgoing.request.body()).unwrap()
}

fn kinds(sim: &Front, conversation: &str) -> Vec<&'static str> {
    sim.events(conversation).iter().map(|event| event.kind).collect()
}

#[test]
fn a_text_is_answered_handed_off_and_archived() {
    let sim = builder().assign_new_to("tea_ai").build();
    heard(&sim);
    let conversation = sim.customer_texts(ANN, "Where is it?", &[], start());
    let hooks = sim.take_webhooks();
    let inbound = said(&hooks[0]);
    assert_eq!(inbound["type"], "inbound_received");
    assert_eq!(inbound["authorization"]["id"], "cmp_acme");
    let payload = &inbound["payload"];
    assert_eq!(payload["type"], "inbound");
    assert_eq!(payload["emitted_at"], 1_795_165_200.0);
    assert_eq!(payload["conversation"]["id"], conversation.as_str());
    assert_eq!(payload["conversation"]["status"], "unassigned");
    assert_eq!(payload["source"]["data"][0]["id"], "inb_sms");
    assert_eq!(payload["target"]["data"]["text"], "Where is it?");
    assert_eq!(payload["target"]["data"]["recipients"][0]["handle"], ANN);
    assert_eq!(said(&hooks[1])["payload"]["type"], "assign");

    let at = format!("/conversations/{conversation}");
    let shown = get(&sim, &at, later(1)).json();
    assert_eq!(
        (&shown["status"], &shown["assignee"]["id"]),
        (&json!("assigned"), &json!("tea_ai"))
    );
    let reply = json!({"body": "It ships today.", "author_id": "tea_ai",
        "options": {"archive": false}});
    let sent = post(&sim, &format!("{at}/messages"), &reply, later(2));
    assert_eq!((sent.status.as_u16(), &sent.json()["status"]), (202, &json!("accepted")));
    assert_eq!(sim.phone(ANN), ["It ships today."]);
    let uid = sent.json()["message_uid"].as_str().unwrap().to_owned();
    let message = get(&sim, &format!("/messages/alt%3Auid%3A{uid}"), later(3)).json();
    assert_eq!(message["author"]["id"], "tea_ai");
    assert!(message["error_type"].is_null());

    let comment = json!({"body": "**Summary** …", "author_id": "tea_ai"});
    let commented = post(&sim, &format!("{at}/comments"), &comment, later(4));
    assert_eq!(commented.status.as_u16(), 201);
    let nobody = json!({"assignee_id": null});
    assert_eq!(put(&sim, &format!("{at}/assignee"), &nobody, later(5)).status.as_u16(), 204);
    assert_eq!(put(&sim, &format!("{at}/assignee"), &nobody, later(5)).status.as_u16(), 204);
    assert_eq!(sim.comments(&conversation)[0].author.as_deref(), Some("tea_ai"));

    sim.teammate_assigns(&conversation, "tea_rep", Some("tea_rep"), later(6));
    sim.teammate_replies(&conversation, "tea_rep", "Rita here.", later(7));
    sim.teammate_archives(&conversation, "tea_rep", later(8));
    assert_eq!(sim.phone(ANN), ["It ships today.", "Rita here."]);
    let told: Vec<_> = sim.take_webhooks().iter().map(said).collect();
    let told: Vec<_> = told.iter().map(|told| told["type"].as_str().unwrap()).collect();
    let expected = [
        "outbound_sent",
        "new_comment_added",
        "assignee_changed",
        "assignee_changed",
        "outbound_sent",
        "conversation_archived",
    ];
    assert_eq!(told, expected);
    let all =
        ["inbound", "assign", "out_reply", "comment", "unassign", "assign", "out_reply", "archive"];
    assert_eq!(kinds(&sim, &conversation), all);
    assert_eq!(get(&sim, &at, later(9)).json()["status"], "archived");

    let events =
        get(&sim, "/events?q[after]=1795165203.5&q[types][]=archive&q[types][]=unassign", later(9))
            .results();
    let seen: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(seen, ["archive", "unassign"]);
    assert!(events[0].get("target").is_none());
    assert_eq!(sim.round_trips(), 8);

    let same = sim.customer_texts(ANN, "Thanks", &[], later(10));
    assert_eq!(same, conversation);
    assert_eq!(get(&sim, &at, later(11)).json()["assignee"]["id"], "tea_rep");
}

#[test]
fn a_reply_archives_unless_told_otherwise() {
    let sim = builder().build();
    let conversation = sim.customer_texts(ANN, "Hi", &[], start());
    let at = format!("/conversations/{conversation}/messages");
    assert_eq!(post(&sim, &at, &json!({"body": "Hello"}), later(1)).status.as_u16(), 202);
    assert_eq!(sim.conversation(&conversation).unwrap().shown_status(), "archived");
    assert_eq!(kinds(&sim, &conversation), ["inbound", "out_reply", "archive"]);
}
