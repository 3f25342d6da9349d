//! What customers do with their telephones.

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::message::{Direction, Message, Step};
use super::segments::segments;
use super::{AutoReply, Media, State, Twilio, webhook};
use crate::Outgoing;

impl Twilio {
    /// A customer texts a number of ours. The signed webhook goes to the outbox; a keyword has its
    /// effect and its confirmation besides.
    pub fn customer_texts(
        &self,
        from: &str,
        to: &str,
        body: &str,
        media: &[(&str, Bytes)],
        now: DateTime<Utc>,
    ) -> String {
        let mut state = self.state();
        let (sid, outgoing) = state.receive(from, to, body, media, now);
        drop(state);
        if let Some(outgoing) = outgoing {
            self.outbox.push(outgoing);
        }
        sid
    }
}

impl State {
    /// Whether a recipient has opted out of a number of ours, or of the service it belongs to.
    pub(crate) fn is_opted_out(&self, ours: &str, customer: &str) -> bool {
        self.opt_outs.contains(&(self.sender_group(ours), customer.to_owned()))
    }

    fn receive(
        &mut self,
        from: &str,
        to: &str,
        body: &str,
        media: &[(&str, Bytes)],
        now: DateTime<Utc>,
    ) -> (String, Option<Outgoing>) {
        let sid = self.sid(if media.is_empty() { "SM" } else { "MM" });
        let group = self.sender_group(to);
        let mut message = Message {
            sid: sid.clone(),
            direction: Direction::Inbound,
            from: from.to_owned(),
            to: to.to_owned(),
            body: body.to_owned(),
            created: now,
            media: Vec::new(),
            service: group.starts_with("MG").then_some(group),
            segments: segments(body),
            timeline: vec![Step { at: now, status: "received", error: None }],
        };
        for (kind, content) in media {
            let id = self.sid("ME");
            message.media.push(id.clone());
            let file = Media {
                message: sid.clone(),
                kind: (*kind).to_owned(),
                content: content.clone(),
                created: now,
            };
            self.media.insert(id, file);
        }
        let kinds: Vec<String> = media.iter().map(|(kind, _)| (*kind).to_owned()).collect();
        let mut params = webhook::inbound(&self.config, &message, &kinds);
        let keyword = keyword(body).filter(|_| self.config.keywords);
        if let Some(keyword) = keyword {
            self.obey(keyword, from, to);
            if self.config.opt_out_type {
                params.push(("OptOutType".to_owned(), keyword.to_owned()));
            }
        }
        self.messages.push(message);
        let url = self.config.inbound_url.as_deref();
        let outgoing = url
            .and_then(|url| webhook::signed(&self.config, url, &params, &format!("in-{sid}"), now));
        (sid, outgoing)
    }

    fn obey(&mut self, keyword: &str, customer: &str, ours: &str) {
        let key = (self.sender_group(ours), customer.to_owned());
        let text = match keyword {
            "STOP" if self.opt_outs.insert(key.clone()) => STOPPED,
            "START" if self.opt_outs.remove(&key) => STARTED,
            "HELP" => HELPED,
            _ => return,
        };
        let reply =
            AutoReply { from: ours.to_owned(), to: customer.to_owned(), text: text.to_owned() };
        self.auto_replies.push(reply);
    }

    /// The messaging service of a number of ours, or the number itself.
    fn sender_group(&self, ours: &str) -> String {
        let services = self.config.services.iter();
        let mut with = services.filter(|(_, numbers)| numbers.iter().any(|own| own == ours));
        with.next().map_or_else(|| ours.to_owned(), |(sid, _)| sid.clone())
    }
}

/// A single word, in any case.
fn keyword(body: &str) -> Option<&'static str> {
    match body.trim().to_ascii_uppercase().as_str() {
        "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "REVOKE" | "OPTOUT" => {
            Some("STOP")
        }
        "START" | "YES" | "UNSTOP" => Some("START"),
        "HELP" | "INFO" => Some("HELP"),
        _ => None,
    }
}

const STOPPED: &str = "You have successfully been unsubscribed. You will not receive any more \
messages from this number. Reply START to resubscribe.";
const STARTED: &str = "You have successfully been re-subscribed to messages from this number. \
Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.";
const HELPED: &str = "Reply STOP to unsubscribe. Msg&Data Rates May Apply.";
