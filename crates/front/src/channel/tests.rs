use chrono::TimeDelta;
use handover_core::channel::{Attempt, Channel as _, Found, Outbound};
use handover_core::error::{ErrorKind, Retry, RetryScope};
use handover_core::event::Holder;
use handover_core::identity::{Identity, Proof};
use handover_core::message::{DeliveryState, Message, Speaker};
use handover_core::transport::TransportError;
use serde_json::{Value, json};

use super::MAX_CHARS;
use crate::ids::ConversationId;
use crate::testing::{
    CNV, CUSTOMER, TOKEN, World, again, conversation, desk_config, message, now, outbound, teammate,
};

const TAKEN: &str = r#"{"status":"accepted","message_uid":"uid1"}"#;

#[tokio::test]
async fn a_reply_is_said_as_the_teammate_after_a_look_at_who_has_the_conversation() {
    let world = World::new();
    world.script.json(conversation(Some("tea_ai"))).answer(202, &[], TAKEN);
    let receipt = world.channel().send(&outbound("On its way")).await.unwrap();
    assert_eq!(receipt.delivery.state, DeliveryState::Accepted);
    assert_eq!(receipt.delivery.provider_id.as_deref(), Some("uid1"));
    let lines = ["GET /conversations/cnv_abc", "POST /conversations/cnv_abc/messages"];
    assert_eq!(world.script.lines(), lines);
    let said = json!({"body": "On its way", "author_id": "tea_ai", "options": {"archive": false}});
    assert_eq!(world.script.body(1), said);
}

#[tokio::test]
async fn rep_assigned_while_the_ai_was_thinking_is_taken() {
    for (assignee, handles, spoken) in [
        (Some("tea_ai"), false, true),
        (Some("tea_rep"), false, false),
        (Some("tea_rep"), true, false),
        (None, false, false),
        (None, true, true),
    ] {
        let config = desk_config();
        let config = if handles { config.handling_unassigned() } else { config };
        let world = World::with(config);
        world.script.json(conversation(assignee)).answer(202, &[], TAKEN);
        let sent = world.channel().send(&outbound("Hi")).await;
        match sent {
            Ok(_) => assert!(spoken, "{assignee:?} {handles}"),
            Err(error) => {
                assert_eq!((error.kind(), spoken), (ErrorKind::Taken, false), "{assignee:?}");
                assert_eq!(world.script.lines().len(), 1);
            }
        }
    }
}

#[tokio::test]
async fn what_belongs_to_a_handoff_may_be_said_after_it() {
    // Whichever process did the handoff: that a person is waited for comes with the reply.
    for (control, spoken) in [(Holder::Nobody, true), (Holder::Assistant, false)] {
        let world = World::new();
        let farewell = Outbound { control, ..outbound("A colleague will take it from here.") };
        world.script.json(conversation(None)).answer(202, &[], TAKEN);
        let sent = world.channel().send(&farewell).await;
        assert_eq!(sent.err().map(|error| error.kind()), (!spoken).then_some(ErrorKind::Taken));
        // A person has it by now.
        let world = World::new();
        world.script.json(conversation(Some("tea_rep")));
        let error = world.channel().send(&farewell).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Taken);
    }
}

