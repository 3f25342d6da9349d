//! Which conversation a request is about.

use bytes::Bytes;
use http::Request;
use percent_encoding::percent_decode_str;

use super::State;
use super::data::Message;

impl State {
    /// The conversation that a request names, or one whose message, file or contact it names.
    pub(crate) fn concerned(&self, request: &Request<Bytes>) -> Option<String> {
        let path = percent_decode_str(request.uri().path()).decode_utf8_lossy().into_owned();
        let words: Vec<&str> = path.trim_matches('/').split('/').collect();
        match words.as_slice() {
            ["conversations", id, ..] => Some((*id).to_owned()),
            ["messages", id, ..] => {
                let uid = id.strip_prefix("alt:uid:");
                self.of_message(|message| message.id == *id || Some(&*message.uid) == uid)
            }
            ["download", file] => self.of_message(|message| {
                message.attachments.iter().any(|attachment| attachment.id == *file)
            }),
            ["contacts", name] => {
                let handle = name.strip_prefix("alt:").and_then(|name| name.split_once(':'));
                self.latest_with(handle?.1)
            }
            ["contacts"] => {
                let body: serde_json::Value = serde_json::from_slice(request.body()).ok()?;
                self.latest_with(body["handles"][0]["handle"].as_str()?)
            }
            _ => None,
        }
    }

    fn of_message(&self, is_it: impl Fn(&Message) -> bool) -> Option<String> {
        let found = self.messages.iter().rev().find(|message| is_it(message));
        found.map(|message| message.conversation.clone())
    }

    /// The latest conversation with a customer.
    fn latest_with(&self, handle: &str) -> Option<String> {
        let found = self.conversations.iter().rev().find(|held| held.recipient == handle);
        found.map(|held| held.id.clone())
    }
}
