//! What Pigeon says: requests, answers, and its list.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::channel::Receipt;
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_core::event::{Author, Event, Fact, Inbound, Report, Source};
use handover_core::id::{ChannelId, EventId, Key};
use handover_core::identity::{Identity, Proof};
use handover_core::message::{Delivery, DeliveryState};
use handover_core::thread::Thread;
use handover_core::transport::{Body, TransportError, retry_after};
use handover_core::webhook::{Received, Rejection};
use http::Response;
use serde::Deserialize;
use serde_json::Value;

/// Reads a request whose signature was verified.
pub(crate) fn request(
    channel: &ChannelId,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Received, Rejection> {
    let malformed = |_| Rejection::malformed("json");
    let value: Value = serde_json::from_slice(body).map_err(malformed)?;
    let event = match value["type"].as_str() {
        Some("message") => message(channel, serde_json::from_value(value).map_err(malformed)?),
        Some("receipt") => receipt(channel, serde_json::from_value(value).map_err(malformed)?, now),
        // Kinds that Pigeon has, or will invent, and that are of no concern.
        _ => None,
    };
    let response = Response::new(Bytes::new());
    Ok(match event {
        Some(event) => Received { events: vec![event], ..Received::nothing(response) },
        None => Received::ignored(response),
    })
}

/// Reads the answer to a send.
pub(crate) async fn sent(response: Response<Body>, now: DateTime<Utc>) -> Result<Receipt, Error> {
    let (status, after) = (response.status(), retry_after(response.headers(), now));
    let fails = |kind, text| Err(Error::never(kind, text).with_code(status.as_str()));
    match status.as_u16() {
        200..=299 => {
            let answer = read::<Taken>(response).await;
            let unsure = Error::unsure(ErrorKind::Protocol, "Pigeon's answer cannot be read");
            Ok(Receipt::accepted(answer.ok_or(unsure)?.id))
        }
        401 => fails(ErrorKind::Unauthorized, "Pigeon refuses the secret: copy it again"),
        403 => fails(ErrorKind::OptedOut, "the recipient has opted out"),
        422 => fails(ErrorKind::Invalid, "Pigeon refuses the recipient"),
        429 => {
            let retry = Retry::Later { after, scope: RetryScope::Account };
            Err(Error::new(ErrorKind::RateLimited, retry, "Pigeon is asked too often"))
        }
        400..=499 => fails(ErrorKind::Config, "Pigeon refuses the request"),
        // It may have been taken all the same.
        _ => Err(Error::unsure(ErrorKind::Unavailable, "Pigeon is out of order")
            .with_code(status.as_str())),
    }
}

/// Reads the list of what was sent.
pub(crate) async fn list(response: Response<Body>) -> Result<Vec<Row>, Error> {
    if !response.status().is_success() {
        let error = Error::later(ErrorKind::Unavailable, "Pigeon's list cannot be asked now");
        return Err(error.with_code(response.status().as_str()));
    }
    let list = read::<List>(response).await.map(|list| list.messages);
    list.ok_or_else(|| Error::later(ErrorKind::Protocol, "Pigeon's list cannot be read"))
}

/// A message of ours on the list.
#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) id: Box<str>,
    pub(crate) to: String,
    pub(crate) text: String,
}

#[derive(Deserialize)]
struct List {
    messages: Vec<Row>,
}

#[derive(Deserialize)]
struct Taken {
    id: Box<str>,
}

#[derive(Deserialize)]
struct Said {
    id: String,
    from: String,
    text: String,
    sent_at: i64,
}

#[derive(Deserialize)]
struct Told {
    id: String,
    reference: String,
    state: String,
}

/// A customer's message. Whoever is no number cannot be answered.
fn message(channel: &ChannelId, said: Said) -> Option<Event> {
    let from = Identity::tel(&said.from, Proof::ChannelProven)?;
    Some(Event {
        // Names the message, not its delivery: a redelivery has the same id.
        id: EventId::new(channel.as_str(), said.id),
        at: DateTime::from_timestamp(said.sent_at, 0)?,
        source: Source::Channel(channel.clone()),
        threads: vec![
            Thread::channel(channel, from.value.clone()),
            Thread::customer(channel, &from),
        ],
        author: Author::Person,
        fact: Fact::Message(Inbound::text(from, said.text)),
    })
}

/// How far a send of ours got. A reference that is no key of ours is somebody else's.
fn receipt(channel: &ChannelId, told: Told, now: DateTime<Utc>) -> Option<Event> {
    let key = Key::parse(&told.reference)?;
    let state = match told.state.as_str() {
        "sent" => DeliveryState::Sent,
        "delivered" => DeliveryState::Delivered,
        "failed" => DeliveryState::Failed,
        _ => return None,
    };
    Some(Event {
        id: EventId::new(channel.as_str(), format_args!("{}.{}", told.id, told.state)),
        at: now,
        source: Source::Channel(channel.clone()),
        threads: vec![Thread::of_send(&key)?],
        author: Author::Machine,
        fact: Fact::Receipt(Report::on(
            key,
            Delivery { state, provider_id: Some(told.id.into()), ..Delivery::pending() },
        )),
    })
}

async fn read<T: for<'a> Deserialize<'a>>(response: Response<Body>) -> Option<T> {
    let bytes: Result<Bytes, TransportError> = response.into_body().bytes(MOST_BYTES).await;
    serde_json::from_slice(&bytes.ok()?).ok()
}

const MOST_BYTES: usize = 1 << 20;