#[tokio::test]
async fn no_reply_is_begun_for_which_the_company_has_no_call_left() {
    let world = World::new();
    let reset = now().timestamp() + 30;
    let told = |remaining: &str| {
        [
            ("x-ratelimit-limit".to_owned(), "50".to_owned()),
            ("x-ratelimit-remaining".to_owned(), remaining.to_owned()),
            ("x-ratelimit-reset".to_owned(), reset.to_string()),
        ]
    };
    let told = told("1");
    let told = told.each_ref().map(|(name, value)| (name.as_str(), value.as_str()));
    world.script.answer(200, &told, r#"{"id":"cmp_1"}"#);
    world.front.client().me().await.unwrap();
    // One call is left, and a reply takes two.
    let error = world.channel().send(&outbound("Hi")).await.unwrap_err();
    let after = Some(std::time::Duration::from_secs(31));
    assert_eq!(error.retry(), Retry::Later { after, scope: RetryScope::Account });
    assert_eq!((error.kind(), world.script.lines().len()), (ErrorKind::RateLimited, 1));
}

#[tokio::test]
async fn a_merged_conversation_is_answered_where_it_is_now() {
    let world = World::new();
    let to = "https://acme.api.frontapp.com/conversations/cnv_new";
    let mut merged = conversation(Some("tea_ai"));
    merged["id"] = json!("cnv_new");
    world.script.answer(301, &[("location", to)], "").json(merged).answer(202, &[], TAKEN);
    world.channel().send(&outbound("Hi")).await.unwrap();
    assert_eq!(world.script.lines()[2], "POST /conversations/cnv_new/messages");
    // Not to whomever that one is with.
    assert_eq!(world.script.body(2)["to"], json!([CUSTOMER]));
    world.script.json(conversation(Some("tea_ai"))).answer(202, &[], TAKEN);
    world.channel().send(&outbound("Hi")).await.unwrap();
    assert_eq!(world.script.body(4)["to"], json!(null));
}

#[tokio::test]
async fn a_reply_is_not_followed_to_what_the_conversation_was_merged_into_meanwhile() {
    let world = World::new();
    let to = "https://acme.api.frontapp.com/conversations/cnv_new/messages";
    world.script.json(conversation(Some("tea_ai"))).answer(301, &[("location", to)], "");
    let error = world.channel().send(&outbound("Hi")).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Later { .. }), "it begins again with a look: {error:?}");
    assert_eq!(error.code(), Some("merged"));
    assert_eq!(world.script.lines().len(), 2, "whomever that one is with gets nothing");
}

#[tokio::test]
async fn conversation_deleted_or_spam_is_closed() {
    for status in ["deleted", "spam"] {
        let world = World::new();
        let mut gone = conversation(Some("tea_ai"));
        gone["status"] = json!(status);
        world.script.json(gone);
        let error = world.channel().send(&outbound("Hi")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed, "{status}");
    }
}

#[tokio::test]
async fn front_404_teammate_is_a_precise_config_error() {
    let world = World::new();
    world.script.json(conversation(Some("tea_ai"))).status(404);
    let error = world.channel().send(&outbound("Hi")).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Config, Some("teammate_id")));
    assert_eq!(error.retry(), Retry::Never);
}

#[tokio::test]
async fn front_401_and_403_stop_without_a_second_call() {
    for (status, kind) in [(401, ErrorKind::Unauthorized), (403, ErrorKind::Forbidden)] {
        let world = World::new();
        world.script.status(status);
        let error = world.channel().send(&outbound("Hi")).await.unwrap_err();
        assert_eq!((error.kind(), error.retry()), (kind, Retry::Never));
        assert_eq!(world.script.lines().len(), 1);
    }
}

#[tokio::test]
async fn a_lost_answer_is_unsure_and_a_lost_look_is_not() {
    let world = World::new();
    world.script.fail(TransportError::Timeout);
    let error = world.channel().send(&outbound("Hi")).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Later { .. }));
    world.script.json(conversation(Some("tea_ai"))).fail(TransportError::Timeout);
    let error = world.channel().send(&outbound("Hi")).await.unwrap_err();
    assert_eq!(error.retry(), Retry::Unsure);
}

#[tokio::test]
async fn a_mail_is_html_and_plain_text_besides() {
    let world = World::new();
    world.script.json(conversation(Some("tea_ai"))).answer(202, &[], TAKEN);
    let to = Identity::new(Identity::EMAIL, "a@b.example", Proof::ChannelProven);
    world.channel().send(&Outbound { to, ..outbound("2 < 3\nyes") }).await.unwrap();
    let body = world.script.body(1);
    assert_eq!(body["body"], "<p>2 &lt; 3<br>yes</p>");
    assert_eq!(body["text"], "2 < 3\nyes");
}

