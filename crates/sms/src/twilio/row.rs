//! Messages as the list shows them, and the list's pages.
//!
//! Source: twilio.com/docs/messaging/api/message-resource and /docs/usage/twilios-response (paging,
//! dates in RFC 2822), digest of 2026-11-20.

use chrono::{DateTime, NaiveDate, Utc};
use handover_core::error::{Error, ErrorKind};
use serde::{Deserialize, Deserializer};
use url::Url;

use super::Twilio;

#[cfg(test)]
mod tests;

/// A message of the account. What is null or missing is empty.
#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) sid: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) body: String,
    #[serde(default, deserialize_with = "date")]
    pub(super) date_created: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "date")]
    pub(super) date_sent: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) direction: String,
    #[serde(default)]
    pub(super) error_code: Option<u32>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) from: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) messaging_service_sid: String,
    #[serde(default, deserialize_with = "count")]
    pub(super) num_media: usize,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) status: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) to: String,
}

/// A page of the message list, newest first.
#[derive(Deserialize)]
pub(super) struct Rows {
    pub(super) messages: Vec<Row>,
    #[serde(default)]
    pub(super) next_page_uri: Option<String>,
}

impl Row {
    /// When it was sent or received, as far as that is known.
    pub(super) fn at(&self) -> Option<DateTime<Utc>> {
        self.date_sent.or(self.date_created)
    }
}

impl Twilio {
    /// The message list, filtered. `DateSent>` takes a day: the list has no finer documented
    /// filter, and hides what still waits to be sent.
    ///
    /// Source: twilio/twilio-oai issue 21, seen 2026-11-20.
    pub(super) fn list(&self, filters: &[(&str, &str)], since: Option<NaiveDate>) -> Url {
        let mut url = self.resource("/Messages.json");
        let mut query = url.query_pairs_mut();
        query.extend_pairs(filters);
        if let Some(since) = since {
            query.append_pair("DateSent>", &since.format("%Y-%m-%d").to_string());
        }
        query.append_pair("PageSize", PAGE_SIZE);
        drop(query);
        url
    }

    /// The page after `rows`: on the API's own host and list, or not at all.
    pub(super) fn next_page(&self, rows: &Rows) -> Result<Option<Url>, Error> {
        let Some(next) = rows.next_page_uri.as_deref().filter(|next| !next.is_empty()) else {
            return Ok(None);
        };
        self.page(next).map(Some)
    }

    /// A page of the message list by its URI.
    pub(super) fn page(&self, uri: &str) -> Result<Url, Error> {
        let list = self.resource("/Messages.json");
        match self.config().api_url.join(uri) {
            Ok(url) if url.origin() == list.origin() && url.path() == list.path() => Ok(url),
            _ => Err(Error::never(ErrorKind::Protocol, "the next page is not on the API's list")),
        }
    }
}

fn or_default<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or_default())
}

/// An RFC 2822 date; one that cannot be read is unknown.
fn date<'de, D: Deserializer<'de>>(value: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = Option::<String>::deserialize(value)?;
    Ok(text.and_then(|text| DateTime::parse_from_rfc2822(&text).ok()).map(|date| date.to_utc()))
}

/// A number that Twilio writes as text; anything else is zero.
fn count<'de, D: Deserializer<'de>>(value: D) -> Result<usize, D::Error> {
    let value = serde_json::Value::deserialize(value)?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(text.parse().unwrap_or_default())
}

const PAGE_SIZE: &str = "100";
