use std::sync::Arc;

use bytes::Bytes;
use handover_core::feed::Scope;
use handover_core::webhook::{Rejection, Webhook as _};
use http::{HeaderValue, Request};
use uuid::Uuid;

use super::{WEBHOOK, desk};
use crate::canned::{self, Canned};
use crate::check;
use crate::input::Message;

/// A call with the secret pokes one case, or all, or nothing, and says no more than that.
///
/// Input: the method, what follows the webhook's URL, headers, the body.
pub(crate) fn webhook(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let Some(mut request) = request(data) else { return };
    let secret = HeaderValue::from_static(WEBHOOK);
    request.headers_mut().insert("x-handover-secret", secret);
    let canned = Arc::new(Canned::new(b"500"));
    match check::receive(&desk(&canned), &request) {
        Ok(received) => {
            assert!(received.events.is_empty(), "a poke is no fact");
            assert!(received.pokes.len() <= 1);
            for poke in &received.pokes {
                let Scope::Thread(case) = poke else { continue };
                let id = Uuid::parse_str(case).expect("a case is a GUID");
                assert!(!id.is_nil() && id.to_string() == **case, "one case under two names");
            }
            let told: serde_json::Value =
                serde_json::from_slice(received.response.body()).expect("the answer is JSON");
            assert_eq!(told["status"], "ok");
        }
        Err(rejection) => assert_ne!(rejection, Rejection::UNSIGNED, "the secret is refused"),
    }
    assert!(canned.asked().is_empty(), "reading calls somebody");
}

/// Nothing but the whole secret opens the door.
///
/// Input: as above, with guesses among the headers and in the path.
pub(crate) fn signature(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let Some(guess) = request(data) else { return };
    let desk = desk(&Arc::new(Canned::new(b"500")));
    let judged = |request: &Request<Bytes>| desk.receive(request, canned::now()).err();
    assert_eq!(judged(&guess), Some(Rejection::UNSIGNED), "a guess is accepted");

    // What comes near, by as much as the input says.
    let at = data.len() % WEBHOOK.len();
    let near = [
        WEBHOOK[..at].to_owned(),
        WEBHOOK[at + 1..].to_owned(),
        format!("{WEBHOOK}x"),
        WEBHOOK.to_uppercase(),
        String::new(),
    ];
    for near in near {
        let Ok(value) = HeaderValue::from_str(&near) else { continue };
        let bearer = HeaderValue::from_str(&format!("Bearer {near}")).unwrap();
        let mut request = guess.clone();
        request.headers_mut().insert("x-handover-secret", value);
        request.headers_mut().insert("authorization", bearer);
        assert_eq!(judged(&request), Some(Rejection::UNSIGNED), "a part is accepted");
    }
}

fn request(data: &[u8]) -> Option<Request<Bytes>> {
    let message = Message::read(data);
    let (method, path) = message.words();
    let url = format!("https://relay.example/desks/creatio{path}");
    let request = Request::builder().method(method).uri(url);
    let mut request = request.body(Bytes::copy_from_slice(message.body)).ok()?;
    *request.headers_mut() = message.headers;
    Some(request)
}