#[tokio::test]
async fn front_413_is_avoided_by_links_in_place_of_files() {
    let world = World::new();
    world.script.json(conversation(Some("tea_ai"))).answer(202, &[], TAKEN);
    let media = vec!["https://relay.example/files/1".parse().unwrap()];
    world.channel().send(&Outbound { media, ..outbound("See") }).await.unwrap();
    assert_eq!(world.script.body(1)["body"], "See\n\nhttps://relay.example/files/1");
}

#[tokio::test]
async fn the_full_text_is_one_part_and_what_cannot_be_sent_is_refused_before_any_io() {
    let world = World::new();
    let channel = world.channel();
    let long = "👩\u{200d}👩\u{200d}👧 العربية ".repeat(300);
    let parts = channel.parts(&Message::new(1, Speaker::Assistant, long.as_str(), now()));
    assert_eq!(parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>(), [long.trim()]);
    let strange = Outbound {
        thread: handover_core::thread::Thread::channel(channel.id(), "x/../y"),
        ..outbound("Hi")
    };
    for (outbound, kind) in [
        (outbound(&"é".repeat(MAX_CHARS + 1)), ErrorKind::TooLong),
        (outbound(" \n"), ErrorKind::Invalid),
        (strange, ErrorKind::Invalid),
    ] {
        let error = channel.send(&outbound).await.unwrap_err();
        assert_eq!((error.kind(), error.retry()), (kind, Retry::Never));
    }
    assert!(world.script.lines().is_empty());
    let can = channel.capabilities();
    assert_eq!(can.hosted_by.as_ref(), Some(&desk_config().desk));
    assert!(can.lookup && can.receipts);
    assert_eq!(can.account.id.as_str(), "front-front");
}

fn list(rows: &[Value]) -> Value {
    json!({"_results": rows, "_pagination": {"next": null}})
}

fn row(id: &str, text: &str, seconds: i64) -> Value {
    message(id, Some("tea_ai"), text, seconds)
}

async fn found(rows: &[Value], attempt: &Attempt) -> Found {
    let world = World::new();
    world.script.json(list(rows));
    world.channel().find(&outbound("It's fine"), attempt).await.unwrap()
}

#[tokio::test]
async fn an_uncertain_reply_is_found_among_the_conversations_messages() {
    let attempt = again(outbound("").key, TimeDelta::seconds(5));
    let mut failed = row("msg_3", "It's fine", 2);
    failed["error_type"] = json!("undeliverable");
    for (rows, state) in [
        (vec![row("msg_3", "It’s fine ", 2)], Some(DeliveryState::Sent)),
        (vec![failed], Some(DeliveryState::Failed)),
        (vec![message("msg_3", Some("tea_rep"), "It's fine", 2)], None),
        (vec![message("msg_3", None, "It's fine", 2)], None),
        (vec![row("msg_3", "Something else", 2)], None),
        (vec![row("msg_3", "It's fine", -3600)], None),
    ] {
        match (found(&rows, &attempt).await, state) {
            (Found::Sent(receipt), Some(state)) => {
                assert_eq!(receipt.delivery.state, state);
                assert_eq!(receipt.delivery.provider_id.as_deref(), Some("msg_3"));
            }
            (Found::Unknown { again_after: Some(_) }, None) => {}
            (other, _) => panic!("{other:?} {rows:?}"),
        }
    }
    // The earliest is it.
    let rows = [row("msg_4", "It's fine", 9), row("msg_3", "It's fine", 2)];
    let Found::Sent(receipt) = found(&rows, &attempt).await else { panic!() };
    assert_eq!(receipt.delivery.provider_id.as_deref(), Some("msg_3"));
}

#[tokio::test]
async fn not_there_counts_once_the_list_has_settled() {
    let key = outbound("").key;
    let Found::Unknown { again_after: Some(after) } =
        found(&[], &again(key, TimeDelta::seconds(30))).await
    else {
        panic!()
    };
    assert_eq!(after.as_secs(), 60);
    assert_eq!(found(&[], &again(key, TimeDelta::seconds(90))).await, Found::NotSent);
}

