use bytes::Bytes;
use handover_core::event::{Author, Fact};
use handover_core::thread::Thread;
use handover_core::webhook::{Received, Rejection, Webhook as _};
use http::Request;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{SECRET, world};
use crate::signature;
use crate::testing::{World, desk_config, now};

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
    let Fact::Reply(reply) = &received.events[0].fact else { panic!("{received:?}") };
    assert!(reply.automatic && !reply.delivered, "the customer gets it, and nobody took over");
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
