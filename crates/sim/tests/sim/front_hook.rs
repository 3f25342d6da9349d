use handover_sim::front::{Front, Hook, application_signature, channel_claims, rule_signature};
use handover_sim::{Delivery, RetryOn};
use serde_json::{Value, json};
use std::time::Duration;

use crate::front::{ANN, APP_KEY, APP_URL, RULE_KEY, RULE_URL, builder, heard, later, said, start};

/// Vectors made by hand, since Front publishes none.
#[test]
fn signatures_are_those_of_the_vectors() {
    let body = br#"{"type":"sync","authorization":{"id":"cmp_abc"}}"#;
    let signature = application_signature(APP_KEY, "1700000000000", body);
    assert_eq!(signature, "sj1Rm8mUhI1CvBJ9C0+nJB5UTYirDCkfo+pRV4TDTlw=");
    let body = r#"{"id":"evt_1","type":"inbound","emitted_at":1700000000.123,"text":"café 😀"}"#;
    let signature = rule_signature(RULE_KEY, body.as_bytes());
    assert_eq!(signature, "Y5rvaFzZ82U/Xct9Jm85K9nH6iE=");
    let claims = json!({"iss": "app_uid_1", "jti": "00000000000000000000000000000001",
        "sub": "cha_1", "exp": 1_700_000_010});
    assert_eq!(channel_claims("front-app-secret", JWT), Some(claims));
    assert_eq!(channel_claims("other", JWT), None);
}

#[test]
fn both_kinds_are_signed_each_in_its_way() {
    let sim = builder().build();
    heard(&sim);
    sim.hook(Hook::rule(RULE_URL, RULE_KEY).only(&["inbound"]));
    let id = sim.customer_texts(ANN, "café 😀", &[], start());
    sim.teammate_archives(&id, "tea_rep", later(1));
    let hooks = sim.take_webhooks();
    assert_eq!(hooks.len(), 3);
    let (app, rule) = (&hooks[0].request, &hooks[1].request);
    assert_eq!((app.uri().to_string(), rule.uri().to_string()), (APP_URL.into(), RULE_URL.into()));
    assert_eq!(app.headers()["x-front-request-timestamp"], "1795165200000");
    let expected = application_signature(APP_KEY, "1795165200000", app.body());
    assert_eq!(app.headers()["x-front-signature"], expected.as_str());
    assert!(!rule.headers().contains_key("x-front-request-timestamp"));
    let expected = rule_signature(RULE_KEY, rule.body());
    assert_eq!(rule.headers()["x-front-signature"], expected.as_str());
    assert_eq!(said(&hooks[0])["payload"], said(&hooks[1]), "the bare event");
    assert_eq!((hooks[0].retries, hooks[0].retry_on), (3, RetryOn::All));
    assert_eq!(hooks[1].retries, 0);
    assert_eq!(hooks[0].timeout, Duration::from_secs(5));
}

#[test]
fn a_preview_holds_ids_only() {
    let sim = builder().build();
    sim.hook(Hook::rule(RULE_URL, RULE_KEY).preview());
    let id = sim.customer_texts(ANN, "secret", &[], start());
    let other = sim.customer_texts("+14155550101", "x", &[], start());
    sim.teammate_merges(&other, &id, "tea_rep", later(1));
    let hooks: Vec<Value> = sim.take_webhooks().iter().map(said).collect();
    let keys =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    for part in
        [&hooks[0]["conversation"], &hooks[0]["source"]["data"][0], &hooks[0]["target"]["data"]]
    {
        assert_eq!(keys(part), ["_links", "id"]);
    }
    assert_eq!(hooks[0]["target"]["_meta"]["type"], "message");
    assert_eq!(hooks[0]["conversation"]["id"], id.as_str());
    assert_eq!(hooks[2]["target"]["data"], json!([other]));
}

