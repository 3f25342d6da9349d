//! The two kinds of webhooks.

use chrono::{DateTime, Utc};
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use serde_json::{Value, json};

use super::State;
use super::config::Config;
use super::data::{Event, Source, Target};
use super::sign::{application_signature, rule_signature};
use crate::shown::{self, with};
use crate::{Outgoing, RetryOn};

/// Where Front posts events, and how.
#[derive(Clone)]
pub struct Hook {
    pub(crate) url: String,
    key: String,
    kind: Kind,
    preview: bool,
    only: Option<Vec<String>>,
    pub(crate) saved: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Application,
    Rule,
}

impl Hook {
    /// An application's webhook: in an envelope, signed with the application's signing key and the
    /// time, tried up to three times more.
    pub fn application(url: &str, signing_key: &str) -> Self {
        Self::new(url, signing_key, Kind::Application)
    }

    /// A rule's webhook: the bare event, signed with the company's API secret, never tried again.
    pub fn rule(url: &str, api_secret: &str) -> Self {
        Self::new(url, api_secret, Kind::Rule)
    }

    /// Sends previews: what holds more than an id is left out.
    #[must_use]
    pub fn preview(mut self) -> Self {
        self.preview = true;
        self
    }

    /// Only these events, by the names of the core API: `inbound`, `archive`, …
    #[must_use]
    pub fn only(mut self, kinds: &[&str]) -> Self {
        self.only = Some(kinds.iter().map(|kind| (*kind).to_owned()).collect());
        self
    }

    fn new(url: &str, key: &str, kind: Kind) -> Self {
        let (url, key) = (url.to_owned(), key.to_owned());
        Self { url, key, kind, preview: false, only: None, saved: true }
    }

    fn wants(&self, event: &Event, unruled: bool) -> bool {
        let listed =
            self.only.as_ref().is_none_or(|only| only.iter().any(|kind| kind == event.kind));
        let known = match self.kind {
            Kind::Application => application_type(event.kind).is_some(),
            Kind::Rule => !unruled,
        };
        self.saved && listed && known
    }
}

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hook").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl State {
    /// Tells every webhook that wants to know. What rules skip is `unruled`.
    pub(crate) fn tell(&mut self, event: &Event, unruled: bool) {
        let wanted: Vec<Hook> =
            self.hooks.iter().filter(|hook| hook.wants(event, unruled)).cloned().collect();
        if wanted.is_empty() {
            return;
        }
        let whole = self.show_event(event);
        for hook in wanted {
            let shown = if hook.preview { preview(&whole) } else { whole.clone() };
            let body = match (hook.kind, application_type(event.kind)) {
                (Kind::Application, Some(kind)) => {
                    let authorization = json!({"id": self.config.company_id});
                    let envelope = json!({"type": kind});
                    with(envelope, [("authorization", authorization), ("payload", shown)])
                }
                _ => shown,
            };
            let outgoing = post(&self.config, &hook, &body, event.at);
            self.out.extend(outgoing.map(|outgoing| (outgoing, None)));
        }
    }

    /// The call that asks a new webhook to prove itself.
    pub(crate) fn challenge(
        &self,
        hook: &Hook,
        challenge: &str,
        now: DateTime<Utc>,
    ) -> Option<Outgoing> {
        let body = json!({"type": "sync", "authorization": {"id": self.config.company_id}});
        let mut outgoing = post(&self.config, hook, &body, now)?;
        let value = HeaderValue::try_from(challenge).ok()?;
        outgoing.request.headers_mut().insert(CHALLENGE, value);
        outgoing.timeout = std::time::Duration::from_secs(10);
        outgoing.retries = 0;
        Some(outgoing)
    }
}

/// A signed call to an application of ours.
pub(crate) fn signed(
    config: &Config,
    url: &str,
    key: &str,
    body: &Value,
    due: DateTime<Utc>,
) -> Option<Outgoing> {
    post(config, &Hook::application(url, key), body, due)
}

