use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::State;
use super::body::Fields;
use super::data::{Attachment, Message, Tag};
use super::door::Caller;
use super::fail::{Fail, json_response};
use super::ids;
use super::list::Query;

/// One request that has passed the door.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request<Bytes>,
    pub(crate) caller: Caller,
    pub(crate) query: Query,
    pub(crate) now: DateTime<Utc>,
}

pub(crate) type Answer = Result<Response<Bytes>, Fail>;

impl Call<'_> {
    pub(crate) fn fields(&self) -> Result<Fields, Fail> {
        Fields::read(self.request)
    }
}

impl State {
    pub(crate) fn answer(
        &mut self,
        request: &Request<Bytes>,
        now: DateTime<Utc>,
    ) -> Response<Bytes> {
        let path = request.uri().path();
        let oauth = path.starts_with("/oauth/");
        if !self.serves(request, oauth) {
            return Fail::not_found("Page").into_response();
        }
        if path == "/oauth/token" {
            return self.grant(request, now);
        }
        let answer = self.route(request, now).map_err(|fail| self.locate(fail, request));
        let mut response = answer.unwrap_or_else(Fail::into_response);
        self.stamp(&mut response);
        response
    }

    fn route(&mut self, request: &Request<Bytes>, now: DateTime<Utc>) -> Answer {
        let path = request.uri().path();
        let caller = self.caller(request, now)?;
        if let Some(fail) = self.meter(request.method(), path, now) {
            return Err(fail);
        }
        let query = Query::read(request.uri());
        let call = Call { request, caller, query, now };
        let segments: Vec<String> = path
            .trim_matches('/')
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["conversations", below @ ..] => self.conversations_api(&call, below),
            ["contacts", below @ ..] => self.contacts_api(&call, below),
            ["channels", id, below @ ..] if !below.is_empty() => {
                self.channels_api(&call, id, below)
            }
            ["channels", id] if *request.method() == Method::PATCH => {
                self.channels_api(&call, id, &[])
            }
            ["inboxes", id, "imported_messages"] => self.import_api(&call, id),
            ["tags"] | ["company", "tags"] if *request.method() == Method::POST => {
                self.new_tag(&call)
            }
            below if *request.method() == Method::GET => self.read(&call, below),
            _ => Err(Fail::not_found("Route")),
        }
    }

    fn read(&self, call: &Call<'_>, path: &[&str]) -> Answer {
        match path {
            ["me"] => Ok(ok(&json!({
                "_links": {"self": self.link("me")},
                "id": self.config.company_id, "name": self.config.company,
            }))),
            ["messages", id] => {
                call.caller.reads("messages:read")?;
                let message = self.message(id, call.now)?;
                let shown = match call.caller {
                    Caller::Partner { .. } => self.show_to_partner(message, call.now),
                    Caller::Token { .. } => self.show_message(message, call.now),
                };
                Ok(ok(&shown))
            }
            ["comments", id] => {
                call.caller.needs(&["comments:read"])?;
                let comment = ids::index("com", id).and_then(|index| self.comments.get(index));
                Ok(ok(&self.show_comment(comment.ok_or_else(|| Fail::not_found("Comment"))?)))
            }
            ["download", file] => self.download(call, file, None),
            ["messages", id, "download", file] => {
                let message = self.message(id, call.now)?;
                self.download(call, file, Some(&message.attachments))
            }
            ["comments", id, "download", file] => {
                let comment = ids::index("com", id).and_then(|index| self.comments.get(index));
                let comment = comment.ok_or_else(|| Fail::not_found("Comment"))?;
                self.download(call, file, Some(&comment.attachments))
            }
            ["events"] => self.events_api(call),
            ["events", id] => {
                call.caller.needs(&["events:read"])?;
                let known = |event: &&super::Event| event.id == *id && event.at <= call.now;
                let event = self.events.iter().find(known);
                Ok(ok(&self.show_event(event.ok_or_else(|| Fail::not_found("Event"))?)))
            }
            ["tags"] | ["company", "tags"] => {
                call.caller.needs(&["tags:read"])?;
                let tags: Vec<usize> = (0..self.tags.len()).collect();
                let (name, show) = (
                    |at: usize| self.tags[at].id.clone(),
                    |at: usize| self.show_tag(&self.tags[at]),
                );
                self.page(call, &tags, 100, name, show)
            }
            ["tags", id] => {
                call.caller.needs(&["tags:read"])?;
                found("Tag", &self.show_tag_by(id))
            }
            ["teammates", below @ ..] => self.teammates(call, below),
            ["inboxes", below @ ..] => self.inboxes(call, below),
            ["channels", below @ ..] => self.channels(call, below),
            _ => Err(Fail::not_found("Route")),
        }
    }

    fn teammates(&self, call: &Call<'_>, path: &[&str]) -> Answer {
        call.caller.needs(&["teammates:read"])?;
        match path {
            [] => {
                let all = self.config.teammates.iter();
                Ok(self.whole("teammates", all.map(|teammate| self.show_teammate(teammate))))
            }
            [id] => found("Teammate", &self.show_teammate_by(&self.teammate(id)?)),
            [id, "inboxes"] => {
                let id = self.teammate(id)?;
                let seen =
                    self.config.inboxes.iter().filter(|inbox| {
                        inbox.teammates.as_ref().is_none_or(|held| held.contains(&id))
                    });
                let path = format!("teammates/{id}/inboxes");
                Ok(self.whole(&path, seen.map(|inbox| self.show_inbox(inbox))))
            }
            _ => Err(Fail::not_found("Route")),
        }
    }

    fn inboxes(&self, call: &Call<'_>, path: &[&str]) -> Answer {
        call.caller.needs(&["inboxes:read"])?;
        let of = |id: &str| {
            let inbox = self.config.inboxes.iter().find(|inbox| inbox.id == id);
            inbox.ok_or_else(|| Fail::not_found("Inbox"))
        };
        match path {
            [] => {
                let all = self.config.inboxes.iter();
                Ok(self.whole("inboxes", all.map(|inbox| self.show_inbox(inbox))))
            }
            [id] => Ok(ok(&self.show_inbox(of(id)?))),
            [id, "channels"] => {
                let inbox = of(id)?;
                let held = self.config.channels.iter().filter(|channel| channel.inbox == inbox.id);
                let path = format!("inboxes/{id}/channels");
                Ok(self.whole(&path, held.map(|channel| self.show_channel(channel))))
            }
            [id, "teammates"] => {
                let inbox = of(id)?;
                let held = self.config.teammates.iter().filter(|teammate| {
                    inbox.teammates.as_ref().is_none_or(|held| held.contains(&teammate.id))
                });
                let path = format!("inboxes/{id}/teammates");
                Ok(self.whole(&path, held.map(|teammate| self.show_teammate(teammate))))
            }
            _ => Err(Fail::not_found("Route")),
        }
    }

    fn channels(&self, call: &Call<'_>, path: &[&str]) -> Answer {
        call.caller.needs(&["channels:read"])?;
        match path {
            [] => {
                let all = self.config.channels.iter();
                Ok(self.whole("channels", all.map(|channel| self.show_channel(channel))))
            }
            [id] => {
                let address = id.strip_prefix("alt:address:");
                let mut all = self.config.channels.iter();
                let known = all.find(|channel| match address {
                    Some(address) => channel.address == address,
                    None => channel.id == *id,
                });
                Ok(ok(&self.show_channel(known.ok_or_else(|| Fail::not_found("Channel"))?)))
            }
            _ => Err(Fail::not_found("Route")),
        }
    }

    fn download(&self, call: &Call<'_>, file: &str, held: Option<&[Attachment]>) -> Answer {
        call.caller.reads("attachments:read")?;
        let known = ids::index("fil", file).and_then(|index| self.files.get(index));
        let known = known
            .filter(|known| held.is_none_or(|held| held.iter().any(|file| file.id == known.id)));
        let known = known.ok_or_else(|| Fail::not_found("Attachment"))?;
        let mut response = Response::new(known.content.clone());
        if let Ok(kind) = HeaderValue::try_from(known.kind.as_str()) {
            response.headers_mut().insert(CONTENT_TYPE, kind);
        }
        Ok(response)
    }

    fn new_tag(&mut self, call: &Call<'_>) -> Answer {
        call.caller.needs(&["tags:write"])?;
        let fields = call.fields()?;
        let name = fields.required("name")?;
        if self.tags.iter().any(|tag| tag.name == name) {
            return Err(Fail::new(409, "A tag with this name exists"));
        }
        let id = self.tag_named(name);
        Ok(json_response(StatusCode::CREATED, &self.show_tag_by(&id)))
    }

    /// The tag of this name, made when there is none.
    pub(crate) fn tag_named(&mut self, name: &str) -> String {
        if let Some(tag) = self.tags.iter().find(|tag| tag.name == name) {
            return tag.id.clone();
        }
        let id = ids::id("tag", self.tags.len());
        self.tags.push(Tag { id: id.clone(), name: name.to_owned() });
        id
    }

    /// A message that has been processed, by its id or by what `202` answered.
    pub(crate) fn message(&self, id: &str, now: DateTime<Utc>) -> Result<&Message, Fail> {
        let message = match id.strip_prefix("alt:uid:") {
            Some(uid) => self.messages.iter().rev().find(|message| message.uid == uid),
            None => ids::index("msg", id).and_then(|index| self.messages.get(index)),
        };
        message.filter(|message| message.shows(now)).ok_or_else(|| Fail::not_found("Message"))
    }

    /// The teammate of an id or of `alt:email:`.
    pub(crate) fn teammate(&self, id: &str) -> Result<String, Fail> {
        let email = id.strip_prefix("alt:email:");
        let known = self.config.teammates.iter().find(|teammate| match email {
            Some(email) => teammate.email == email,
            None => teammate.id == id,
        });
        known.map(|known| known.id.clone()).ok_or_else(|| Fail::not_found("Teammate"))
    }

    /// Where a merged conversation's resource is now.
    fn locate(&self, mut fail: Fail, request: &Request<Bytes>) -> Fail {
        if let Some(into) = &fail.moved {
            let rest: Vec<&str> = request.uri().path().split('/').skip(3).collect();
            let rest: String = rest.iter().map(|segment| format!("/{segment}")).collect();
            let query = request.uri().query().map_or(String::new(), |query| format!("?{query}"));
            fail.moved = Some(self.link(&format!("conversations/{into}{rest}{query}")));
        }
        fail
    }
}

pub(crate) fn ok(body: &Value) -> Response<Bytes> {
    json_response(StatusCode::OK, body)
}

/// What Front answers to a message it will send.
pub(crate) fn accepted(message: &Message) -> Response<Bytes> {
    let body = json!({"status": "accepted", "message_uid": message.uid});
    json_response(StatusCode::ACCEPTED, &body)
}

fn found(what: &str, shown: &Value) -> Answer {
    if shown.is_null() { Err(Fail::not_found(what)) } else { Ok(ok(shown)) }
}
