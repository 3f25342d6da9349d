use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Direction {
    /// A customer.
    Inbound,
    /// We, through the API.
    Outbound,
}

/// A message the account holds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Message {
    /// `SM…`, or `MM…` with media.
    pub sid: String,
    /// Who wrote it.
    pub direction: Direction,
    /// The sender's number.
    pub from: String,
    /// The recipient's number.
    pub to: String,
    /// Its text.
    pub body: String,
    /// When the account took it.
    pub created: DateTime<Utc>,
    /// URLs we gave, or the `ME…` sids of what the customer attached.
    pub media: Vec<String>,
    pub(crate) service: Option<String>,
    pub(crate) segments: usize,
    pub(crate) timeline: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) at: DateTime<Utc>,
    pub(crate) status: &'static str,
    pub(crate) error: Option<u32>,
}

impl Message {
    /// Its status at a time: `queued`, `sent`, `delivered`, `failed`, …
    pub fn status(&self, now: DateTime<Utc>) -> &'static str {
        self.step(now).map_or("queued", |step| step.status)
    }

    /// Why it failed, when it has by now.
    pub fn error_code(&self, now: DateTime<Utc>) -> Option<u32> {
        self.step(now).and_then(|step| step.error)
    }

    /// Whether the handset shows it, sooner or later.
    pub fn arrives(&self) -> bool {
        self.timeline.last().is_some_and(|step| step.status == "delivered")
    }

    pub(crate) fn sent_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let sent = |step: &&Step| matches!(step.status, "received" | "sent");
        self.timeline.iter().find(sent).map(|step| step.at).filter(|at| *at <= now)
    }

    pub(crate) fn shown(&self, account: &str, now: DateTime<Utc>) -> Value {
        let uri = format!("/2010-04-01/Accounts/{account}/Messages/{}", self.sid);
        let updated = self.step(now).map_or(self.created, |step| step.at);
        let error = self.error_code(now);
        let direction = match self.direction {
            Direction::Inbound => "inbound",
            Direction::Outbound => "outbound-api",
        };
        json!({
            "account_sid": account,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": rfc2822(self.created),
            "date_sent": self.sent_at(now).map(rfc2822),
            "date_updated": rfc2822(updated),
            "direction": direction,
            "error_code": error,
            "error_message": error.map(|code| format!("Error {code}")),
            "from": self.from,
            "messaging_service_sid": self.service,
            "num_media": self.media.len().to_string(),
            "num_segments": self.segments.to_string(),
            "price": null,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status(now),
            "subresource_uris": {"media": format!("{uri}/Media.json")},
            "to": self.to,
            "uri": format!("{uri}.json"),
        })
    }

    fn step(&self, now: DateTime<Utc>) -> Option<&Step> {
        self.timeline.iter().rev().find(|step| step.at <= now)
    }
}

pub(crate) fn rfc2822(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
