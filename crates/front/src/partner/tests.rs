use bytes::Bytes;
use chrono::TimeDelta;
use handover_core::channel::Attempt;
use handover_core::desk::{About, Case, Desk as _, Entry, EntryOutcome, Handoff, Opening};
use handover_core::error::ErrorKind;
use handover_core::event::{Author, Fact};
use handover_core::id::Key;
use handover_core::identity::{Identity, Proof};
use handover_core::message::{Brief, File, Speaker};
use handover_core::thread::Thread;
use handover_core::webhook::{Received, Rejection, Webhook as _};
use http::Request;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::ids::ChannelId;
use crate::testing::{CUSTOMER, World, again, channel_id, desk_config, now, session};
use crate::{ChannelApi, signature};

const SECRET: &str = "app-secret-canary";

fn world() -> World {
    let channel = ChannelId::new("cha_1").unwrap();
    let api = ChannelApi::new("app_uid", vec![SecretString::from(SECRET)], channel).unwrap();
    World::with(desk_config().with_tags(["handed-off".to_owned()]).with_channel_api(api))
}

fn opening() -> Opening {
    let about = About {
        session: session(),
        channel: channel_id(),
        customer: Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap(),
        link: None,
        first_words: "Hi".to_owned(),
    };
    Opening { key: Key::open(session(), 0), about, at: now(), contact: None, parent: None }
}

fn entry(seq: u64, author: Speaker, text: &str) -> Entry {
    Entry {
        key: Key::entry(session(), seq),
        seq,
        author,
        at: now(),
        text: text.to_owned(),
        files: Vec::new(),
        link: None,
        undelivered: None,
    }
}

fn first() -> Attempt {
    Attempt::first(Key::entry(session(), 1), now())
}

async fn opened(world: &World) -> Case {
    world.front.open(&opening(), &first()).await.unwrap()
}

#[tokio::test]
async fn a_transcript_is_imported_under_our_keys_with_real_times() {
    let world = world();
    let case = opened(&world).await;
    assert_eq!(*case.reference, opening().key.uuid().to_string());
    let accepted = r#"{"status":"accepted","message_uid":"uid1"}"#;
    world.script.answer(202, &[], accepted).answer(202, &[], accepted).answer(202, &[], "");
    let mut photo = entry(1, Speaker::Customer, "");
    photo.files.push(File::new("x", Some("image/png".into())));
    let person = Speaker::Person { name: Some("Rita".into()) };
    let entries = [photo, entry(2, Speaker::Assistant, "2 < 3\nok"), entry(3, person, "Hello")];
    let outcomes =
        world.front.append(&case, &opening().about, &entries, &first()).await.unwrap().outcomes;
    assert_eq!(outcomes, vec![EntryOutcome::Written; 3]);
    let lines = [
        "POST /channels/cha_1/inbound_messages",
        "POST /channels/cha_1/outbound_messages",
        "POST /channels/cha_1/outbound_messages",
    ];
    assert_eq!(world.script.lines(), lines);
    let names = |n: usize| json!({"external_id": entries[n].key.to_string(), "external_conversation_id": &*case.reference});
    assert_eq!(
        world.script.body(0),
        json!({"sender": {"handle": CUSTOMER}, "body": "[image/png]",
            "metadata": names(0), "delivered_at": now().timestamp()})
    );
    assert_eq!(
        world.script.body(1),
        json!({"to": [{"handle": CUSTOMER}], "sender_name": "AI", "body": "<p>2 &lt; 3<br>ok</p>",
            "metadata": names(1), "delivered_at": now().timestamp()})
    );
    assert_eq!(world.script.body(2)["sender_name"], "Rita");
}

