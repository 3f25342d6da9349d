//! What holds for all adapters.

use std::error::Error as _;
use std::fmt::Debug;

use bytes::Bytes;
use chrono::TimeDelta;
use handover_core::error::Error;
use handover_core::event::{Event, Fact};
use handover_core::webhook::{Received, Rejection, Webhook};
use http::Request;

use crate::canned;

/// A part of every secret that a target is given. An input that holds it proves nothing.
pub(crate) const CANARY: &str = "canary-7741";

/// Whether the input could bring the canary itself.
pub(crate) fn is_tainted(data: &[u8]) -> bool {
    data.windows(CANARY.len()).any(|window| window.eq_ignore_ascii_case(CANARY.as_bytes()))
}

/// Reads a request twice: the same is said, later too, and a refusal says why in our words.
#[track_caller]
pub(crate) fn receive(
    webhook: &dyn Webhook,
    request: &Request<Bytes>,
) -> Result<Received, Rejection> {
    let first = webhook.receive(request, canned::now());
    let later = webhook.receive(request, canned::now() + TimeDelta::seconds(1));
    match (&first, &later) {
        (Ok(first), Ok(later)) => {
            let ids = |received: &Received| {
                received.events.iter().map(|event| event.id.clone()).collect::<Vec<_>>()
            };
            assert_eq!(ids(first), ids(later), "a redelivery is another fact");
            assert_eq!(first.pokes, later.pokes);
            assert_eq!(first.ignored, later.ignored);
            assert_eq!(first.response.body(), later.response.body());
            let said = first.events.len() + first.pokes.len() + first.ignored as usize;
            assert!(said <= 8, "one request says {said} things");
            assert!(first.response.status().is_success());
            hides(&String::from_utf8_lossy(first.response.body()));
            hides(&format!("{first:?}"));
        }
        (Err(first), Err(later)) => {
            assert_eq!(first, later);
            assert!(first.status.is_client_error(), "a rejection has status {}", first.status);
        }
        _ => panic!("a second later the same request is judged otherwise"),
    }
    first
}

/// Facts as a store can keep them: each under its source's name, of a size that the input's explains,
/// and the same once they are written down and read again.
#[track_caller]
pub(crate) fn sound(events: &[Event], input: usize) {
    for event in events {
        let (name, _) = event.id.as_str().split_once(':').expect("an id names its source");
        // How far a reply got on a channel that a desk hosts, the desk tells.
        let is_hosts = name == HOST && matches!(event.fact, Fact::Receipt { .. });
        assert!(name == event.source.name() || is_hosts, "an event of another source");
        assert!(!event.threads.is_empty(), "an event of no conversation");
        let addresses = event.threads.iter().map(|thread| thread.address.len()).sum::<usize>();
        let (text, files) = match &event.fact {
            Fact::Message(said) => (said.text.as_str(), said.files.len()),
            Fact::Reply(said) => (said.text.as_str(), said.files.len()),
            _ => ("", 0),
        };
        assert!(files <= 25, "{files} files");
        assert!(text.len() + addresses <= 8 * input + 4_096, "an event is larger than its bytes");
        assert!(!text.chars().any(is_odd), "a text with control characters");
        let written = serde_json::to_string(event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&written).unwrap(), *event);
    }
}

/// An error tells no secret, however deep it is looked into.
#[track_caller]
pub(crate) fn quiet<T: Debug>(result: Result<T, Error>) -> Result<T, Error> {
    if let Err(error) = &result {
        hides(&format!("{error} {error:?}"));
        let mut next = error.source();
        while let Some(source) = next {
            hides(&format!("{source} {source:?}"));
            next = source.source();
        }
        assert!(error.to_string().len() < 500, "an error as long as a body");
    }
    if let Ok(told) = &result {
        hides(&format!("{told:?}"));
    }
    result
}

#[track_caller]
pub(crate) fn hides(text: &str) {
    assert!(!text.contains(CANARY), "a secret shows");
}

/// The desk that hosts a channel.
const HOST: &str = "front";

/// A control character that no text needs.
pub(crate) fn is_odd(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}
