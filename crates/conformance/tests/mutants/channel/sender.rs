//! The sending half of the adapter.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::DateTime;
use handover_core::channel::{
    Account, Attempt, Channel, ChannelCapabilities, Found, Outbound, Part, Receipt,
};
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_core::id::{AccountId, ChannelId};
use handover_core::message::{DeliveryState, Message};
use handover_core::transport::{Body, TransportError, retry_after};
use http::{Request, Response, Uri};
use serde_json::{Value, json};

use super::adapter::{Adapter, Defect, SETTLED};

#[async_trait]
impl Channel for Adapter {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    fn capabilities(&self) -> ChannelCapabilities {
        let account = Account::new(AccountId::new("carrier").unwrap());
        ChannelCapabilities::new(account, LIMIT).with_confirmation().with_lookup().with_receipts()
    }

    fn parts(&self, message: &Message) -> Vec<Part> {
        vec![Part { text: message.text.clone() }]
    }

    async fn send(&self, outbound: &Outbound) -> Result<Receipt, Error> {
        if self.has(Defect::BreaksAfterADrop) && self.busy.swap(true, Ordering::SeqCst) {
            return Err(Error::never(ErrorKind::Config, "somebody else is sending"));
        }
        let result = self.send_it(outbound).await;
        self.busy.store(false, Ordering::SeqCst);
        result
    }

    async fn find(&self, outbound: &Outbound, attempt: &Attempt) -> Result<Found, Error> {
        if let Some(id) = attempt.taken.as_ref().filter(|_| !self.has(Defect::TakenByItsText)) {
            let list = self.list(&format!("https://api.carrier.example/messages/{id}")).await?;
            let is_there = list.as_array().is_some_and(|rows| !rows.is_empty());
            let mut receipt = Receipt::accepted(&**id);
            receipt.delivery.state = DeliveryState::Sent;
            let unknown = Found::Unknown { again_after: None };
            return Ok(if is_there { Found::Sent(receipt) } else { unknown });
        }
        let list = self.list("https://api.carrier.example/messages").await?;
        for row in list.as_array().into_iter().flatten() {
            let id = row["id"].as_str().unwrap_or_default();
            let at = row["at"].as_i64().and_then(|at| DateTime::from_timestamp(at, 0));
            let is_it = row["to"] == *outbound.to.value && row["text"] == outbound.text;
            let is_free = !attempt.accounted.iter().any(|known| **known == *id);
            if is_it && is_free && at.is_some_and(|at| at >= attempt.first) {
                return Ok(Found::Sent(Receipt::accepted(id)));
            }
        }
        if attempt.now - attempt.last >= SETTLED || self.has(Defect::UnsettledIsNotSent) {
            return Ok(Found::NotSent);
        }
        Ok(Found::Unknown { again_after: None })
    }

    async fn fetch(&self, reference: &str, _limit: u64) -> Result<Body, Error> {
        let foreign = || Error::never(ErrorKind::Forbidden, "the file is on a foreign host");
        let uri: Uri = reference.parse().map_err(|_| foreign())?;
        let careless = self.has(Defect::HostByPrefix)
            && reference.starts_with("https://files.carrier.example.");
        let ours = uri.scheme_str() == Some("https")
            && uri.authority().is_some_and(|authority| authority == "files.carrier.example");
        if !ours && !careless {
            return Err(foreign());
        }
        let request = self.request("GET", reference, Bytes::new());
        let response = self.transport.send(request).await.map_err(TransportError::idempotent)?;
        if !response.status().is_success() {
            return Err(Error::never(ErrorKind::NotFound, "there is no such file"));
        }
        Ok(response.into_body())
    }
}

impl Adapter {
    async fn send_it(&self, outbound: &Outbound) -> Result<Receipt, Error> {
        let mut text = outbound.text.clone();
        if text.chars().count() > LIMIT && !self.has(Defect::CutsAtTheLimit) {
            return Err(Error::never(ErrorKind::TooLong, "the text is too long"));
        }
        text = text.chars().take(LIMIT).collect();
        if self.has(Defect::LogsTheMessage) {
            tracing::debug!(%text, "sending");
        }
        let mut key = outbound.key.to_string();
        if self.has(Defect::DrawsKeys) {
            key = format!("{key}~{}", DRAWN.fetch_add(1, Ordering::SeqCst));
        }
        let body = if self.has(Defect::Unescaped) {
            let to = &outbound.to.value;
            format!(r#"{{"to":"{to}","text":"{text}","key":"{key}"}}"#)
        } else {
            json!({ "to": outbound.to.value, "text": text, "key": key }).to_string()
        };
        let result = self.post(body.clone()).await;
        let is_busy = result.as_ref().is_err_and(|error| error.kind() == ErrorKind::RateLimited);
        if is_busy && self.has(Defect::RepeatsWhenBusy) { self.post(body).await } else { result }
    }

    async fn post(&self, body: String) -> Result<Receipt, Error> {
        let request = self.request("POST", "https://api.carrier.example/messages", body.into());
        let response = self.transport.send(request).await.map_err(TransportError::effectful)?;
        let status = response.status().as_u16();
        let after = retry_after(response.headers(), DateTime::UNIX_EPOCH);
        let answer = json_of(response).await.unwrap_or_default();
        match status {
            200 => match answer["id"].as_str() {
                Some(id) => Ok(Receipt::accepted(id)),
                None => Err(Error::unsure(UNREADABLE.0, UNREADABLE.1)),
            },
            429 => {
                let retry = Retry::Later { after, scope: RetryScope::Account };
                Err(Error::new(ErrorKind::RateLimited, retry, "the carrier is busy"))
            }
            401 => Err(Error::never(ErrorKind::Unauthorized, "the carrier refuses our login")),
            403 => Err(Error::never(ErrorKind::OptedOut, "the recipient has opted out")),
            400..500 => Err(Error::never(ErrorKind::Invalid, "the carrier refuses the message")),
            _ if self.has(Defect::BrokenIsLater) => {
                Err(Error::later(ErrorKind::Unavailable, "the carrier is out of order"))
            }
            _ => Err(Error::unsure(ErrorKind::Unavailable, "the carrier is out of order")),
        }
    }

    async fn list(&self, url: &str) -> Result<Value, Error> {
        let request = self.request("GET", url, Bytes::new());
        let response = self.transport.send(request).await.map_err(TransportError::idempotent)?;
        json_of(response).await.ok_or_else(|| Error::later(UNREADABLE.0, UNREADABLE.1))
    }

    fn request(&self, method: &str, url: &str, body: Bytes) -> Request<Bytes> {
        let bearer = format!("Bearer {}", self.secret);
        let request = Request::builder().method(method).uri(url).header("authorization", bearer);
        request.body(body).unwrap()
    }
}

async fn json_of(response: Response<Body>) -> Option<Value> {
    serde_json::from_slice(&response.into_body().bytes(1 << 20).await.ok()?).ok()
}

const LIMIT: usize = 500;
const UNREADABLE: (ErrorKind, &str) = (ErrorKind::Protocol, "the carrier's answer is unreadable");

/// What a defect draws keys from.
static DRAWN: AtomicU32 = AtomicU32::new(0);
