use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::event::{Author, Event, Fact, Reply, Source};
use handover_core::id::EventId;
use handover_core::thread::Thread;
use handover_core::webhook::{Received, Rejection};
use http::{HeaderValue, Method, Request, Response, header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::config::ChannelApi;
use crate::front::Front;
use crate::parse;
use crate::rows::Message;
use crate::webhook::{self, ok};

/// What Front says to a partner channel.
#[derive(Deserialize)]
struct Call {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    payload: Value,
    #[serde(default)]
    metadata: Value,
}

impl Front {
    /// A message that a person wrote in Front, to be delivered by our own channel; or that a channel
    /// was connected or removed. Verified by now.
    pub(crate) fn receive_for_channel(
        &self,
        api: &ChannelApi,
        request: &Request<Bytes>,
        now: DateTime<Utc>,
    ) -> Result<Received, Rejection> {
        if request.method() == Method::DELETE {
            return Ok(Received::ignored(ok()));
        }
        let call: Call = webhook::object(request.body())?;
        match call.kind.as_str() {
            "authorization" => Ok(Received::nothing(connect(api, request, &call.payload))),
            "message" | "message_autoreply" => Ok(self.written(&call, now)),
            _ => Ok(Received::ignored(ok())),
        }
    }

    fn written(&self, call: &Call, now: DateTime<Utc>) -> Received {
        let message = Message::deserialize(&call.payload).unwrap_or_default();
        let Some(case) = external_conversation(&call.metadata) else {
            return Received::ignored(refusal("a conversation begins with the customer's message"));
        };
        let Some(id) = name(call, &message) else {
            return Received::ignored(refusal("the message has no id"));
        };
        let id = EventId::new(self.config().desk.as_str(), id);
        let told = json!({ "type": "success", "external_id": id.as_str(),
            "external_conversation_id": case });
        let mut reply = Reply::text(parse::text(&message, self.config()));
        reply.author = parse::name_of(&message);
        reply.files = parse::files(&message);
        reply.automatic = call.kind == "message_autoreply";
        let author = match (call.kind.as_str(), &message.author) {
            ("message_autoreply", _) => Author::Machine,
            (_, Some(by)) => parse::author(self.config(), by),
            // A message that nobody else can have written: a person's, by the composer.
            (_, None) => Author::Person,
        };
        let event = Event {
            id,
            at: message.at().unwrap_or(now).min(now),
            source: Source::Desk(self.config().desk.clone()),
            threads: vec![Thread::case(&self.config().desk, case)],
            author,
            fact: Fact::Reply(reply),
        };
        Received { events: vec![event], ..Received::nothing(answer(&told)) }
    }
}

/// Says yes to the channel that is ours, and where to call it.
fn connect(api: &ChannelApi, request: &Request<Bytes>, payload: &Value) -> Response<Bytes> {
    let given = payload.get("channel_id").and_then(Value::as_str).unwrap_or_default();
    if given != api.channel.as_str() {
        return refusal("this relay is set up for another channel: check `channel_id`");
    }
    let called = || request.uri().to_string();
    let url = api.webhook_url.as_ref().map_or_else(called, |url| url.as_str().to_owned());
    answer(&json!({ "type": "success", "webhook_url": url }))
}

/// The message's id; of an autoreply, which has none, the id of what it answers.
fn name(call: &Call, message: &Message) -> Option<String> {
    if call.kind == "message_autoreply" {
        let answered = message.links.related.message_replied_to.as_deref()?.rsplit('/').next()?;
        return is_id(answered).then(|| format!("autoreply-{answered}"));
    }
    is_id(&message.id).then(|| message.id.clone())
}

fn is_id(text: &str) -> bool {
    crate::ids::MessageId::new(text).is_ok()
}

/// Our own name for the conversation, old field or new.
fn external_conversation(metadata: &Value) -> Option<Box<str>> {
    let first = metadata.get("external_conversation_ids").and_then(|ids| ids.get(0));
    let named = first.or_else(|| metadata.get("external_conversation_id"))?.as_str()?;
    (!named.is_empty() && named.len() <= 200).then(|| named.into())
}

fn refusal(message: &str) -> Response<Bytes> {
    answer(&json!({ "type": "bad_request", "message": message }))
}

fn answer(body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
