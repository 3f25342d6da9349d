use std::sync::Arc;

use bytes::Bytes;
use handover_core::event::Fact;
use handover_core::webhook::{Rejection, Webhook as _};
use http::{HeaderMap, HeaderValue, Request};
use serde_json::json;

use super::{APP_KEY, APP_SECRET, RULE_SECRET, front};
use crate::canned::{self, Canned};
use crate::input::{self, Message};
use crate::{check, signing};

/// What an application's webhook and a rule's say, signed: something, or a refusal of what it says.
///
/// Input: `application` or `rule`, headers, the body.
pub(crate) fn webhook(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let message = Message::read(data);
    let by_rule = message.first.starts_with("rule");
    let mut request = post("", message.headers, message.body);
    sign(&mut request, if by_rule { None } else { Some(APP_KEY) });
    read(&request, data.len());
}

/// What a partner channel is told, signed.
///
/// Input: `POST` or `DELETE`, headers, the body.
pub(crate) fn channel(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let message = Message::read(data);
    let mut request = post("/channel", message.headers, message.body);
    if message.first.starts_with("DELETE") {
        *request.method_mut() = http::Method::DELETE;
    }
    sign(&mut request, Some(APP_SECRET));
    read(&request, data.len());
}

/// A mail's subject, its HTML and its plain text, as a person wrote them.
///
/// Input: the subject, an empty line, the HTML; behind `---` perhaps the plain text.
pub(crate) fn mail(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let parts = input::parts(data);
    let (subject, html) = input::cut(parts[0], b"\n\n").unwrap_or((b"", parts[0]));
    let text = parts.get(1).map(|text| String::from_utf8_lossy(text));
    let event = json!({"id": "evt_1", "type": "inbound", "emitted_at": 1_795_175_000.0,
        "conversation": {"id": "cnv_abc", "status": "unassigned",
            "recipient": {"handle": "ann@example.com", "role": "from"}},
        "source": {"_meta": {"type": "inboxes"}, "data": [{"id": "inb_sms"}]},
        "target": {"_meta": {"type": "message"}, "data": {"id": "msg_1", "type": "email",
            "is_inbound": true, "created_at": 1_795_175_000.0, "text": text,
            "body": String::from_utf8_lossy(html), "subject": String::from_utf8_lossy(subject),
            "recipients": [{"handle": "ann@example.com", "role": "from"}]}}});
    let body = event.to_string();
    let mut request = post("", HeaderMap::new(), body.as_bytes());
    sign(&mut request, None);
    let received = check::receive(&front(&Arc::new(Canned::new(b"500"))), &request);
    let Ok(received) = received else {
        assert!(body.len() > 1 << 20, "a mail is refused");
        return;
    };
    let [event] = &received.events[..] else {
        assert!(received.events.is_empty() && received.ignored == 1, "a mail is one fact, or none");
        return;
    };
    check::sound(&received.events, body.len());
    let Fact::Message(said) = &event.fact else { panic!("a mail is what somebody said") };
    assert!(said.text.len() <= 8 * (data.len() + 16), "a text is longer than its mail");
}

/// Nothing but the signature itself opens the door.
///
/// Input: a time or nothing, a signature of the input's own among the headers, the body.
pub(crate) fn signature(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let message = Message::read(data);
    let front = front(&Arc::new(Canned::new(b"500")));
    let is_open =
        |request: &Request<Bytes>| front.receive(request, canned::now()).is_ok_and(|_| true);
    let judged = |request: &Request<Bytes>| front.receive(request, canned::now()).err();
    for path in ["", "/channel"] {
        let mut guess = post(path, message.headers.clone(), message.body);
        if let Ok(time) = HeaderValue::from_str(&message.first) {
            guess.headers_mut().append(TIMESTAMP, time);
        }
        assert!(!is_open(&guess), "a guess is accepted");

        let key = if path.is_empty() { APP_KEY } else { APP_SECRET };
        let mut good = post(path, HeaderMap::new(), message.body);
        sign(&mut good, Some(key));
        assert_ne!(judged(&good), Some(Rejection::UNSIGNED), "a signature is refused");

        let mut longer = good.clone().map(|body| Bytes::from([&body[..], b" "].concat()));
        assert_eq!(judged(&longer), Some(Rejection::UNSIGNED), "another body is accepted");
        longer.headers_mut().remove(TIMESTAMP);
        assert_eq!(judged(&longer), Some(Rejection::UNSIGNED));

        // One scheme's key is none of the other's, nor the desk's the channel's.
        let mut other = post(path, HeaderMap::new(), message.body);
        sign(&mut other, Some(if path.is_empty() { APP_SECRET } else { APP_KEY }));
        assert_eq!(judged(&other), Some(Rejection::UNSIGNED), "another key's is accepted");
        let mut twice = good.clone();
        let again = good.headers()[SIGNATURE].clone();
        twice.headers_mut().append(SIGNATURE, again);
        assert!(judged(&twice).is_some(), "two signatures are accepted");
    }
}

fn read(request: &Request<Bytes>, input: usize) {
    let canned = Arc::new(Canned::new(b"500"));
    match check::receive(&front(&canned), request) {
        Ok(received) => {
            check::sound(&received.events, input);
            let soon = canned::now() + chrono::TimeDelta::seconds(1);
            assert!(received.events.iter().all(|event| event.at <= soon), "said in the future");
            assert!(received.response.body().len() <= 4 * input + 4_096);
        }
        Err(rejection) => assert_ne!(rejection, Rejection::UNSIGNED, "a signature is refused"),
    }
    assert!(canned.asked().is_empty(), "reading calls somebody");
}

fn post(path: &str, headers: HeaderMap, body: &[u8]) -> Request<Bytes> {
    let url = format!("https://relay.example/desks/front{path}");
    let mut request = Request::post(url).body(Bytes::copy_from_slice(body)).unwrap();
    *request.headers_mut() = headers;
    request
}

/// Signs as an application with this key does, or as a rule does.
fn sign(request: &mut Request<Bytes>, key: Option<&str>) {
    let time = canned::now().timestamp_millis().to_string();
    let signature = match key {
        Some(key) => signing::front_application(key, &time, request.body()),
        None => signing::front_rule(RULE_SECRET, request.body()),
    };
    let headers = request.headers_mut();
    headers.remove(TIMESTAMP);
    if key.is_some() {
        headers.insert(TIMESTAMP, HeaderValue::from_str(&time).unwrap());
    }
    headers.insert(SIGNATURE, HeaderValue::from_str(&signature).unwrap());
}

const SIGNATURE: &str = "x-front-signature";
const TIMESTAMP: &str = "x-front-request-timestamp";
