//! What Twilio's requests say.
//!
//! Source: twilio.com/docs/messaging/guides/webhook-request, digest of 2026-11-20.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::event::{Author, Event, Fact, Inbound, Report, Source};
use handover_core::id::{EventId, Key};
use handover_core::identity::{Identity, Proof};
use handover_core::message::{Delivery, DeliveryState, File};
use handover_core::thread::Thread;
use handover_core::webhook::{Received, Rejection, Webhook};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};

use super::Twilio;
use super::code::{Class, Code};
use super::config::{Config, Sender};
use super::form::Fields;
use super::signature::{self, Written};
use super::{consent, encode};

#[cfg(test)]
mod tests;

/// Texts, picture messages and status callbacks, by GET or POST, as forms or JSON.
///
/// A request that is not signed for its URL with one of our tokens, or that is for another account,
/// number or service, is refused with 403. Twilio sends no time, so an event's time is `now`, and a
/// replay has the same event id as the original. Texts from short codes, alphanumeric senders, other
/// channels and our own number are ignored and counted: nobody is there to be answered.
///
/// # Idempotency
/// A redelivery has the same event ids: the `MessageSid`, and for a receipt its status besides.
///
/// # Privacy
/// A rejection names what did not fit, never a value.
impl Webhook for Twilio {
    fn receive(&self, request: &Request<Bytes>, now: DateTime<Utc>) -> Result<Received, Rejection> {
        if request.method() != Method::GET && request.method() != Method::POST {
            return Err(METHOD);
        }
        if request.body().len() > MAX_BODY {
            return Err(TOO_LARGE);
        }
        let config = self.config();
        let written = signature::verify(request, &config.auth_tokens)?;
        let query = request.uri().query().unwrap_or_default().as_bytes();
        let Some(query) = Fields::of_form(query) else {
            return Err(Rejection::malformed("not UTF-8"));
        };
        let fields = match written {
            Written::Form => Fields::of_form(request.body()),
            Written::Json => Fields::of_json(request.body()),
            Written::Query => Fields::of_form(request.uri().query().unwrap_or_default().as_bytes()),
        };
        let Some(fields) = fields else {
            return Err(Rejection::malformed("body"));
        };
        if fields.value("AccountSid") != Some(&*config.account_sid) {
            return Err(ACCOUNT);
        }
        let is_status = is_status(request.uri().path(), &fields);
        if is_status && is_foreign(config, &fields) {
            return Err(RECIPIENT);
        }
        if is_status {
            return Ok(status(config, &fields, query.value("key"), now));
        }
        message(config, &fields, now)
    }
}

/// A text or picture message, as the webhook or the message list tells it.
pub(super) struct Said<'a> {
    pub(super) sid: &'a str,
    pub(super) at: DateTime<Utc>,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) body: &'a str,
    pub(super) opt_out_type: Option<&'a str>,
}

impl Said<'_> {
    /// Who wrote, if it is somebody who can be answered: a number that is not ours.
    pub(super) fn person(&self) -> Option<Identity> {
        Identity::tel(self.from, Proof::ChannelProven).filter(|_| self.from != self.to)
    }

    /// The event: the same one, but for its time, by the webhook and by the feed.
    pub(super) fn event(&self, config: &Config, from: Identity, files: Vec<File>) -> Event {
        let channel = &config.channel;
        let address = format!("{}|{}", self.to, self.from);
        let threads = vec![Thread::channel(channel, address), Thread::customer(channel, &from)];
        let inbound = Inbound {
            files,
            consent: consent::word(self.body, self.opt_out_type),
            ..Inbound::text(from, encode::readable(self.body))
        };
        Event {
            id: EventId::new(channel.as_str(), self.sid),
            at: self.at,
            source: Source::Channel(channel.clone()),
            threads,
            author: Author::Person,
            fact: Fact::Message(inbound),
        }
    }
}

/// How far a message with `status` got; `None` for a status that says nothing about a send.
///
/// Source: twilio-oai, message `status`, digest of 2026-11-20. New ones come without notice.
pub(super) fn state(status: &str) -> Option<DeliveryState> {
    match status {
        "accepted" | "queued" | "scheduled" | "sending" => Some(DeliveryState::Accepted),
        "partially_delivered" | "sent" => Some(DeliveryState::Sent),
        "delivered" => Some(DeliveryState::Delivered),
        "read" => Some(DeliveryState::Read),
        "canceled" | "failed" | "undelivered" => Some(DeliveryState::Failed),
        _ => None,
    }
}

