//! What goes over the wire, byte for byte, through the real HTTP client.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use handover_core::channel::{Attempt, Channel as _, Found, Outbound};
use handover_core::clock::Clock;
use handover_core::desk::{About, Case, Desk as _, Entry};
use handover_core::error::{ErrorKind, Retry, RetryScope};
use handover_core::feed::{Feed as _, Scope};
use handover_core::id::{ChannelId, DeskId, EventId, Key, SessionId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::message::Speaker;
use handover_core::thread::Thread;
use handover_core::transport::TransportError;
use handover_front::ids::{ConversationId, InboxId, TagId, TeammateId};
use handover_front::{
    Attachment, Client, Config, DeskConfig, Front, HostedChannel, NewMessage, OAuth,
};
use handover_reqwest::Limits;
use serde_json::{Value, json};
use url::Url;
use wiremock::matchers::{body_json, body_string, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }
}

fn http() -> Arc<handover_reqwest::Client> {
    let short = Duration::from_millis(400);
    let limits = Limits { connect: short, read: short, ..Limits::default() };
    Arc::new(handover_reqwest::Client::new(limits).unwrap())
}

fn front(server: &MockServer) -> Front {
    let url = Url::parse(&server.uri()).unwrap();
    let login = Config::new("token".into()).unwrap().with_api_url(url).unwrap();
    let config = DeskConfig::new(DeskId::new("front").unwrap(), teammate())
        .unwrap()
        .with_channel(&ChannelId::new("front-sms").unwrap(), [InboxId::new("inb_sms").unwrap()]);
    Front::new(Client::new(&login, http(), Arc::new(Noon)).unwrap(), config.unwrap())
}

fn channel(server: &MockServer) -> HostedChannel {
    front(server).channels().remove(0)
}

fn teammate() -> TeammateId {
    TeammateId::new("tea_ai").unwrap()
}

fn cnv() -> ConversationId {
    ConversationId::new("cnv_1").unwrap()
}

fn outbound() -> Outbound {
    let session = SessionId::derive(&TenantId::new("t").unwrap(), &EventId::new("f", "1"));
    Outbound {
        key: Key::send(session, 2, 0),
        thread: Thread::channel(&ChannelId::new("front-sms").unwrap(), "cnv_1"),
        to: Identity::tel("+14155550123", Proof::ChannelProven).unwrap(),
        text: "Hi & \"2+2\" 😀".into(),
        media: Vec::new(),
        control: handover_core::event::Holder::Assistant,
    }
}

fn conversation() -> Value {
    json!({"id": "cnv_1", "status": "assigned", "assignee": {"id": "tea_ai"}})
}

async fn conversation_stands(server: &MockServer) {
    Mock::given(method("GET"))
        .and(path("/conversations/cnv_1"))
        .and(header("authorization", "Bearer token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(conversation()))
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_reply_is_this_request() {
    let server = MockServer::start().await;
    conversation_stands(&server).await;
    Mock::given(method("POST"))
        .and(path("/conversations/cnv_1/messages"))
        .and(header("authorization", "Bearer token"))
        .and(header("content-type", "application/json"))
        .and(body_json(json!({"body": "Hi & \"2+2\" 😀", "author_id": "tea_ai",
            "options": {"archive": false}})))
        .respond_with(ResponseTemplate::new(202).set_body_json(json!({"message_uid": "uid1"})))
        .expect(1)
        .mount(&server)
        .await;
    let receipt = channel(&server).send(&outbound()).await.unwrap();
    assert_eq!(receipt.delivery.provider_id.as_deref(), Some("uid1"));
}

#[tokio::test]
async fn files_go_as_a_form_of_parts() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/conversations/cnv_1/messages"))
        .and(|request: &wiremock::Request| {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            let kind = request.headers["content-type"].to_str().unwrap_or_default().to_owned();
            kind.starts_with("multipart/form-data; boundary=")
                && body.contains("name=\"author_id\"\r\n\r\ntea_ai\r\n")
                && body.contains("name=\"attachments[0]\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\npng\r\n")
        })
        .respond_with(ResponseTemplate::new(202).set_body_json(json!({"message_uid": "uid1"})))
        .expect(1)
        .mount(&server)
        .await;
    let mut message = NewMessage::new(teammate(), "See");
    let (name, media_type) = ("a.png".to_owned(), "image/png".to_owned());
    message.attachments.push(Attachment { name, media_type, bytes: "png".into() });
    front(&server).client().reply(&cnv(), &message).await.unwrap();
}

#[tokio::test]
async fn writes_are_these_requests() {
    let server = MockServer::start().await;
    let expect = |verb: &str, at: &str, body: Value, status| {
        let answer = ResponseTemplate::new(status);
        let answer = match status {
            201 => answer.set_body_json(json!({"id": "com_1"})),
            _ => answer,
        };
        Mock::given(method(verb)).and(path(at)).and(body_json(body)).respond_with(answer).expect(1)
    };
    let comment = json!({"author_id": "tea_ai", "body": "x"});
    for mock in [
        expect("POST", "/conversations/cnv_1/comments", comment, 201),
        expect("PUT", "/conversations/cnv_1/assignee", json!({"assignee_id": null}), 204),
        expect("POST", "/conversations/cnv_1/tags", json!({"tag_ids": ["tag_1"]}), 204),
        expect("PATCH", "/conversations/cnv_1", json!({"status": "archived"}), 204),
    ] {
        mock.mount(&server).await;
    }
    let front = front(&server);
    let client = front.client();
    client.comment(&cnv(), &teammate(), "x").await.unwrap();
    client.assign(&cnv(), None).await.unwrap();
    client.tag(&cnv(), &[TagId::new("tag_1").unwrap()]).await.unwrap();
    client.archive(&cnv()).await.unwrap();
}

#[tokio::test]
async fn aliases_and_filters_arrive_as_they_were_meant() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(|request: &wiremock::Request| {
            request.url.path() == "/contacts/alt:phone:%2B14155550123"
        })
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"id": "crd_1"})))
        .expect(1)
        .mount(&server)
        .await;
    let front = front(&server);
    front.client().contact("phone", "+14155550123").await.unwrap().unwrap();
    Mock::given(method("GET"))
        .and(path("/events"))
        .and(query_param("limit", "15"))
        .and(query_param("q[after]", "1795175400.000"))
        .and(query_param("q[inboxes][]", "inb_sms"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"_results": []})))
        .expect(1)
        .mount(&server)
        .await;
    let page = front.pull(&Scope::All, None).await.unwrap();
    assert!(!page.more);
}