#[test]
fn every_event_has_its_name() {
    let sim = builder().build();
    heard(&sim);
    sim.hook(Hook::rule(RULE_URL, RULE_KEY));
    let id = sim.customer_texts(ANN, "Hi", &[], start());
    let told = |act: &dyn Fn(&Front)| -> Vec<(String, String)> {
        sim.take_webhooks();
        act(&sim);
        let hooks: Vec<Value> = sim.take_webhooks().iter().map(said).collect();
        let name = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let apps = hooks.iter().filter(|hook| hook["payload"].is_object());
        apps.map(|hook| (name(&hook["type"]), name(&hook["payload"]["type"]))).collect()
    };
    let rep = "tea_rep";
    let now = later(1);
    for (act, name, kind) in [
        (
            &(|sim: &Front| sim.teammate_assigns(&id, rep, Some("tea_ai"), now)) as &dyn Fn(&Front),
            "assignee_changed",
            "assign",
        ),
        (&|sim| sim.rule_assigns(&id, None, now), "assignee_changed", "unassign"),
        (&|sim| sim.teammate_tags(&id, rep, "vip", now), "tag_added", "tag"),
        (&|sim| sim.teammate_untags(&id, rep, "vip", now), "tag_removed", "untag"),
        (&|sim| sim.teammate_moves(&id, rep, "inb_mail", now), "conversation_moved", "move"),
        (&|sim| sim.teammate_archives(&id, rep, now), "conversation_archived", "archive"),
        (&|sim| sim.teammate_reopens(&id, rep, now), "conversation_reopened", "reopen"),
        (&|sim| sim.teammate_deletes(&id, rep, now), "conversation_deleted", "trash"),
        (&|sim| sim.teammate_reopens(&id, rep, now), "conversation_restored", "restore"),
        (&|sim| drop(sim.teammate_comments(&id, rep, "x", now)), "new_comment_added", "comment"),
        (&|sim| drop(sim.teammate_replies(&id, rep, "x", now)), "outbound_sent", "out_reply"),
    ] {
        assert_eq!(told(act), [(name.to_owned(), kind.to_owned())]);
    }
    let drafted = told(&|sim| drop(sim.teammate_drafts(&id, rep, "x", now)));
    assert_eq!((drafted.len(), sim.drafts(&id).len(), sim.phone(ANN).len()), (0, 1, 1));
    let other = sim.customer_texts("+14155550101", "x", &[], start());
    sim.take_webhooks();
    sim.teammate_merges(&other, &id, rep, now);
    let hooks = sim.take_webhooks();
    assert_eq!(hooks.len(), 1, "applications never hear of it");
    assert_eq!(said(&hooks[0])["type"], "conversations_merged");
}

#[test]
fn a_webhook_is_saved_when_it_has_answered_the_challenge() {
    for (status, body, saved) in [
        (Some(200), "c4llenge", true),
        (Some(200), "challenge=c4llenge", true),
        (Some(200), r#"{"challenge":"c4llenge"}"#, true),
        (Some(200), "c4llenge\n", false),
        (Some(401), "c4llenge", false),
        (None, "", false),
    ] {
        let sim = builder().build();
        sim.save_hook(Hook::application(APP_URL, APP_KEY), "c4llenge", start());
        let call = sim.take_webhooks().remove(0);
        assert_eq!(call.request.headers()["x-front-challenge"], "c4llenge");
        let body_sent = json!({"type": "sync", "authorization": {"id": "cmp_acme"}});
        assert_eq!(said(&call), body_sent);
        let signature = application_signature(APP_KEY, "1795165200000", call.request.body());
        assert_eq!(call.request.headers()["x-front-signature"], signature.as_str());
        assert_eq!(call.timeout, Duration::from_secs(10));
        call.answered(status, body.as_bytes(), later(1));
        assert_eq!(sim.is_saved(APP_URL), saved, "{body}");
        sim.customer_texts(ANN, "Hi", &[], later(2));
        assert_eq!(sim.take_webhooks().len(), usize::from(saved));
    }
}

#[test]
fn webhooks_travel_as_told() {
    use handover_sim::Simulator;
    let sim = builder().html_texts().reopen_events().build();
    heard(&sim);
    sim.reach("https://relay.example/", "http://127.0.0.1:9/");
    sim.outbox().deliver(Delivery::faithful().doubled(1));
    let id = sim.customer_texts(ANN, "a < b\nc", &[], start());
    let hooks = sim.take_webhooks();
    assert_eq!(said(&hooks[0])["payload"]["id"], said(&hooks[1])["payload"]["id"]);
    let connect = hooks[0].connect.as_ref().unwrap().to_string();
    assert_eq!(connect, "http://127.0.0.1:9/desks/front?kind=app");
    let message = &said(&hooks[0])["payload"]["target"]["data"];
    assert_eq!((&message["body"], &message["text"]), (&json!("a &lt; b<br>c"), &json!("a < b\nc")));
    assert!(message.get("message_uid").is_none());
    sim.outbox().deliver(Delivery::faithful());
    sim.teammate_archives(&id, "tea_rep", later(1));
    sim.customer_texts(ANN, "again", &[], later(2));
    let kinds: Vec<_> = sim.take_webhooks().iter().map(said).collect();
    let kinds: Vec<_> =
        kinds.iter().map(|kind| kind["payload"]["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["archive", "inbound", "reopen"]);
}

const JWT: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhcHBfdWlkXzEiLCJqdGkiOiIwMDAwMDAwMDAwM\
DAwMDAwMDAwMDAwMDAwMDAwMDAwMSIsInN1YiI6ImNoYV8xIiwiZXhwIjoxNzAwMDAwMDEwfQ.I2LigZbhl56RXxBY9gjR5be94TggYdV_0EEocV6vkwg";