#[tokio::test]
async fn what_another_message_accounts_for_is_not_it() {
    let key = outbound("").key;
    let base = again(key, TimeDelta::seconds(90));
    let rows = [row("msg_3", "It's fine", 2)];
    let by_id = Attempt { accounted: vec!["msg_3".into()], ..base.clone() };
    assert_eq!(found(&rows, &by_id).await, Found::NotSent);
    // Known by the name under which Front took it.
    let world = World::new();
    world.script.json(list(&rows)).json(row("msg_3", "It's fine", 2)).status(404);
    let by_uid = Attempt { accounted: vec!["uid0".into(), "uid1".into()], ..base };
    let found = world.channel().find(&outbound("It's fine"), &by_uid).await.unwrap();
    assert_eq!(found, Found::NotSent);
    assert_eq!(world.script.lines()[1], "GET /messages/alt:uid:uid1");
}

#[tokio::test]
async fn a_conversation_too_full_to_read_leaves_it_unknown() {
    let rows: Vec<Value> = (0..200).map(|n| row(&format!("msg_{n}x"), "other", 100)).collect();
    let attempt = again(outbound("").key, TimeDelta::hours(1));
    assert_eq!(found(&rows, &attempt).await, Found::Unknown { again_after: None });
}

#[tokio::test]
async fn files_are_fetched_from_fronts_hosts_only_with_the_token() {
    let world = World::new();
    world.script.answer(200, &[("content-type", "image/png")], "png");
    let url = "https://acme.api.frontapp.com/download/fil_1";
    let body = world.channel().fetch(url, 100).await.unwrap();
    assert_eq!(body.bytes(100).await.unwrap(), "png");
    assert_eq!(world.script.header(0, "authorization").unwrap(), format!("Bearer {TOKEN}"));
    world.script.answer(200, &[], "png");
    world.channel().fetch("/download/fil_2", 100).await.unwrap();
    assert_eq!(world.script.lines()[1], "GET /download/fil_2");
    for foreign in [
        "https://evil.example/download/fil_1",
        "http://acme.api.frontapp.com/download/fil_1",
        "https://acme.api.frontapp.com:444/download/fil_1",
        "https://u:p@acme.api.frontapp.com/download/fil_1",
        "https://api2.frontapp.com/teammates",
        "http://169.254.169.254/download/x",
        "file:///etc/passwd",
        "/conversations/cnv_1",
        "",
    ] {
        let error = world.channel().fetch(foreign, 100).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.retry()),
            (ErrorKind::Forbidden, Retry::Never),
            "{foreign}"
        );
    }
    assert_eq!(world.script.lines().len(), 2);
}

#[tokio::test]
async fn media_302_to_another_host_401_404_endless_stream() {
    let url = "https://acme.api.frontapp.com/download/fil_1";
    let world = World::new();
    world.script.answer(302, &[("location", "https://files.example/x?sig=1")], "");
    world.script.answer(200, &[], "png");
    world.channel().fetch(url, 100).await.unwrap();
    assert_eq!(world.script.lines()[1], "GET https://files.example/x?sig=1");
    assert_eq!(world.script.header(1, "authorization"), None);
    for to in ["http://files.example/x", "https://127.0.0.1/x", "https://u@files.example/x"] {
        world.script.answer(302, &[("location", to)], "");
        let error = world.channel().fetch(url, 100).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{to}");
    }
    for (status, kind) in [(401, ErrorKind::Unauthorized), (404, ErrorKind::NotFound)] {
        world.script.status(status);
        assert_eq!(world.channel().fetch(url, 100).await.unwrap_err().kind(), kind);
    }
    world.script.answer(200, &[("content-length", "101")], "");
    assert!(world.channel().fetch(url, 100).await.is_err());
    world.script.answer(200, &[], &"x".repeat(101));
    let body = world.channel().fetch(url, 100).await.unwrap();
    assert_eq!(body.bytes(1000).await.unwrap_err(), TransportError::TooLarge);
}

#[test]
fn nothing_shows_a_secret_or_an_address() {
    let world = World::new();
    let shown = format!("{:?} {:?} {:?}", world.front, world.channel(), world.front.client());
    assert!(!shown.contains("canary"), "{shown}");
    let _ = (ConversationId::new(CNV).unwrap(), teammate());
}