#[tokio::test]
async fn no_redirect_is_followed_but_a_merged_conversations_and_that_here_only() {
    let server = MockServer::start().await;
    let elsewhere = MockServer::start().await;
    let to = format!("{}/conversations/cnv_2", elsewhere.uri());
    Mock::given(path("/conversations/cnv_1"))
        .respond_with(ResponseTemplate::new(301).insert_header("location", to.as_str()))
        .mount(&server)
        .await;
    let error = front(&server).client().conversation(&cnv()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
    server.reset().await;
    let to = format!("{}/conversations/cnv_2", server.uri());
    Mock::given(path("/conversations/cnv_1"))
        .respond_with(ResponseTemplate::new(301).insert_header("location", to.as_str()))
        .mount(&server)
        .await;
    Mock::given(path("/conversations/cnv_2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"id": "cnv_2"})))
        .mount(&server)
        .await;
    let standing = front(&server).client().conversation(&cnv()).await.unwrap();
    assert_eq!(standing.id.as_str(), "cnv_2");
}

#[tokio::test]
async fn a_send_without_an_answer_is_unsure_and_is_looked_for() {
    let server = MockServer::start().await;
    conversation_stands(&server).await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(202).set_delay(Duration::from_secs(3)))
        .mount(&server)
        .await;
    let channel = channel(&server);
    let error = channel.send(&outbound()).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Network, Retry::Unsure));
    let row = json!({"id": "msg_1", "type": "sms", "is_inbound": false, "body": "Hi & \"2+2\" 😀",
        "created_at": Noon.now().timestamp(), "author": {"id": "tea_ai"}});
    Mock::given(method("GET"))
        .and(path("/conversations/cnv_1/messages"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"_results": [row]})))
        .mount(&server)
        .await;
    let attempt = Attempt { number: 2, tried: true, ..Attempt::first(outbound().key, Noon.now()) };
    let found = channel.find(&outbound(), &attempt).await.unwrap();
    assert!(matches!(found, Found::Sent(_)), "{found:?}");
}

#[tokio::test]
async fn a_resource_that_is_called_too_fast_pauses_alone() {
    for (tier, scope) in [(Some("1"), RetryScope::Resource), (None, RetryScope::Account)] {
        let server = MockServer::start().await;
        let mut answer = ResponseTemplate::new(429).insert_header("retry-after", "3");
        if let Some(tier) = tier {
            answer = answer.insert_header("x-front-tier", tier);
        }
        Mock::given(method("POST")).respond_with(answer).mount(&server).await;
        let session = SessionId::derive(&TenantId::new("t").unwrap(), &EventId::new("f", "1"));
        let entry = Entry {
            key: Key::entry(session, 3),
            seq: 3,
            author: Speaker::Relay,
            at: Noon.now(),
            text: "note".into(),
            files: Vec::new(),
            link: None,
            undelivered: None,
        };
        let attempt = Attempt::first(entry.key, Noon.now());
        let error = front(&server)
            .append(&Case::new("cnv_1"), &about(), &[entry], &attempt)
            .await
            .unwrap_err();
        let after = Some(Duration::from_secs(3));
        assert_eq!(error.retry(), Retry::Later { after, scope });
    }
}

#[tokio::test]
async fn a_login_is_basic_and_a_form() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/oauth/token"))
        .and(header("authorization", "Basic YXBwOnNlY3JldA=="))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string("grant_type=refresh_token&refresh_token=re%2Ffresh"))
        .respond_with(ResponseTemplate::new(200).set_body_json(
            json!({"access_token": "access", "refresh_token": "re/fresh", "expires_at": 1_795_180_000}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/me"))
        .and(header("authorization", "Bearer access"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"id": "cmp_1"})))
        .expect(2)
        .mount(&server)
        .await;
    let base = Url::parse(&server.uri()).unwrap();
    let oauth = OAuth::new("app", "secret".into(), "re/fresh".into()).unwrap();
    let oauth = oauth.with_token_url(base.join("/oauth/token").unwrap()).unwrap();
    let login = Config::with_oauth(oauth).with_api_url(base).unwrap();
    let client = Client::new(&login, http(), Arc::new(Noon)).unwrap();
    client.me().await.unwrap();
    client.me().await.unwrap();
}

#[tokio::test]
async fn an_endless_file_ends_at_the_limit() {
    let server = MockServer::start().await;
    Mock::given(path("/download/fil_1"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(vec![0; 200_000]))
        .mount(&server)
        .await;
    let error = channel(&server).fetch("/download/fil_1", 1_000).await;
    let error = match error {
        Ok(body) => body.bytes(1 << 20).await.unwrap_err(),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Protocol);
            TransportError::TooLarge
        }
    };
    assert_eq!(error, TransportError::TooLarge);
}

fn about() -> About {
    About {
        session: outbound().key.sent().unwrap().0,
        channel: ChannelId::new("front-sms").unwrap(),
        customer: outbound().to,
        link: None,
        first_words: String::new(),
    }
}
