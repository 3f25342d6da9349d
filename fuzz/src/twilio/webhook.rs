use bytes::Bytes;
use handover_core::webhook::{Rejection, Webhook as _};
use http::{HeaderValue, Method, Request, Uri, header};

use super::{HOOK, TOKEN};
use crate::input::Message;
use crate::{canned, check, signing};

/// A signed request says something or is refused for what it says, never for its signature.
///
/// Input: `POST`, what follows the webhook's URL, headers, the body.
pub(crate) fn webhook(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let Some(request) = signed(data) else { return };
    let (twilio, canned) = super::twilio(b"500");
    match check::receive(&twilio, &request) {
        Ok(received) => {
            check::sound(&received.events, request.body().len() + HOOK.len() + data.len());
            received.events.iter().for_each(|event| super::answerable(&event.fact));
        }
        Err(rejection) => assert_ne!(rejection, Rejection::UNSIGNED, "a signature is refused"),
    }
    assert!(canned.asked().is_empty(), "reading calls somebody");
}

/// Nothing but the signature itself opens the door, and nothing that was signed may change.
///
/// Input: as above, with a signature of the input's own among the headers.
pub(crate) fn signature(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let Some(good) = signed(data) else { return };
    let (twilio, _) = super::twilio(b"500");
    let is_open = |request: &Request<Bytes>| {
        twilio.receive(request, canned::now()).err() != Some(Rejection::UNSIGNED)
    };
    assert!(is_open(&good));
    let right = good.headers()[HEADER].to_str().unwrap().to_owned();

    let mut forged = good.clone();
    forged.headers_mut().remove(HEADER);
    assert!(!is_open(&forged), "no signature is needed");
    let given = Message::read(data).headers;
    let given: Vec<_> = given.get_all(HEADER).iter().cloned().collect();
    for value in &given {
        forged.headers_mut().append(HEADER, value.clone());
    }
    let is_right = given.len() == 1 && signing::is_same(given[0].as_bytes(), &right);
    assert_eq!(is_open(&forged), is_right, "a forged signature is accepted");

    let mut twice = good.clone();
    twice.headers_mut().append(HEADER, HeaderValue::from_str(&right).unwrap());
    assert!(!is_open(&twice), "two signatures are accepted");

    let (parts, body) = good.into_parts();
    let longer = [&body[..], b"&Extra=1"].concat();
    let changed = Request::from_parts(parts, Bytes::from(longer));
    let is_get = changed.method() == Method::GET;
    assert!(is_get || !is_open(&changed), "what was signed has changed");
}

/// The request of an input as Twilio would sign it.
fn signed(data: &[u8]) -> Option<Request<Bytes>> {
    let message = Message::read(data);
    let (method, path) = message.words();
    let method = if method == "GET" { Method::GET } else { Method::POST };
    let kind = message.headers.get(header::CONTENT_TYPE).cloned();
    let kind = kind.unwrap_or(HeaderValue::from_static("application/x-www-form-urlencoded"));
    let is_form = kind.as_bytes().starts_with(b"application/x-www-form-urlencoded");
    let mut url = format!("{HOOK}{path}");
    if method == Method::POST && !is_form {
        let mark = if url.contains('?') { '&' } else { '?' };
        url.push_str(&format!("{mark}bodySHA256={}", signing::body_hash(message.body)));
    }
    let url: Uri = url.parse().ok()?;
    // More than one hash leaves open which one is meant, so that neither counts.
    let is_plain = url.query().is_none_or(|query| query.matches("bodySHA256").count() <= 1);
    let is_ours = url.host() == Some("relay.example") && (is_form || is_plain);
    if !is_ours || is_form && url.query().is_some_and(|query| query.contains("bodySHA256")) {
        return None;
    }
    let form = if is_form && method == Method::POST { message.body } else { &[] };
    let signature = signing::twilio(TOKEN, &url.to_string(), form);
    let request = Request::builder().method(method).uri(url).header(header::CONTENT_TYPE, kind);
    request.header(HEADER, signature).body(Bytes::copy_from_slice(message.body)).ok()
}

const HEADER: &str = "x-twilio-signature";