/// Whether `sid` can be the id of a message: `SM…` or `MM…`, or whatever Twilio calls it one day.
pub(super) fn is_sid(sid: &str) -> bool {
    sid.len() <= 64 && !sid.is_empty() && sid.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn message(config: &Config, fields: &Fields, now: DateTime<Utc>) -> Result<Received, Rejection> {
    let to = fields.value("To").unwrap_or_default();
    if !is_ours(config, to, fields.value("MessagingServiceSid")) {
        return Err(RECIPIENT);
    }
    let sid = ["MessageSid", "SmsMessageSid", "SmsSid"].into_iter().find_map(|n| fields.value(n));
    let Some(sid) = sid.filter(|sid| is_sid(sid)) else {
        return Err(Rejection::malformed("message sid"));
    };
    let said = Said {
        sid,
        at: now,
        from: fields.value("From").unwrap_or_default(),
        to,
        body: fields.value("Body").unwrap_or_default(),
        opt_out_type: fields.value("OptOutType"),
    };
    let Some(from) = said.person() else {
        return Ok(Received::ignored(twiml()));
    };
    let events = vec![said.event(config, from, files(fields))];
    Ok(Received { events, ..Received::nothing(twiml()) })
}

/// Whether a message to `to` is this channel's. A number is ours whatever service it is in.
fn is_ours(config: &Config, to: &str, service: Option<&str>) -> bool {
    match &config.sender {
        Sender::Number(number) => to == &**number,
        Sender::Service(ours) => !to.is_empty() && service == Some(&**ours),
    }
}

/// Whether the request reports on a text of ours: it has a `MessageStatus`, wherever it was sent
/// to. A path alone decides nothing, because the webhook's own may end in `/status`.
fn is_status(path: &str, fields: &Fields) -> bool {
    let legacy = || fields.value("SmsStatus").is_some_and(|status| status != "received");
    fields.value("MessageStatus").is_some()
        || path.trim_end_matches('/').ends_with("/status") && legacy()
}

/// Whether a status is of another messaging service than ours.
fn is_foreign(config: &Config, fields: &Fields) -> bool {
    match (&config.sender, fields.value("MessagingServiceSid")) {
        (Sender::Service(ours), Some(given)) => given != &**ours,
        _ => false,
    }
}

/// The files of a picture message: at most ten, whatever `NumMedia` says and wherever a gap is.
fn files(fields: &Fields) -> Vec<File> {
    let file = |n| {
        let url = fields.value(&format!("MediaUrl{n}"))?;
        Some(File::new(url, fields.value(&format!("MediaContentType{n}")).and_then(media_type)))
    };
    (0..MAX_FILES).filter_map(file).collect()
}

/// What the sender says a file is, if it looks like a media type.
pub(super) fn media_type(text: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/+-._".contains(&b);
    let is_type = text.len() <= 100 && text.contains('/') && text.bytes().all(plain);
    is_type.then(|| text.to_ascii_lowercase())
}

/// A status callback. Repeats and wrong order are the log's business: a state never goes back.
fn status(config: &Config, fields: &Fields, key: Option<&str>, now: DateTime<Utc>) -> Received {
    let Some(receipt) = receipt(config, fields, key, now) else {
        return Received::ignored(no_content());
    };
    let opt_out = opt_out(config, fields, &receipt);
    let events = opt_out.into_iter().chain([receipt]).collect();
    Received { events, ..Received::nothing(no_content()) }
}

/// A text that the provider took and then dropped because the recipient has opted out.
fn opt_out(config: &Config, fields: &Fields, receipt: &Event) -> Option<Event> {
    let code = Code::parse(fields.value("ErrorCode")?)?;
    let id = format_args!("{}.opt-out", fields.value("MessageSid")?);
    let is_opt_out = code.class() == Class::OptedOut;
    is_opt_out.then(|| Event {
        id: EventId::new(config.channel.as_str(), id),
        fact: Fact::Consent { allowed: false },
        ..receipt.clone()
    })
}

fn receipt(
    config: &Config,
    fields: &Fields,
    key: Option<&str>,
    now: DateTime<Utc>,
) -> Option<Event> {
    let key = Key::parse(key?)?;
    let thread = Thread::of_send(&key)?;
    let sid = fields.value("MessageSid").or_else(|| fields.value("SmsSid"));
    let sid = sid.filter(|sid| is_sid(sid))?;
    let status = fields.value("MessageStatus").or_else(|| fields.value("SmsStatus"))?;
    let delivery = delivery(sid, state(status)?, fields.value("ErrorCode"));
    Some(Event {
        id: EventId::new(config.channel.as_str(), format_args!("{sid}.{status}")),
        at: now,
        source: Source::Channel(config.channel.clone()),
        threads: vec![thread],
        author: Author::Machine,
        fact: Fact::Receipt(Report::on(key, delivery)),
    })
}

/// What is known of message `sid`. Error 0 and a code that is no number are none.
pub(super) fn delivery(sid: &str, state: DeliveryState, code: Option<&str>) -> Delivery {
    let code = code.and_then(|code| code.parse::<u32>().ok()).filter(|code| *code != 0);
    Delivery {
        state,
        provider_id: Some(sid.into()),
        code: code.map(|code| code.to_string().into()),
        ..Delivery::pending()
    }
}

/// The answer to a message: nothing to say here. Replies go out by the API, not in this answer.
fn twiml() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(EMPTY_TWIML));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}

fn no_content() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

const ACCOUNT: Rejection = Rejection { status: StatusCode::FORBIDDEN, reason: "account" };
const EMPTY_TWIML: &[u8] = br#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;
const MAX_BODY: usize = 1 << 20;
pub(super) const MAX_FILES: usize = 10;
const METHOD: Rejection = Rejection { status: StatusCode::METHOD_NOT_ALLOWED, reason: "method" };
const RECIPIENT: Rejection = Rejection { status: StatusCode::FORBIDDEN, reason: "recipient" };
const TOO_LARGE: Rejection = Rejection { status: StatusCode::PAYLOAD_TOO_LARGE, reason: "size" };
