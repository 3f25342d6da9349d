//! Whether a request is Pigeon's.
//!
//! Source: "Signature" in the README; for a real provider, its page and the date of reading.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::webhook::Rejection;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Request;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Verifies the raw bytes, in constant time, before anything is parsed.
pub(crate) fn verify(
    request: &Request<Bytes>,
    secret: &SecretString,
    now: DateTime<Utc>,
) -> Result<(), Rejection> {
    let time = only(request, "pigeon-time")?;
    let signature = STANDARD.decode(only(request, "pigeon-signature")?);
    let signature = signature.map_err(|_| Rejection::UNSIGNED)?;
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes());
    let mut mac = mac.map_err(|_| Rejection::UNSIGNED)?;
    for piece in [time, b".", request.body()] {
        mac.update(piece);
    }
    mac.verify_slice(&signature).map_err(|_| Rejection::UNSIGNED)?;
    let time = str::from_utf8(time).ok().and_then(|time| time.parse::<i64>().ok());
    let is_fresh = time.is_some_and(|time| now.timestamp().abs_diff(time) <= TOLERANCE);
    if is_fresh { Ok(()) } else { Err(Rejection::UNSIGNED) }
}

/// The header's value, if it is there once: of two nobody knows which was signed.
fn only<'a>(request: &'a Request<Bytes>, name: &str) -> Result<&'a [u8], Rejection> {
    let mut values = request.headers().get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value.as_bytes()),
        _ => Err(Rejection::UNSIGNED),
    }
}

/// Seconds.
const TOLERANCE: u64 = 300;
