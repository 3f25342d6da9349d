use async_trait::async_trait;
use bytes::Bytes;
use handover_core::error::{Error, ErrorKind};
use handover_core::transport::{Body, Chunks, TransportError};
use http::header;

use crate::front::HostedChannel;
use crate::problem::{Answer, Call};

impl HostedChannel {
    /// Opens a file at Front. Our token goes to Front's own hosts only.
    ///
    /// Source: dev.frontapp.com/docs/attachments: a download takes the token like any call. Digest of
    /// 2026-11-20.
    pub(super) async fn open(&self, reference: &str, limit: u64) -> Result<Body, Error> {
        let client = self.front.client();
        let url = match reference.strip_prefix("/download/fil_") {
            Some(_) => client.hosts().check(&client.hosts().url(reference)),
            None => client.hosts().check(reference),
        };
        let url = url.filter(|url| url.path().contains("/download/"));
        let url = url.ok_or_else(|| {
            Error::never(ErrorKind::Forbidden, "the file is not on one of Front's hosts")
        })?;
        let (head, body) = client.open(&url).await?.into_parts();
        if !head.status.is_success() {
            let body = body.bytes(MAX_PROBLEM).await.unwrap_or_default();
            let (status, headers) = (head.status, head.headers);
            let answer = Answer { status, headers, body, merged: None };
            return Err(answer.error(Call::Repeatable, client.now()));
        }
        let length = head.headers.get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > limit) {
            return Err(TransportError::TooLarge.idempotent());
        }
        Ok(Body::new(Box::new(Capped { body: Some(body), left: limit })))
    }
}

/// A body that ends with an error once it is longer than allowed.
struct Capped {
    body: Option<Body>,
    left: u64,
}

#[async_trait]
impl Chunks for Capped {
    async fn next(&mut self) -> Option<Result<Bytes, TransportError>> {
        let chunk = self.body.as_mut()?.chunk().await?;
        let left = chunk.as_ref().ok().map(|chunk| self.left.checked_sub(chunk.len() as u64));
        match left {
            Some(Some(left)) => self.left = left,
            Some(None) => {
                self.body = None;
                return Some(Err(TransportError::TooLarge));
            }
            None => self.body = None,
        }
        Some(chunk)
    }
}

const MAX_PROBLEM: usize = 64 << 10;
