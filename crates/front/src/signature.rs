//! What Front signs, and what we sign for Front.
//!
//! - An application's webhook, and a partner channel's: base64 of HMAC-SHA256, keyed with the signing
//!   key (or the app's secret), over `{X-Front-Request-Timestamp}:{raw body}`; the time is in
//!   milliseconds.
//! - A rule's webhook: base64 of HMAC-SHA1, keyed with the API secret, over the raw body. There is no
//!   time in it: a replay verifies, and is told by the event's id.
//! - Our own calls for a partner channel: a JWT by HMAC-SHA256, keyed with the app's secret.
//!
//! Source: dev.frontapp.com/docs/application-webhooks, /docs/rule-webhooks and
//! /docs/getting-started-with-partner-channels, digest of 2026-11-20.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::webhook::Rejection;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, Request, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::Sha256;

#[cfg(test)]
mod tests;

/// Which of Front's two schemes a request is signed by. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// An application's: body and time.
    Application,
    /// A rule's: the body alone.
    Rule,
}

/// The keys that may sign, of each scheme; several while one is rotated.
#[derive(Clone, Copy)]
pub(crate) struct Keys<'a> {
    pub(crate) application: &'a [SecretString],
    pub(crate) rule: &'a [SecretString],
}

/// Verifies `request` over its raw bytes: by the application's scheme where it carries a time, by
/// the rule's where it carries none.
pub(crate) fn verify(
    request: &Request<Bytes>,
    keys: Keys<'_>,
    now: DateTime<Utc>,
) -> Result<Scheme, Rejection> {
    let given = given(request.headers())?;
    let body = request.body();
    let Some(time) = only(request.headers(), TIMESTAMP)? else {
        let good = |key: &SecretString| {
            let mac = Hmac::<Sha1>::new_from_slice(key.expose_secret().as_bytes());
            mac.is_ok_and(|mac| mac.chain_update(body).verify_slice(&given).is_ok())
        };
        return keys.rule.iter().any(good).then_some(Scheme::Rule).ok_or(Rejection::UNSIGNED);
    };
    let good = |key: &SecretString| {
        application(key, time, body).is_some_and(|mac| mac.verify_slice(&given).is_ok())
    };
    if !keys.application.iter().any(good) {
        return Err(Rejection::UNSIGNED);
    }
    // Signed, so that what is wrong with the time is worth telling.
    fresh(time, now)?;
    Ok(Scheme::Application)
}

/// The application's signature of `body` at `time`, in milliseconds.
pub(crate) fn sign(key: &SecretString, time: &str, body: &[u8]) -> Option<String> {
    let mac = application(key, time.as_bytes(), body)?;
    Some(BASE64.encode(mac.finalize().into_bytes()))
}

/// A token for one call about a partner channel.
///
/// `id` must be another one each time; Front refuses a token that lives longer than 30 seconds.
pub(crate) fn jwt(secret: &SecretString, app: &str, channel: &str, id: &str, until: i64) -> String {
    let head = r#"{"alg":"HS256","typ":"JWT"}"#;
    let text = |text: &str| serde_json::Value::from(text).to_string();
    // The order of Front's own samples.
    let claims = format!(
        r#"{{"iss":{},"jti":{},"sub":{},"exp":{until}}}"#,
        text(app),
        text(id),
        text(channel)
    );
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(claims));
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes());
    // A key of any length is a key.
    let mac = mac.map(|mac| mac.chain_update(&signed).finalize().into_bytes()).unwrap_or_default();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac))
}

fn application(key: &SecretString, time: &[u8], body: &[u8]) -> Option<Hmac<Sha256>> {
    let mac = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()).ok()?;
    Some(mac.chain_update(time).chain_update(b":").chain_update(body))
}

/// Whether a signed time is near enough. Seconds instead of milliseconds are far in the past.
fn fresh(time: &[u8], now: DateTime<Utc>) -> Result<(), Rejection> {
    let time =
        std::str::from_utf8(time).ok().filter(|time| time.bytes().all(|b| b.is_ascii_digit()));
    let time = time.and_then(|time| time.parse().ok()).and_then(DateTime::from_timestamp_millis);
    let Some(time) = time else { return Err(STALE) };
    let skew = now.signed_duration_since(time);
    if skew.abs() > WINDOW {
        tracing::info!(skew_seconds = skew.num_seconds(), "a signed request is too old or too new");
        return Err(STALE);
    }
    Ok(())
}

/// The one signature that came with the request.
fn given(headers: &HeaderMap) -> Result<Vec<u8>, Rejection> {
    let given = only(headers, SIGNATURE)?.ok_or(Rejection::UNSIGNED)?;
    BASE64.decode(given).map_err(|_| Rejection::UNSIGNED)
}

/// The value of a header that may come once at most.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a [u8]>, Rejection> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (value, None) => Ok(value.map(|value| value.as_bytes())),
        _ => Err(Rejection::UNSIGNED),
    }
}

pub(crate) const SIGNATURE: &str = "x-front-signature";
pub(crate) const TIMESTAMP: &str = "x-front-request-timestamp";
const STALE: Rejection = Rejection { status: StatusCode::FORBIDDEN, reason: "timestamp" };
/// How far a signed time may be from ours. Front's retries are signed anew.
pub(crate) const WINDOW: TimeDelta = TimeDelta::minutes(5);
