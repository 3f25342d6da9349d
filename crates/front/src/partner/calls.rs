use handover_core::desk::{Case, Entry};
use handover_core::error::Error;
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

impl Front {
    pub(super) async fn import_inbound(
        &self,
        api: &ChannelApi,
        case: &Case,
        entry: &Entry,
        handle: &str,
    ) -> Result<Option<Box<str>>, Error> {
        let sender = json!({ "handle": handle });
        let fields = json!({ "sender": sender, "body": body(entry), "metadata": names(case, entry),
            "delivered_at": entry.at.timestamp() });
        self.import(api, "inbound_messages", fields).await
    }

    pub(super) async fn import_outbound(
        &self,
        api: &ChannelApi,
        case: &Case,
        entry: &Entry,
        handle: &str,
        sender_name: &str,
    ) -> Result<Option<Box<str>>, Error> {
        let fields = json!({ "to": [{ "handle": handle }], "sender_name": sender_name,
            "body": body(entry), "metadata": names(case, entry),
            "delivered_at": entry.at.timestamp() });
        self.import(api, "outbound_messages", fields).await
    }

    /// Tells Front that a message which a person wrote there did not reach the customer. Front opens
    /// the conversation again and shows the reason.
    ///
    /// `case` is the desk's reference, `message` the id that was answered when Front handed it over:
    /// the event's.
    ///
    /// # Errors
    /// Any [`Error`]; it may always be tried again.
    ///
    /// # Idempotency
    /// Twice is once.
    pub async fn report_failure(
        &self,
        case: &str,
        message: &str,
        reason: &str,
    ) -> Result<(), Error> {
        let api = super::api(self)?;
        let (case, message) = (segment(case), segment(message));
        let path = format!("conversations/{case}/messages/{message}/status");
        let fields = json!({ "status": "failed", "reason": encode::readable(reason) });
        self.call_channel(api, Method::PUT, &path, fields).await.map(drop)
    }

    async fn import(
        &self,
        api: &ChannelApi,
        path: &str,
        fields: Value,
    ) -> Result<Option<Box<str>>, Error> {
        let answer = self.call_channel(api, Method::POST, path, fields).await?;
        // That it was taken is certain; under which name is worth knowing only.
        let accepted = answer.json::<Accepted>(Call::Repeatable).ok();
        Ok(accepted.and_then(|accepted| accepted.message_uid).map(Into::into))
    }

    /// A call about the channel, under a token of its own. The messages' external ids make a second
    /// call the same as the first.
    async fn call_channel(
        &self,
        api: &ChannelApi,
        method: Method,
        path: &str,
        fields: Value,
    ) -> Result<Answer, Error> {
        let client = self.client();
        let until = client.now().timestamp() + LIFE;
        let id = format!("{:032x}", fastrand::u128(..));
        // A partner channel has one secret at least.
        let secret = api.secrets.first().ok_or_else(no_secret)?;
        let jwt = signature::jwt(secret, &api.app, api.channel.as_str(), &id, until);
        let url = client.hosts().url(&format!("/channels/{}/{path}", api.channel));
        let content = Content::Json(fields);
        let bearer = token::bearer(&jwt)?;
        let answer = client.send(&method, &url, &content, &bearer, Call::Repeatable).await?;
        answer.success(Call::Repeatable, client.now())
    }
}

/// The conversation that a link leads to.
pub(super) fn linked(link: Option<&str>) -> Option<ConversationId> {
    ConversationId::new(link?.rsplit('/').next()?).ok()
}

/// How Front tells our messages apart and threads them.
fn names(case: &Case, entry: &Entry) -> Value {
    json!({ "external_id": entry.key.to_string(), "external_conversation_id": &*case.reference })
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
