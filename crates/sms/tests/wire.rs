//! What goes over the wire, byte for byte, through the real HTTP client.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use handover_core::channel::{Attempt, Channel, Found, Outbound};
use handover_core::clock::Clock;
use handover_core::error::{ErrorKind, Retry};
use handover_core::feed::{Feed, Scope};
use handover_core::id::{ChannelId, EventId, Key, SessionId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::message::DeliveryState;
use handover_core::thread::Thread;
use handover_core::transport::TransportError;
use handover_reqwest::{Client, Limits};
use handover_sms::twilio::{Config, Twilio};
use serde_json::json;
use url::Url;
use wiremock::matchers::{basic_auth, body_string, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const MESSAGES: &str = "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json";
const OURS: &str = "+12025550100";
const CUSTOMER: &str = "+14155550123";

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }
}

fn twilio(server: &MockServer) -> Twilio {
    let limits = Limits { read: Duration::from_millis(300), ..Limits::default() };
    let config = Config::new(
        ChannelId::new("sms-us").unwrap(),
        ACCOUNT,
        vec!["token".into()],
        OURS,
        Url::parse("https://relay.example/channels/sms-us").unwrap(),
    )
    .unwrap()
    .with_api_url(Url::parse(&server.uri()).unwrap())
    .unwrap();
    Twilio::new(config, Arc::new(Client::new(limits).unwrap()), Arc::new(Noon))
}

fn outbound() -> Outbound {
    let session = SessionId::derive(&TenantId::new("t").unwrap(), &EventId::new("sms-us", "SM1"));
    let channel = ChannelId::new("sms-us").unwrap();
    Outbound {
        key: Key::send(session, 4, 0),
        thread: Thread::channel(&channel, format!("{OURS}|{CUSTOMER}")),
        to: Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap(),
        text: "Hi & 2+2".into(),
        media: Vec::new(),
        control: handover_core::event::Holder::Assistant,
    }
}

fn message() -> serde_json::Value {
    json!({"sid": "SM00000000000000000000000000000001", "status": "queued", "body": "Hi & 2+2",
        "direction": "outbound-api", "from": OURS, "to": CUSTOMER, "num_media": "0",
        "date_created": "Fri, 20 Nov 2026 11:59:55 +0000", "date_sent": null,
        "error_code": null, "messaging_service_sid": null})
}

#[tokio::test]
async fn a_send_is_this_request() {
    let server = MockServer::start().await;
    let key = outbound().key;
    let form = format!(
        "To=%2B14155550123&From=%2B12025550100&Body=Hi+%26+2%2B2&StatusCallback=\
         https%3A%2F%2Frelay.example%2Fchannels%2Fsms-us%2Fstatus%3Fkey%3D{key}"
    );
    Mock::given(method("POST"))
        .and(path(MESSAGES))
        .and(basic_auth(ACCOUNT, "token"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string(form))
        .respond_with(ResponseTemplate::new(201).set_body_json(message()))
        .expect(1)
        .mount(&server)
        .await;
    let receipt = twilio(&server).send(&outbound()).await.unwrap();
    assert_eq!(receipt.delivery.state, DeliveryState::Accepted);
}

#[tokio::test]
async fn a_refusal_is_read_and_never_shown() {
    let server = MockServer::start().await;
    let body = json!({"code": 21610, "message": format!("{CUSTOMER} unsubscribed"), "status": 400});
    let answer = ResponseTemplate::new(400)
        .set_body_json(body)
        .insert_header("twilio-request-id", "RQ00000000000000000000000000000001");
    Mock::given(method("POST")).respond_with(answer).expect(1).mount(&server).await;
    let error = twilio(&server).send(&outbound()).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::OptedOut, Retry::Never));
    assert_eq!(
        error.to_string(),
        "the recipient has opted out and has to text START (code 21610) \
         [request RQ00000000000000000000000000000001]"
    );
}

#[tokio::test]
async fn a_send_without_an_answer_is_unsure_and_then_found() {
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(201).set_delay(Duration::from_secs(1));
    Mock::given(method("POST")).respond_with(slow).expect(1).mount(&server).await;
    Mock::given(method("GET"))
        .and(path(MESSAGES))
        .and(query_param("To", CUSTOMER))
        .and(query_param("From", OURS))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"messages": [message()], "next_page_uri": null})),
        )
        .expect(1)
        .mount(&server)
        .await;
    let twilio = twilio(&server);
    assert_eq!(twilio.send(&outbound()).await.unwrap_err().retry(), Retry::Unsure);
    let attempt = Attempt { number: 2, ..Attempt::first(outbound().key, Noon.now()) };
    let found = twilio.find(&outbound(), &attempt).await.unwrap();
    assert!(matches!(found, Found::Sent(_)), "{found:?}");
}

#[tokio::test]
async fn the_feed_follows_the_pages_with_their_tokens() {
    let server = MockServer::start().await;
    let row = |sid: &str| {
        json!({"sid": sid, "body": "Hello", "direction": "inbound", "from": CUSTOMER, "to": OURS,
            "status": "received", "num_media": "0", "date_sent": "Fri, 20 Nov 2026 11:58:00 +0000"})
    };
    let next = format!("{MESSAGES}?To=%2B12025550100&PageSize=100&Page=1&PageToken=PASM2");
    Mock::given(method("GET"))
        .and(path(MESSAGES))
        .and(query_param("DateSent>", "2026-11-20"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"messages": [row("SM2")], "next_page_uri": next})),
        )
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path(MESSAGES))
        .and(query_param("PageToken", "PASM2"))
        .and(basic_auth(ACCOUNT, "token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"messages": [row("SM1")]})))
        .expect(1)
        .mount(&server)
        .await;
    let page = twilio(&server).pull(&Scope::All, None).await.unwrap();
    assert_eq!(page.events.len(), 2);
}

#[tokio::test]
async fn a_file_is_fetched_from_storage_without_our_login() {
    let server = MockServer::start().await;
    let storage = MockServer::start().await;
    let location = format!("{}/file?sig=1", storage.uri());
    Mock::given(path("/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"))
        .and(basic_auth(ACCOUNT, "token"))
        .respond_with(ResponseTemplate::new(302).insert_header("location", location))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/file"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(vec![7; 4096]))
        .expect(2)
        .mount(&storage)
        .await;
    let reference = format!("{}/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1", server.uri());
    let body = twilio(&server).fetch(&reference, 4096).await.unwrap();
    assert_eq!(body.bytes(10_000).await.unwrap().len(), 4096);
    let asked = storage.received_requests().await.unwrap();
    assert!(!asked[0].headers.contains_key("authorization"));
    server.reset().await;
    let location = format!("{}/file", storage.uri());
    let redirect = ResponseTemplate::new(302).insert_header("location", location);
    Mock::given(method("GET")).respond_with(redirect).mount(&server).await;
    let error = twilio(&server).fetch(&reference, 4095).await.unwrap_err();
    assert_eq!(error.to_string(), TransportError::TooLarge.idempotent().to_string());
}
