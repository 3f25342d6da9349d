//! Texts out.
//!
//! Source: twilio.com/docs/messaging/api/message-resource, digest of 2026-11-20.

use async_trait::async_trait;
use bytes::Bytes;
use form_urlencoded::Serializer;
use handover_core::channel::{
    Attempt, Channel, ChannelCapabilities, Found, Outbound, Part, Receipt,
};
use handover_core::error::{Error, ErrorKind};
use handover_core::id::ChannelId;
use handover_core::identity::{Identity, Proof};
use handover_core::message::{DeliveryState, Message};
use handover_core::transport::{Body, TransportError};
use http::{HeaderValue, Method, header};

use super::api::{self, Call};
use super::config::{Config, Sender};
use super::row::Row;
use super::{Twilio, encode, parse};

#[cfg(test)]
mod tests;

/// Texts of at most 1600 characters, one message a part, never cut.
///
/// # Idempotency
/// Twilio's create call has no idempotency key: a send that may have happened is
/// [`Retry::Unsure`](handover_core::error::Retry::Unsure), and [`Channel::find`] looks for it in the message list.
#[async_trait]
impl Channel for Twilio {
    fn id(&self) -> &ChannelId {
        &self.config().channel
    }

    fn capabilities(&self) -> ChannelCapabilities {
        ChannelCapabilities::new(self.config().account.clone(), MAX_CHARS)
            .with_lookup()
            .with_receipts()
    }

    fn parts(&self, message: &Message) -> Vec<Part> {
        vec![Part { text: encode::plain(&message.text) }]
    }

    async fn send(&self, outbound: &Outbound) -> Result<Receipt, Error> {
        let form = form(self.config(), outbound)?;
        let mut request = self.request(Method::POST, &self.resource("/Messages.json"), form)?;
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(FORM));
        let sent = self.shared.transport.send(request).await;
        let response = sent.map_err(TransportError::effectful)?;
        if !response.status().is_success() {
            return Err(self.refusal(Call::Write, response).await);
        }
        let body = response.into_body().bytes(MAX_ANSWER).await;
        let body = body.map_err(|_| api::unreadable(Call::Write))?;
        let row: Row = serde_json::from_slice(&body).map_err(|_| api::unreadable(Call::Write))?;
        if !parse::is_sid(&row.sid) {
            return Err(api::unreadable(Call::Write));
        }
        Ok(receipt(&row))
    }

    async fn find(&self, outbound: &Outbound, attempt: &Attempt) -> Result<Found, Error> {
        self.look_for(outbound, attempt).await
    }

    async fn fetch(&self, reference: &str, limit: u64) -> Result<Body, Error> {
        self.open(reference, limit).await
    }
}

/// What the list or the create call tells about a message of ours.
pub(super) fn receipt(row: &Row) -> Receipt {
    let state = parse::state(&row.status).unwrap_or(DeliveryState::Accepted);
    let code = row.error_code.map(|code| code.to_string());
    Receipt { delivery: parse::delivery(&row.sid, state, code.as_deref()) }
}

/// The number of ours that the customer wrote to, if the reply thread tells it.
fn our_number(outbound: &Outbound) -> Option<&str> {
    let (ours, _) = outbound.thread.address.split_once('|')?;
    Identity::tel(ours, Proof::Claimed).is_some().then_some(ours)
}

/// The form to post, or why it would be refused.
fn form(config: &Config, outbound: &Outbound) -> Result<Bytes, Error> {
    let to = &*outbound.to.value;
    if outbound.to.scheme.as_ref() != Identity::TEL || Identity::tel(to, Proof::Claimed).is_none() {
        return Err(Error::never(ErrorKind::Invalid, "a text goes to a phone number only"));
    }
    if outbound.text.chars().count() > MAX_CHARS {
        return Err(Error::never(ErrorKind::TooLong, "a text has at most 1600 characters"));
    }
    if outbound.text.trim().is_empty() && outbound.media.is_empty() {
        return Err(Error::never(ErrorKind::Invalid, "a text needs a body or a picture"));
    }
    if outbound.media.len() > parse::MAX_FILES {
        return Err(Error::never(ErrorKind::Invalid, "a message holds at most ten pictures"));
    }
    let mut form = Serializer::new(String::new());
    form.append_pair("To", to);
    match &config.sender {
        Sender::Number(number) if &**number == to => {
            return Err(Error::never(ErrorKind::Invalid, "a number does not text itself"));
        }
        Sender::Number(number) => {
            form.append_pair("From", number);
        }
        Sender::Service(sid) => {
            form.append_pair("MessagingServiceSid", sid);
            // With both, the service sends from the number the customer knows.
            if let Some(ours) = our_number(outbound).filter(|ours| *ours != to) {
                form.append_pair("From", ours);
            }
        }
    }
    if !outbound.text.is_empty() {
        form.append_pair("Body", &outbound.text);
    }
    for url in &outbound.media {
        form.append_pair("MediaUrl", url.as_str());
    }
    form.append_pair("StatusCallback", config.status_url(&outbound.key.to_string()).as_str());
    Ok(form.finish().into())
}

const FORM: &str = "application/x-www-form-urlencoded";
const MAX_ANSWER: usize = 256 << 10;
pub(super) const MAX_CHARS: usize = 1600;
