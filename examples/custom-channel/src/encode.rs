//! What we say to Pigeon.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::Outbound;
use handover_core::error::{Error, ErrorKind};
use http::{HeaderValue, Request, header};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::config::Config;

/// The request that sends one part.
pub(crate) fn message(config: &Config, outbound: &Outbound) -> Result<Request<Bytes>, Error> {
    let body = json!({
        "to": outbound.to.value,
        "text": outbound.text,
        "reference": outbound.key.to_string(),
    });
    let request = Request::post(MESSAGES).header(header::CONTENT_TYPE, "application/json");
    signed_in(config, request, body.to_string().into())
}

/// The request for the list of what was sent since `first`, by a clock that may be behind ours.
pub(crate) fn list(config: &Config, first: DateTime<Utc>) -> Result<Request<Bytes>, Error> {
    let since = (first - SLACK).timestamp();
    signed_in(config, Request::get(format!("{MESSAGES}?since={since}")), Bytes::new())
}

fn signed_in(
    config: &Config,
    request: http::request::Builder,
    body: Bytes,
) -> Result<Request<Bytes>, Error> {
    let unusable = "the secret cannot be put into a header: copy it again";
    let bearer = format!("Bearer {}", config.secret.expose_secret());
    let mut bearer =
        HeaderValue::try_from(bearer).map_err(|_| Error::never(ErrorKind::Config, unusable))?;
    bearer.set_sensitive(true);
    let request = request.header(header::AUTHORIZATION, bearer).body(body);
    request.map_err(|_| Error::never(ErrorKind::Config, unusable))
}

const MESSAGES: &str = "https://api.pigeon.example/v1/messages";
const SLACK: TimeDelta = TimeDelta::seconds(30);