fn post(config: &Config, hook: &Hook, body: &Value, due: DateTime<Utc>) -> Option<Outgoing> {
    let uri: Uri = hook.url.parse().ok()?;
    let body = shown::bytes(body);
    let mut request = Request::new(body.clone());
    *request.method_mut() = Method::POST;
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(HOST, HeaderValue::try_from(uri.authority()?.as_str()).ok()?);
    let signature = match hook.kind {
        Kind::Application => {
            let timestamp = due.timestamp_millis().to_string();
            headers.insert(TIMESTAMP, HeaderValue::try_from(timestamp.as_str()).ok()?);
            application_signature(&hook.key, &timestamp, &body)
        }
        Kind::Rule => rule_signature(&hook.key, &body),
    };
    headers.insert(SIGNATURE, HeaderValue::try_from(signature).ok()?);
    *request.uri_mut() = uri;
    let mut outgoing = Outgoing::new(due, request);
    let real = config.reach.iter().rev().find_map(|(public, real)| {
        hook.url.strip_prefix(public.as_str()).map(|rest| format!("{real}{rest}"))
    });
    outgoing.connect = real.and_then(|real| real.parse().ok());
    (outgoing.retries, outgoing.retry_on) = match hook.kind {
        Kind::Application => (3, RetryOn::All),
        Kind::Rule => (0, RetryOn::Connect),
    };
    Some(outgoing)
}

/// What an application calls an event; it never hears of the others.
fn application_type(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "inbound" => "inbound_received",
        "outbound" | "out_reply" => "outbound_sent",
        "sending_error" => "message_delivery_failed",
        "move" => "conversation_moved",
        "archive" => "conversation_archived",
        "reopen" => "conversation_reopened",
        "trash" => "conversation_deleted",
        "restore" => "conversation_restored",
        "comment" => "new_comment_added",
        "assign" | "unassign" => "assignee_changed",
        "tag" => "tag_added",
        "untag" => "tag_removed",
        _ => return None,
    })
}

/// The outline of an event: its objects hold nothing but their ids and links.
fn preview(event: &Value) -> Value {
    let mut event = event.clone();
    event["conversation"] = outline(&event["conversation"]);
    for side in ["source", "target"] {
        let data = &event[side]["data"];
        let short = match data {
            Value::Array(items) => Value::Array(items.iter().map(outline).collect()),
            data => outline(data),
        };
        if event[side].is_object() {
            event[side]["data"] = short;
        }
    }
    event
}

fn outline(object: &Value) -> Value {
    match object {
        Value::Object(_) => json!({"_links": object["_links"], "id": object["id"]}),
        other => other.clone(),
    }
}

impl State {
    /// An event with everything it is about, as it is now.
    pub(crate) fn show_event(&self, event: &Event) -> Value {
        let source = match &event.source {
            Source::Api => meta("api", Value::Null),
            Source::Inboxes(inbox) => meta("inboxes", vec![self.show_inbox_by(inbox)].into()),
            Source::OauthClient => meta("oauth_client", Value::Null),
            Source::Recipient => meta("recipient", Value::Null),
            Source::Rule => {
                meta("rule", json!({"id": "rul_1", "name": "Assign", "is_private": false}))
            }
            Source::Teammate(id) => meta("teammate", self.show_teammate_by(id)),
        };
        let target = match &event.target {
            Target::Comment(index) => {
                self.comments.get(*index).map(|comment| meta("comment", self.show_comment(comment)))
            }
            Target::Deleted(id) => Some(meta("deleted_conversation_ids", json!([id]))),
            Target::Inboxes(inbox) => Some(meta("inboxes", vec![self.show_inbox_by(inbox)].into())),
            Target::Message(index) => {
                let message = self.messages.get(*index);
                message.map(|message| meta("message", self.show_message(message, event.at)))
            }
            Target::Nothing => None,
            Target::Tag(id) => Some(meta("tag", self.show_tag_by(id))),
            Target::Teammate(id) => Some(meta("teammate", self.show_teammate_by(id))),
        };
        let conversation = self.show_conversation_by(&event.conversation);
        let shown = json!({
            "_links": {"self": self.link(&format!("events/{}", event.id))},
            "id": event.id, "type": event.kind, "emitted_at": super::show::seconds(event.at),
        });
        let mut shown = with(shown, [("source", source), ("conversation", conversation)]);
        if let Some(target) = target {
            shown["target"] = target;
        }
        shown
    }
}

fn meta(kind: &str, data: Value) -> Value {
    with(json!({"_meta": {"type": kind}}), [("data", data)])
}

const CHALLENGE: HeaderName = HeaderName::from_static("x-front-challenge");
const SIGNATURE: HeaderName = HeaderName::from_static("x-front-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-front-request-timestamp");
