use chrono::{DateTime, Utc};
use url::Url;

use super::config::Carrier;
use super::message::{Direction, Message, Step};
use super::segments::segments;
use super::{State, webhook};
use crate::Outgoing;

/// A refusal: Twilio's code, the HTTP status, and a sentence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: u32,
    pub(crate) status: u16,
    pub(crate) message: &'static str,
}

impl State {
    /// `POST …/Messages.json`: the message as answered, and its callbacks.
    pub(crate) fn send(
        &mut self,
        form: &[(String, String)],
        now: DateTime<Utc>,
    ) -> Result<(Message, Vec<Outgoing>), Refusal> {
        let field = |name: &str| {
            let found = form.iter().find(|(key, value)| key == name && !value.is_empty());
            found.map(|(_, value)| value.as_str())
        };
        let to = field("To").ok_or_else(|| bad(21604, "A 'To' phone number is required."))?;
        let service = field("MessagingServiceSid");
        if field("From").is_none() && service.is_none() {
            return Err(bad(21603, "A 'From' phone number is required."));
        }
        let media: Vec<String> = form
            .iter()
            .filter(|(key, _)| key == "MediaUrl")
            .map(|(_, value)| value.clone())
            .collect();
        let body = field("Body").unwrap_or_default();
        if body.is_empty() && media.is_empty() && field("ContentSid").is_none() {
            return Err(bad(21602, "Message body is required."));
        }
        if body.chars().count() > 1600 {
            return Err(bad(
                21617,
                "The concatenated message body exceeds the 1600 character limit.",
            ));
        }
        if media.len() > 10 {
            return Err(bad(21623, "Number of media files exceeds allowed limit."));
        }
        if !media.iter().all(|url| is_web(url)) {
            return Err(bad(21620, "Invalid media URL(s)"));
        }
        if !field("StatusCallback").is_none_or(is_web) {
            return Err(bad(21609, "The 'StatusCallback' URL is not a valid URL."));
        }
        check_to(to)?;
        let from = self.sender(field("From"), service)?;
        if self.is_opted_out(&from, to) {
            return Err(bad(21610, "Attempt to send to unsubscribed recipient"));
        }
        let message = Message {
            sid: self.sid(if media.is_empty() { "SM" } else { "MM" }),
            direction: Direction::Outbound,
            from,
            to: to.to_owned(),
            body: body.to_owned(),
            created: now,
            segments: segments(body),
            media,
            service: service.map(str::to_owned),
            timeline: self.timeline(to, now),
        };
        let callbacks = field("StatusCallback")
            .into_iter()
            .flat_map(|url| message.timeline.iter().map(move |step| (url, step)))
            .filter_map(|(url, step)| {
                let params = webhook::callback(&self.config, &message, step);
                let token = format!("{}-{}", message.sid, step.status);
                webhook::signed(&self.config, url, &params, &token, step.at)
            })
            .collect();
        self.messages.push(message.clone());
        Ok((message, callbacks))
    }

    fn sender(&self, from: Option<&str>, service: Option<&str>) -> Result<String, Refusal> {
        let pool = match service {
            None => &self.config.numbers,
            Some(sid) => {
                let pool = self.config.services.get(sid);
                pool.ok_or_else(|| bad(21701, "The Messaging Service does not exist"))?
            }
        };
        match from {
            Some("+15005550006") => Ok("+15005550006".to_owned()),
            Some("+15005550001") => Err(bad(21212, "The 'From' number is not a valid number.")),
            Some("+15005550007") => Err(bad(21606, "The 'From' number cannot send messages.")),
            Some("+15005550008") => Err(bad(21611, "The 'From' number's queue is full.")),
            Some(from) if pool.iter().any(|own| own == from) => Ok(from.to_owned()),
            Some(from) if is_e164(from) => {
                Err(bad(21606, "The 'From' number is not a number of this account."))
            }
            Some(_) => Err(bad(21212, "The 'From' number is not a valid number.")),
            None => pool
                .first()
                .cloned()
                .ok_or_else(|| bad(21703, "The Messaging Service has no numbers")),
        }
    }

    fn timeline(&self, to: &str, now: DateTime<Utc>) -> Vec<Step> {
        let step = |at, status, error| Step { at, status, error };
        let sent = now + self.config.sent_after;
        let done = now + self.config.delivered_after;
        let carrier = self.carriers.get(to).copied().unwrap_or(Carrier::Delivers);
        let mut timeline = vec![step(now, "queued", None)];
        match carrier {
            Carrier::Fails { code } => timeline.push(step(sent, "failed", Some(code))),
            Carrier::Silent => timeline.push(step(sent, "sent", None)),
            Carrier::Undelivered { code } => {
                timeline.push(step(sent, "sent", None));
                timeline.push(step(done, "undelivered", Some(code)));
            }
            Carrier::Delivers => {
                timeline.push(step(sent, "sent", None));
                timeline.push(step(done, "delivered", None));
            }
        }
        timeline
    }
}

fn check_to(to: &str) -> Result<(), Refusal> {
    match to {
        "+15005550001" => Err(bad(21211, "The 'To' number is not a valid phone number.")),
        "+15005550002" => Err(bad(21612, "The 'To' number is not currently reachable.")),
        "+15005550003" => Err(bad(21408, "Permission to send to this region is not enabled.")),
        "+15005550004" => Err(bad(21610, "Attempt to send to unsubscribed recipient")),
        "+15005550009" => Err(bad(21614, "The 'To' number is not a mobile number.")),
        _ if is_e164(to) => Ok(()),
        _ => Err(bad(21211, "The 'To' number is not a valid phone number.")),
    }
}

/// `+`, no zero first, 7 to 15 digits.
fn is_e164(number: &str) -> bool {
    let Some(digits) = number.strip_prefix('+') else { return false };
    (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|digit| digit.is_ascii_digit())
}

fn is_web(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn bad(code: u32, message: &'static str) -> Refusal {
    Refusal { code, status: 400, message }
}