#[tokio::test]
async fn each_call_has_a_token_of_its_own_that_ends_soon() {
    let world = world();
    let case = opened(&world).await;
    world.script.status(202).status(202);
    let entries = [entry(1, Speaker::Customer, "a"), entry(2, Speaker::Customer, "b")];
    world.front.append(&case, &opening().about, &entries, &first()).await.unwrap();
    let claims = |n: usize| -> Value {
        let token = world.script.header(n, "authorization").unwrap();
        let middle = token.trim_start_matches("Bearer ").split('.').nth(1).unwrap().to_owned();
        let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        serde_json::from_slice(&base64::Engine::decode(&engine, middle).unwrap()).unwrap()
    };
    let (one, other) = (claims(0), claims(1));
    assert_ne!(one["jti"], other["jti"]);
    assert_eq!((&one["iss"], &one["sub"]), (&json!("app_uid"), &json!("cha_1")));
    let life = one["exp"].as_i64().unwrap() - now().timestamp();
    assert!((1..=30).contains(&life), "{life}");
}

#[tokio::test]
async fn what_was_written_before_an_error_is_told_and_the_rest_comes_again() {
    let world = world();
    let case = opened(&world).await;
    world.script.status(202).status(400).status(503);
    let entries: Vec<Entry> =
        (1..=4).map(|seq| entry(seq, Speaker::Customer, &seq.to_string())).collect();
    let outcomes =
        world.front.append(&case, &opening().about, &entries, &first()).await.unwrap().outcomes;
    let refused = EntryOutcome::Refused { code: "http-400".into() };
    let expected =
        [EntryOutcome::Written, refused, EntryOutcome::Undecided, EntryOutcome::Undecided];
    assert_eq!(outcomes, expected);
    world.script.status(401);
    let error = world.front.append(&case, &opening().about, &entries, &first()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
}

#[tokio::test]
async fn a_note_is_a_comment_once_fronts_conversation_is_known() {
    let world = world();
    let case = opened(&world).await;
    world.script.answer(202, &[], r#"{"message_uid":"uid1"}"#);
    world
        .front
        .append(&case, &opening().about, &[entry(1, Speaker::Customer, "Hi")], &first())
        .await
        .unwrap();
    let placed = json!({"id": "msg_1",
        "_links": {"related": {"conversation": "https://acme.api.frontapp.com/conversations/cnv_9"}}});
    world.script.status(404);
    let note = [entry(2, Speaker::Relay, "Summary: x")];
    let error = world.front.append(&case, &opening().about, &note, &first()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    world.script.json(placed).answer(201, &[], "{}");
    world.front.append(&case, &opening().about, &note, &first()).await.unwrap();
    assert_eq!(world.script.lines()[3], "POST /conversations/cnv_9/comments");
    // The handoff tags it and keeps its name, so that a restart knows it.
    let tags = json!({"_results": [{"id": "tag_1", "name": "handed-off"}]});
    world.script.json(tags).status(204);
    let handoff = Handoff {
        key: Key::handoff(session(), 2),
        about: opening().about,
        brief: Brief::default(),
    };
    let handed = world.front.hand_off(&case, &handoff, &first()).await.unwrap();
    assert_eq!(handed.number.as_deref(), Some("cnv_9"));
    let later = self::world();
    later.script.json(json!({"_results": []})).answer(201, &[], "{}");
    let attempt = again(note[0].key, TimeDelta::seconds(1));
    later.front.append(&handed, &opening().about, &note, &attempt).await.unwrap();
    assert_eq!(later.script.lines()[1], "POST /conversations/cnv_9/comments");
}

#[tokio::test]
async fn a_note_without_a_known_conversation_says_that_nobody_sent_it() {
    let world = world();
    world.script.status(202);
    let case = Case::new(opening().key.uuid().to_string());
    world
        .front
        .append(&case, &opening().about, &[entry(2, Speaker::Relay, "x")], &first())
        .await
        .unwrap();
    let said = world.script.body(0);
    assert_eq!(said["sender_name"], "Internal note, not sent to the customer");
    assert_eq!(said["to"][0]["handle"], json!(&*case.reference));
}

#[tokio::test]
async fn a_failure_is_reported_by_status_failed() {
    let world = world();
    world.script.status(204);
    world.front.report_failure("case 1", "front:msg_1", "number\u{0} closed").await.unwrap();
    let line = "PUT /channels/cha_1/conversations/case%201/messages/front%3Amsg_1/status";
    assert_eq!(world.script.lines(), [line]);
    assert_eq!(world.script.body(0), json!({"status": "failed", "reason": "number closed"}));
}

fn receive(world: &World, body: &Value) -> Result<Received, Rejection> {
    let body = Bytes::from(body.to_string());
    let time = now().timestamp_millis().to_string();
    let signature = signature::sign(&SecretString::from(SECRET), &time, &body).unwrap();
    let request = Request::post("https://relay.example/desks/front/channel")
        .header("x-front-request-timestamp", time)
        .header("x-front-signature", signature)
        .body(body)
        .unwrap();
    world.front.receive(&request, now())
}

fn said(received: &Received) -> Value {
    serde_json::from_slice(received.response.body()).unwrap()
}

#[test]
fn a_channel_is_connected_if_it_is_ours() {
    let connect = |channel: &str| {
        let body = json!({"type": "authorization", "payload": {"channel_id": channel}});
        said(&receive(&world(), &body).unwrap())
    };
    let url = "https://relay.example/desks/front/channel";
    assert_eq!(connect("cha_1"), json!({"type": "success", "webhook_url": url}));
    assert_eq!(connect("cha_2")["type"], "bad_request");
}

#[test]
fn a_reps_message_is_a_reply_that_we_deliver() {
    let world = world();
    let body = json!({"type": "message",
        "payload": {"id": "msg_5", "type": "custom", "is_inbound": false, "text": null,
            "body": "<p>Hello</p>", "created_at": now().timestamp(),
            "author": {"id": "tea_rep", "first_name": "Rita"}},
        "metadata": {"external_conversation_ids": ["case-1"]}});
    let received = receive(&world, &body).unwrap();
    let expected = json!({"type": "success", "external_id": "front:msg_5",
        "external_conversation_id": "case-1"});
    assert_eq!(said(&received), expected);
    let [event] = &received.events[..] else { panic!("{received:?}") };
    assert_eq!((event.id.as_str(), event.author), ("front:msg_5", Author::Person));
    assert_eq!(event.threads, [Thread::case(&desk_config().desk, "case-1")]);
    let Fact::Reply(reply) = &event.fact else { panic!("{event:?}") };
    assert_eq!((reply.text.as_str(), reply.delivered), ("Hello", false));
    assert_eq!(receive(&world, &body).unwrap().events, received.events);
}

#[test]
fn an_autoreply_has_the_id_of_what_it_answers_and_is_no_persons() {
    let replied = "https://acme.api.frontapp.com/messages/msg_4";
    let body = json!({"type": "message_autoreply",
        "payload": {"body": "We are closed", "_links": {"related": {"message_replied_to": replied}}},
        "metadata": {"external_conversation_id": "case-1"}});
    let received = receive(&world(), &body).unwrap();
    assert_eq!(received.events[0].id.as_str(), "front:autoreply-msg_4");
    assert_eq!(received.events[0].author, Author::Machine);
    assert_eq!(said(&received)["external_id"], "front:autoreply-msg_4");
}

#[test]
fn what_is_of_no_concern_is_counted_and_what_is_not_signed_refused() {
    let world = world();
    for body in [
        json!({"type": "delete", "payload": {"channel_id": "cha_1"}}),
        json!({"type": "message_imported", "payload": {"id": "msg_1"}}),
        json!({"type": "hologram"}),
        json!({"type": "message", "payload": {"id": "msg_1"}, "metadata": {}}),
        json!({"type": "message_autoreply", "payload": {}, "metadata": {"external_conversation_id": "c"}}),
    ] {
        let received = receive(&world, &body).unwrap();
        assert_eq!((received.ignored, received.events.len()), (1, 0), "{body}");
        assert_eq!(received.response.status(), 200);
    }
    let request = Request::post("https://relay.example/desks/front/channel");
    let request = request.body(Bytes::from_static(b"{}")).unwrap();
    assert_eq!(world.front.receive(&request, now()).unwrap_err(), Rejection::UNSIGNED);
}
