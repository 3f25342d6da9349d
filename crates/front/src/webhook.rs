//! Front's requests.
//!
//! Source: dev.frontapp.com/docs/application-webhooks and /docs/rule-webhooks, digest of 2026-11-20.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::feed::Scope;
use handover_core::webhook::{Received, Rejection, Webhook};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::front::Front;
use crate::parse::{self, Said};
use crate::partner;
use crate::rows;
use crate::signature::{self, Keys, Scheme};

#[cfg(test)]
mod tests;

/// `POST /desks/{name}`: an application's webhooks and rules' webhooks, whole events and previews.
/// `POST /desks/{name}/channel`: a partner channel's.
///
/// An inbound message goes to the channel whose inboxes it arrived in; in any other inbox it is
/// ignored and counted. A preview, which holds ids only, has the [feed](handover_core::feed::Feed)
/// read the conversation. Front says yes to a webhook's address by a signed call with a challenge,
/// which is verified before it is answered.
///
/// # Idempotency
/// A message has its own id as the event's, whichever event tells of it; what changes on a
/// conversation has the id of Front's event.
///
/// # Privacy
/// A rejection names what did not fit, never a value.
impl Webhook for Front {
    fn receive(&self, request: &Request<Bytes>, now: DateTime<Utc>) -> Result<Received, Rejection> {
        let is_channels = request.uri().path().trim_end_matches('/').ends_with("/channel");
        let is_delete = is_channels && request.method() == Method::DELETE;
        if request.method() != Method::POST && !is_delete {
            return Err(METHOD);
        }
        if request.body().len() > MAX_BODY {
            return Err(TOO_LARGE);
        }
        let config = self.config();
        if is_channels && let Some(api) = &config.channel_api {
            let keys = Keys { application: &api.secrets, rule: &[] };
            signature::verify(request, keys, now)?;
            return self.receive_for_channel(api, request, now);
        }
        let keys = Keys { application: &config.application_keys, rule: &config.rule_secrets };
        match signature::verify(request, keys, now)? {
            Scheme::Application => self.receive_envelope(request, now),
            Scheme::Rule => self.receive_event(&object(request.body())?, now),
        }
    }
}

/// What an application's webhook wraps an event in.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    authorization: Option<rows::Company>,
    #[serde(default)]
    payload: Option<rows::Event>,
}

impl Front {
    fn receive_envelope(
        &self,
        request: &Request<Bytes>,
        now: DateTime<Utc>,
    ) -> Result<Received, Rejection> {
        let envelope: Envelope = object(request.body())?;
        if envelope.kind == "sync" {
            return challenge(request).map(Received::nothing);
        }
        // One application may serve several companies by one address.
        let company = self.config().company.as_ref();
        let is_foreign = company.is_some_and(|company| {
            envelope.authorization.as_ref().is_none_or(|by| *by.id != *company.as_str())
        });
        match envelope.payload {
            Some(mut event) if !is_foreign => {
                if event.kind.is_empty() {
                    event.kind = kind(&envelope.kind).to_owned();
                }
                self.receive_event(&event, now)
            }
            _ => Ok(Received::ignored(ok())),
        }
    }

    fn receive_event(
        &self,
        event: &rows::Event,
        now: DateTime<Utc>,
    ) -> Result<Received, Rejection> {
        Ok(match parse::read(self.config(), event, now) {
            Said::Facts(events) => Received { events, ..Received::nothing(ok()) },
            Said::Nothing => Received::ignored(ok()),
            Said::Preview { conversation, is_news, .. } => {
                let config = self.config();
                // Where no channel is hosted, the conversation is known by its other name.
                let name = match config.inboxes.is_empty() && config.channel_api.is_some() {
                    true => partner::alias(&conversation),
                    false => conversation.as_str().into(),
                };
                let mut pokes = vec![Scope::Thread(name)];
                if is_news {
                    // A relay leaves out what is about a conversation that it does not know.
                    pokes.push(Scope::All);
                }
                Received { pokes, ..Received::nothing(ok()) }
            }
        })
    }
}

/// Reads a body that must be an object.
pub(crate) fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let read = serde_json::from_slice(body).ok().filter(|_| is_object);
    read.ok_or_else(|| Rejection::malformed("body"))
}

/// Says back the word that Front wants to hear: plain text of a bounded length.
fn challenge(request: &Request<Bytes>) -> Result<Response<Bytes>, Rejection> {
    let mut all = request.headers().get_all(CHALLENGE).iter();
    let (word, None) = (all.next(), all.next()) else {
        return Err(Rejection::malformed("challenge"));
    };
    let Some(word) = word else { return Ok(ok()) };
    let is_plain = word.as_bytes().iter().all(u8::is_ascii_graphic);
    if word.len() > MAX_CHALLENGE || !is_plain {
        return Err(Rejection::malformed("challenge"));
    }
    let mut response = Response::new(Bytes::copy_from_slice(word.as_bytes()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// The event's own word for what an application's webhook calls it.
fn kind(of_envelope: &str) -> &str {
    match of_envelope {
        "assignee_changed" => "assign",
        "conversation_archived" => "archive",
        "conversation_deleted" => "trash",
        "conversation_moved" => "move",
        "conversation_reopened" => "reopen",
        "conversation_restored" => "restore",
        "inbound_received" => "inbound",
        "message_delivery_failed" => "sending_error",
        "outbound_sent" => "outbound",
        other => other,
    }
}

pub(crate) fn ok() -> Response<Bytes> {
    Response::new(Bytes::new())
}

const CHALLENGE: &str = "x-front-challenge";
const MAX_BODY: usize = 1 << 20;
const MAX_CHALLENGE: usize = 1 << 10;
const METHOD: Rejection = Rejection { status: StatusCode::METHOD_NOT_ALLOWED, reason: "method" };
const TOO_LARGE: Rejection = Rejection { status: StatusCode::PAYLOAD_TOO_LARGE, reason: "size" };
