use bytes::Bytes;
use handover_core::error::{ErrorKind, Retry, RetryScope};
use handover_core::transport::TransportError;
use serde_json::json;

use super::NewMessage;
use crate::Attachment;
use crate::ids::ConversationId;
use crate::testing::{CNV, TOKEN, World, conversation, message, teammate};

fn cnv() -> ConversationId {
    ConversationId::new(CNV).unwrap()
}

#[tokio::test]
async fn a_reply_is_one_post_that_leaves_the_conversation_open() {
    let world = World::new();
    let client = world.front.client();
    world.script.answer(202, &[], r#"{"status":"accepted","message_uid":"uid1"}"#);
    let sent = client.reply(&cnv(), &NewMessage::new(teammate(), "Hi")).await.unwrap();
    assert_eq!(&*sent.message_uid, "uid1");
    assert_eq!(world.script.lines(), ["POST /conversations/cnv_abc/messages"]);
    let said = json!({"body": "Hi", "author_id": "tea_ai", "options": {"archive": false}});
    assert_eq!(world.script.body(0), said);
    assert_eq!(world.script.header(0, "authorization").unwrap(), format!("Bearer {TOKEN}"));
}

#[tokio::test]
async fn files_go_as_a_form() {
    let world = World::new();
    world.script.answer(202, &[], r#"{"message_uid":"uid1"}"#);
    let mut message = NewMessage::new(teammate(), "See");
    let bytes = Bytes::from_static(b"png");
    message.attachments.push(Attachment {
        name: "a.png".into(),
        media_type: "image/png".into(),
        bytes,
    });
    world.front.client().reply(&cnv(), &message).await.unwrap();
    assert!(world.script.header(0, "content-type").unwrap().starts_with("multipart/form-data; "));
    let body = world.script.raw(0);
    assert!(body.contains("name=\"options[archive]\"\r\n\r\nfalse"), "{body}");
    assert!(body.contains("filename=\"a.png\""), "{body}");
}

#[tokio::test]
async fn front_5xx_time_out_or_dropped_link_before_and_after_the_request_was_written() {
    let never_sent = Retry::Later { after: None, scope: RetryScope::Job };
    for (error, retry) in [
        (TransportError::Connect, never_sent),
        (TransportError::Timeout, Retry::Unsure),
        (TransportError::Reset, Retry::Unsure),
        (TransportError::TooLarge, Retry::Unsure),
        (TransportError::Refused, Retry::Never),
    ] {
        let world = World::new();
        world.script.fail(error);
        let failed = world.front.client().reply(&cnv(), &NewMessage::new(teammate(), "x")).await;
        assert_eq!(failed.unwrap_err().retry(), retry, "{error:?}");
    }
    for (status, body) in [(500, ""), (502, "<html>"), (202, ""), (202, "{}"), (202, "<html>")] {
        let world = World::new();
        world.script.answer(status, &[], body);
        let failed = world.front.client().reply(&cnv(), &NewMessage::new(teammate(), "x")).await;
        assert_eq!(failed.unwrap_err().retry(), Retry::Unsure, "{status} {body}");
    }
}

#[tokio::test]
async fn a_merged_conversation_is_followed_on_fronts_hosts_only_and_never_in_a_circle() {
    let world = World::new();
    let to = |location: &str| {
        world.script.answer(301, &[("location", location)], "");
    };
    to("https://acme.api.frontapp.com/conversations/cnv_new");
    world.script.json(json!({"id": "cnv_new", "status": "assigned"}));
    let standing = world.front.client().conversation(&cnv()).await.unwrap();
    assert_eq!(standing.id.as_str(), "cnv_new");
    assert_eq!(world.script.header(1, "authorization").unwrap(), format!("Bearer {TOKEN}"));
    // A write keeps its method and body.
    to("/conversations/cnv_new/comments");
    world.script.answer(201, &[], r#"{"id":"com_1"}"#);
    world.front.client().comment(&cnv(), &teammate(), "note").await.unwrap();
    assert_eq!(world.script.lines()[3], "POST /conversations/cnv_new/comments");
    assert_eq!(world.script.body(3)["body"], "note");
    let before = world.script.lines().len();
    for astray in [
        "https://evil.example/conversations/cnv_new",
        "http://api2.frontapp.com/conversations/cnv_new",
        "https://api2.frontapp.com/teammates/tea_1",
        "//evil.example/conversations/cnv_new",
    ] {
        to(astray);
        let error = world.front.client().conversation(&cnv()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{astray}");
    }
    assert_eq!(world.script.lines().len(), before + 4, "nobody was asked astray");
    // Merged and merged again.
    to("/conversations/cnv_new");
    to("/conversations/cnv_newer");
    world.script.json(json!({"id": "cnv_newer", "status": "assigned"}));
    let standing = world.front.client().conversation(&cnv()).await.unwrap();
    assert_eq!(standing.id.as_str(), "cnv_newer");
    // In a circle.
    for _ in 0..=super::MERGES {
        to("/conversations/cnv_new");
    }
    let error = world.front.client().conversation(&cnv()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(world.script.is_done());
}

#[tokio::test]
async fn pagination_next_on_a_foreign_host_by_http_or_in_a_loop_is_refused() {
    let page = |next: Option<&str>| json!({"_results": [message("msg_1", None, "x", 0)], "_pagination": {"next": next}});
    for astray in [
        "https://evil.example/conversations/cnv_abc/messages?page_token=2",
        "http://api2.frontapp.com/conversations/cnv_abc/messages?page_token=2",
        "https://user:pw@api2.frontapp.com/x",
        "//evil.example/x",
    ] {
        let world = World::new();
        world.script.json(page(Some(astray)));
        let error = world.front.client().messages(&cnv(), 10).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{astray}");
        assert_eq!(world.script.lines().len(), 1);
    }
    let world = World::new();
    let next = "https://acme.api.frontapp.com/conversations/cnv_abc/messages?page_token=2";
    world.script.json(page(Some(next))).json(page(None));
    assert_eq!(world.front.client().messages(&cnv(), 10).await.unwrap().len(), 2);
    assert_eq!(world.script.lines()[1], "GET /conversations/cnv_abc/messages?page_token=2");
    let world = World::new();
    world.script.json(page(Some(next))).json(page(Some(next)));
    let error = world.front.client().messages(&cnv(), 10).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    // Pages without end and without anything on them.
    let world = World::new();
    for n in 0..=super::conversations::MAX_PAGES {
        let next =
            format!("https://api2.frontapp.com/conversations/cnv_abc/messages?page_token={n}");
        world.script.json(json!({"_results": [], "_pagination": {"next": next}}));
    }
    let error = world.front.client().messages(&cnv(), 10).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(world.script.is_done());
}

#[tokio::test]
async fn aliases_are_escaped() {
    let world = World::new();
    world.script.status(404).json(json!({"id": "crd_1"}));
    let client = world.front.client();
    assert!(client.contact("phone", "+14155550100").await.unwrap().is_none());
    assert!(client.contact("email", "a/b@c.example").await.unwrap().is_some());
    let lines =
        ["GET /contacts/alt:phone:%2B14155550100", "GET /contacts/alt:email:a%2Fb%40c.example"];
    assert_eq!(world.script.lines(), lines);
}

#[tokio::test]
async fn conflict_409_on_contact_create_reads_the_existing_one() {
    let world = World::new();
    world.script.status(409).json(json!({"id": "crd_7", "name": "Ann"}));
    let contact = world.front.client().create_contact("phone", "+14155550100", None).await.unwrap();
    assert_eq!(contact.id, "crd_7");
    assert_eq!(world.script.lines()[1], "GET /contacts/alt:phone:%2B14155550100");
}

#[tokio::test]
async fn the_budget_is_what_the_last_answer_said() {
    let world = World::new();
    assert_eq!(world.front.client().budget(), None);
    let headers = [("x-ratelimit-limit", "50"), ("x-ratelimit-remaining", "3")];
    world.script.answer(200, &headers, &conversation(None).to_string());
    world.front.client().conversation(&cnv()).await.unwrap();
    let budget = world.front.client().budget().unwrap();
    assert_eq!((budget.limit, budget.remaining), (50, 3));
}
