//! What Front asks of the application behind a partner's channel.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::config::PARTNER;
use super::data::{Channel, Source};
use super::hook::{Hook, signed};
use super::{Awaited, Front, State};

impl Front {
    /// A person connects a partner's channel: the application is asked for its webhook.
    ///
    /// # Panics
    ///
    /// When there is no such channel.
    pub fn connect_channel(&self, channel: &str, channel_url: &str, now: DateTime<Utc>) {
        self.with(|state| {
            assert!(state.channel(channel).is_some(), "no channel is called {channel:?}");
            let body = json!({"type": "authorization", "payload": {"channel_id": channel}});
            let awaited = Awaited::Authorization { channel: channel.to_owned() };
            state.ask(channel_url, &body, Some(awaited), now);
        });
    }

    /// A person removes a partner's channel.
    pub fn delete_channel(&self, channel: &str, now: DateTime<Utc>) {
        self.with(|state| {
            let body = json!({"type": "delete", "payload": {"channel_id": channel}});
            state.call(channel, &body, None, now);
            if let Some(channel) = state.channel_mut(channel) {
                channel.connected = false;
            }
        });
    }

    /// Whether a channel is connected.
    pub fn is_connected(&self, channel: &str) -> bool {
        self.state().channel(channel).is_some_and(|channel| channel.connected)
    }

    /// A rule answers the customer of a partner's channel: a message without an id.
    pub fn rule_autoreplies(&self, conversation: &str, body: &str, now: DateTime<Utc>) {
        self.with(|state| {
            let id = state.must(conversation);
            let Some(channel) = state.conversation(&id).and_then(|held| held.channel.clone())
            else {
                return;
            };
            let inbound = state.messages.iter().rev().find(|message| {
                message.conversation == id && message.direction == super::Direction::Inbound
            });
            let replied = inbound.map(|message| state.link(&format!("messages/{}", message.id)));
            let payload = json!({
                "_links": {"related": {"message_replied_to": replied}},
                "type": "custom", "is_inbound": false, "body": body, "text": body,
                "author": null, "attachments": [], "is_draft": false,
            });
            let metadata = state.partner_metadata(&id);
            let body =
                json!({"type": "message_autoreply", "payload": payload, "metadata": metadata});
            state.call(&channel, &body, None, now);
        });
    }
}

impl State {
    pub(crate) fn save_hook(&mut self, mut hook: Hook, challenge: &str, now: DateTime<Utc>) {
        let url = hook.url.clone();
        let outgoing = self.challenge(&hook, challenge, now);
        let awaited = Awaited::Challenge { url, challenge: challenge.to_owned() };
        hook.saved = false;
        self.hooks.push(hook);
        self.out.extend(outgoing.map(|outgoing| (outgoing, Some(awaited))));
    }

    /// Hands a message to the application; its answer decides.
    pub(crate) fn deliver(&mut self, index: usize, now: DateTime<Utc>) {
        let message = &self.messages[index];
        let id = message.conversation.clone();
        let body = json!({
            "type": "message", "payload": self.show_to_partner(message, now),
            "metadata": self.partner_metadata(&id),
        });
        let channel = self.conversation(&id).and_then(|held| held.channel.clone());
        let awaited = Awaited::Delivery { message: index };
        if !self.call(&channel.unwrap_or_default(), &body, Some(awaited), now) {
            self.messages[index].awaits = false;
            self.refuse(index, "channel_not_connected", now);
        }
    }

    /// Tells the application that its message has become one of Front's.
    pub(crate) fn confirm_import(&mut self, index: usize, now: DateTime<Utc>) {
        let message = &self.messages[index];
        let id = message.conversation.clone();
        let mut metadata = self.partner_metadata(&id);
        metadata["external_id"] = json!(message.external_id);
        let body = json!({
            "type": "message_imported", "payload": self.show_to_partner(message, now),
            "metadata": metadata,
        });
        let channel = self.conversation(&id).and_then(|held| held.channel.clone());
        self.call(&channel.unwrap_or_default(), &body, None, now);
    }

    /// What a receiver answered whose answer matters.
    pub(crate) fn hear(
        &mut self,
        awaited: &Awaited,
        status: Option<u16>,
        body: &[u8],
        now: DateTime<Utc>,
    ) {
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let success = status == Some(200) && answer["type"] == "success";
        match awaited {
            Awaited::Authorization { channel } => {
                let url = answer["webhook_url"].as_str().filter(|_| success).map(str::to_owned);
                if let Some(channel) = self.channel_mut(channel) {
                    channel.connected = url.is_some();
                    channel.webhook_url = url;
                }
            }
            Awaited::Challenge { url, challenge } => {
                let form = form_urlencoded::parse(body)
                    .any(|(name, value)| name == "challenge" && value == challenge.as_str());
                let json = answer["challenge"] == challenge.as_str();
                if status == Some(200) && (form || json || body == challenge.as_bytes()) {
                    let waiting = self.hooks.iter_mut().filter(|hook| hook.url == *url);
                    waiting.for_each(|hook| hook.saved = true);
                }
            }
            Awaited::Delivery { message } => self.delivered(*message, success, &answer, now),
        }
    }

    pub(crate) fn channel_mut(&mut self, id: &str) -> Option<&mut Channel> {
        self.config.channels.iter_mut().find(|channel| channel.id == id)
    }

    fn delivered(&mut self, index: usize, success: bool, answer: &Value, now: DateTime<Utc>) {
        // The answer to a second delivery of the same call.
        if !std::mem::take(&mut self.messages[index].awaits) {
            return;
        }
        let external = answer["external_id"].as_str().filter(|id| success && !id.is_empty());
        let thread = answer["external_conversation_id"].as_str();
        let (Some(external), Some(thread)) = (external, thread) else {
            self.refuse(index, "channel_error", now);
            return;
        };
        self.messages[index].external_id = Some(external.to_owned());
        let id = self.messages[index].conversation.clone();
        if let Some(held) = self.conversation_mut(&id) {
            held.external = Some(thread.to_owned());
            if let Some(channel) = held.channel.clone() {
                self.threads.insert((channel, thread.to_owned()), id);
            }
        }
        let source = self.messages[index].author.clone().map_or(Source::Api, Source::Teammate);
        self.tell_sent(index, source, now);
    }

    pub(crate) fn partner_metadata(&self, conversation: &str) -> Value {
        let external = self.conversation(conversation).and_then(|held| held.external.as_deref());
        let all: Vec<&str> = external.into_iter().collect();
        json!({"external_conversation_id": external, "external_conversation_ids": all})
    }

    /// Posts to a partner's webhook; `false` when there is none.
    fn call(
        &mut self,
        channel: &str,
        body: &Value,
        awaited: Option<Awaited>,
        now: DateTime<Utc>,
    ) -> bool {
        let connected =
            self.channel(channel).filter(|channel| channel.kind == PARTNER && channel.connected);
        let Some(url) = connected.and_then(|channel| channel.webhook_url.clone()) else {
            return false;
        };
        self.ask(&url, body, awaited, now);
        true
    }

    fn ask(&mut self, url: &str, body: &Value, awaited: Option<Awaited>, now: DateTime<Utc>) {
        let Some((_, secret)) = &self.config.application else { return };
        if let Some(mut outgoing) = signed(&self.config, url, secret, body, now) {
            outgoing.retries = 0;
            self.out.push((outgoing, awaited));
        }
    }
}
