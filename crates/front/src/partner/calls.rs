use chrono::{DateTime, Utc};
use handover_core::desk::{About, Attachment, Case, Entry};
use handover_core::error::Error;
use handover_core::id::{EventId, Key};
use http::Method;
use serde_json::{Value, json};

use crate::client::{Content, segment};
use crate::config::ChannelApi;
use crate::encode;
use crate::front::Front;
use crate::ids::ConversationId;
use crate::problem::{Answer, Call};
use crate::rows::Accepted;
use crate::{signature, token};

/// A message for the partner channel, and how Front tells it from others and threads it.
pub(super) struct Said<'a> {
    case: &'a str,
    handle: &'a str,
    key: Key,
    at: DateTime<Utc>,
    body: String,
}

impl<'a> Said<'a> {
    pub(super) fn entry(case: &'a Case, about: &'a About, entry: &Entry) -> Self {
        Self { key: entry.key, at: entry.at, body: body(entry), ..Self::of(case, about) }
    }

    pub(super) fn file(case: &'a Case, about: &'a About, attachment: &Attachment) -> Self {
        let file = &attachment.file;
        let name = file.name.as_deref().or(file.media_type.as_deref()).unwrap_or("file");
        let body = encode::html(&encode::readable(name));
        Self { key: attachment.key, at: attachment.at, body, ..Self::of(case, about) }
    }

    fn of(case: &'a Case, about: &'a About) -> Self {
        let (key, at) = (Key::open(about.session, 0), DateTime::UNIX_EPOCH);
        Self { case: &case.reference, handle: &about.customer.value, key, at, body: String::new() }
    }

    fn fields(&self) -> Value {
        json!({ "body": self.body, "delivered_at": self.at.timestamp(), "metadata": {
            "external_id": self.key.to_string(), "external_conversation_id": self.case } })
    }
}

impl Front {
    pub(super) async fn import_inbound(
        &self,
        api: &ChannelApi,
        said: &Said<'_>,
        files: &[crate::Attachment],
    ) -> Result<Option<Box<str>>, Error> {
        let mut fields = said.fields();
        fields["sender"] = json!({ "handle": said.handle });
        let content = match files {
            [] => Content::Json(fields),
            files => Content::WithFiles(fields, files),
        };
        self.import(api, "inbound_messages", content).await
    }

    pub(super) async fn import_outbound(
        &self,
        api: &ChannelApi,
        said: &Said<'_>,
        sender_name: &str,
    ) -> Result<Option<Box<str>>, Error> {
        let mut fields = said.fields();
        fields["to"] = json!([{ "handle": said.handle }]);
        fields["sender_name"] = json!(sender_name);
        self.import(api, "outbound_messages", Content::Json(fields)).await
    }

    /// Tells Front that a message which a person wrote there did not reach the customer. Front opens
    /// the conversation again and shows the reason. Twice is once.
    pub(super) async fn report_failure(
        &self,
        api: &ChannelApi,
        case: &Case,
        reply: &EventId,
        reason: &str,
    ) -> Result<(), Error> {
        let (case, message) = (segment(&case.reference), segment(reply.as_str()));
        let path = format!("conversations/{case}/messages/{message}/status");
        let fields = json!({ "status": "failed", "reason": encode::readable(reason) });
        self.call_channel(api, Method::PUT, &path, Content::Json(fields)).await.map(drop)
    }

    async fn import(
        &self,
        api: &ChannelApi,
        path: &str,
        content: Content<'_>,
    ) -> Result<Option<Box<str>>, Error> {
        let answer = self.call_channel(api, Method::POST, path, content).await?;
        // That it was taken is certain; under which name is worth knowing only.
        let accepted = answer.json::<Accepted>(Call::Repeatable).ok();
        let uid = accepted.and_then(|accepted| accepted.message_uid);
        Ok(uid.filter(|uid| !uid.is_empty()).map(Into::into))
    }

    /// A call about the channel, under a token of its own. The messages' external ids make a second
    /// call the same as the first.
    async fn call_channel(
        &self,
        api: &ChannelApi,
        method: Method,
        path: &str,
        content: Content<'_>,
    ) -> Result<Answer, Error> {
        let client = self.client();
        let until = client.now().timestamp() + LIFE;
        let id = format!("{:032x}", fastrand::u128(..));
        // A partner channel has one secret at least.
        let secret = api.secrets.first().ok_or_else(no_secret)?;
        let jwt = signature::jwt(secret, &api.app, api.channel.as_str(), &id, until);
        let url = client.hosts().url(&format!("/channels/{}/{path}", api.channel));
        let bearer = token::bearer(&jwt)?;
        let answer = client.send(&method, &url, &content, &bearer, Call::Repeatable).await?;
        answer.success(Call::Repeatable, client.now())
    }
}

/// The conversation that a link leads to.
pub(super) fn linked(link: Option<&str>) -> Option<ConversationId> {
    ConversationId::new(link?.rsplit('/').next()?).ok()
}

/// What was said, and what came with it by name. Front takes HTML, and no empty body.
fn body(entry: &Entry) -> String {
    let mut text = encode::readable(&entry.text).trim().to_owned();
    for file in &entry.files {
        let name = file.name.as_deref().or(file.media_type.as_deref()).unwrap_or("file");
        text.push_str(&format!("\n[{name}]"));
    }
    if let Some(link) = entry.link.as_ref().filter(|_| !entry.files.is_empty()) {
        text.push_str(&format!("\n{link}"));
    }
    let text = text.trim();
    if text.is_empty() {
        return "(no text)".into();
    }
    if text.contains(['<', '&', '\n']) { encode::html(text) } else { text.into() }
}

fn no_secret() -> Error {
    Error::never(handover_core::error::ErrorKind::Config, "the partner channel has no secret")
}

/// How many seconds a token lives; Front refuses more than 30.
const LIFE: i64 = 20;
