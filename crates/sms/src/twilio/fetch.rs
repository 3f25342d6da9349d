//! Files that came with a message.
//!
//! Source: twilio.com/docs/messaging/api/media-resource: media takes our login and answers with a
//! redirect to storage on another host, which must not see it. Digest of 2026-11-20.

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::error::{Error, ErrorKind};
use handover_core::transport::{Body, Chunks, TransportError};
use http::{Method, Response, header};
use url::{Host, Url};

use super::Twilio;
use super::api::{self, Call};
use super::config::is_loopback;

#[cfg(test)]
mod tests;

impl Twilio {
    /// Opens a file at Twilio. Our login goes with the first request only, to Twilio's own hosts,
    /// and one redirect is followed: its URL carries the storage's own signature.
    pub(super) async fn open(&self, reference: &str, limit: u64) -> Result<Body, Error> {
        let Some(url) = Url::parse(reference).ok().filter(|url| self.is_media(url)) else {
            return Err(Error::never(ErrorKind::Forbidden, "the file is not on Twilio's hosts"));
        };
        let request = self.request(Method::GET, &url, Bytes::new())?;
        let response = self.shared.transport.send(request).await;
        let response = response.map_err(TransportError::idempotent)?;
        if !response.status().is_redirection() {
            return self.limited(response, limit).await;
        }
        let target = self.target(&url, &response)?;
        let request = api::bare(Method::GET, &target, Bytes::new())?;
        let response = self.shared.transport.send(request).await;
        let response = response.map_err(TransportError::idempotent)?;
        if response.status().is_redirection() {
            return Err(Error::never(ErrorKind::Protocol, "the file is redirected twice"));
        }
        self.limited(response, limit).await
    }

    /// Whether `url` is on the API's host or another of Twilio's.
    fn is_media(&self, url: &Url) -> bool {
        let is_twilio = |host: &str| host == "twilio.com" || host.ends_with(".twilio.com");
        is_plain(url)
            && (url.origin() == self.config().api_url.origin()
                || url.scheme() == "https"
                    && url.port().is_none()
                    && url.domain().is_some_and(is_twilio))
    }

    /// Where a redirect leads, if it may be followed: to `https`, and to no bare address. A
    /// simulator on this machine may redirect to itself.
    fn target(&self, url: &Url, response: &Response<Body>) -> Result<Url, Error> {
        let location = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
        let api = &self.config().api_url;
        let may_follow = |to: &Url| {
            let named = to.scheme() == "https"
                && matches!(to.host(), Some(Host::Domain(_)))
                && !is_loopback(to);
            let simulated = is_loopback(api) && is_loopback(to) && to.scheme() == api.scheme();
            is_plain(to) && (named || simulated || to.origin() == api.origin())
        };
        location
            .and_then(|to| url.join(to).ok())
            .filter(may_follow)
            .ok_or_else(|| Error::never(ErrorKind::Forbidden, "the file is redirected astray"))
    }

    async fn limited(&self, response: Response<Body>, limit: u64) -> Result<Body, Error> {
        if !response.status().is_success() {
            return Err(self.refusal(Call::Read, response).await);
        }
        let length = response.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > limit) {
            return Err(TransportError::TooLarge.idempotent());
        }
        Ok(Body::new(Box::new(Limited { body: Some(response.into_body()), left: limit })))
    }
}

/// Whether `url` carries no login.
fn is_plain(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none()
}

/// A body that ends with an error as soon as it is longer than allowed.
struct Limited {
    body: Option<Body>,
    left: u64,
}

#[async_trait]
impl Chunks for Limited {
    async fn next(&mut self) -> Option<Result<Bytes, TransportError>> {
        let chunk = self.body.as_mut()?.chunk().await?;
        let Ok(chunk) = chunk else {
            self.body = None;
            return Some(chunk);
        };
        match self.left.checked_sub(chunk.len() as u64) {
            Some(left) => {
                self.left = left;
                Some(Ok(chunk))
            }
            None => {
                self.body = None;
                Some(Err(TransportError::TooLarge))
            }
        }
    }
}
