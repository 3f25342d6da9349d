//! `X-Twilio-Signature`.
//!
//! The signature is base64 of HMAC-SHA1, keyed with the account's auth token, over the full URL as
//! Twilio called it, followed for a form post by every parameter's name and value: names in byte
//! order, the values of one name without repeats and sorted. A JSON body is covered by its SHA-256
//! in the query instead. There is no time in it: a replay verifies, and is told by its `MessageSid`.
//!
//! Source: twilio.com/docs/usage/security, digest of 2026-11-20.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use handover_core::webhook::Rejection;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, Method, Request, Uri, header};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::form;

#[cfg(test)]
mod tests;

/// How the parameters of a verified request are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// In the body, as a form.
    Form,
    /// In the body, as JSON.
    Json,
    /// In the query.
    Query,
}

/// Verifies `request` against every token over its raw bytes, and tells how its parameters are
/// written.
pub(super) fn verify(
    request: &Request<Bytes>,
    tokens: &[SecretString],
) -> Result<Written, Rejection> {
    let given = given(request.headers())?;
    let written = written(request)?;
    let params = if written == Written::Form { signed_params(request.body()) } else { Vec::new() };
    let good = |url: &String| tokens.iter().any(|token| is_signed(token, url, &params, &given));
    if variants(request.uri()).iter().any(good) {
        return Ok(written);
    }
    Err(Rejection::UNSIGNED)
}

/// The signature of `url` and the already sorted and joined `params`.
pub(super) fn sign(token: &SecretString, url: &str, params: &[u8]) -> Option<String> {
    let mac = mac(token, url, params)?;
    Some(BASE64.encode(mac.finalize().into_bytes()))
}

/// What a form's parameters add to the signed bytes.
pub(super) fn signed_params(body: &[u8]) -> Vec<u8> {
    let mut sorted: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for (name, value) in form::pairs(body) {
        sorted.entry(name).or_default().insert(value);
    }
    let mut joined = Vec::new();
    for (name, values) in sorted {
        for value in values {
            joined.extend_from_slice(&name);
            joined.extend_from_slice(&value);
        }
    }
    joined
}

/// Whether `given` signs `url` and `params`. The comparison takes constant time.
fn is_signed(token: &SecretString, url: &str, params: &[u8], given: &[u8]) -> bool {
    mac(token, url, params).is_some_and(|mac| mac.verify_slice(given).is_ok())
}

fn mac(token: &SecretString, url: &str, params: &[u8]) -> Option<Hmac<Sha1>> {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.expose_secret().as_bytes()).ok()?;
    mac.update(url.as_bytes());
    mac.update(params);
    Some(mac)
}

/// The one signature that came with the request.
fn given(headers: &HeaderMap) -> Result<Vec<u8>, Rejection> {
    let mut all = headers.get_all(HEADER).iter();
    let (Some(only), None) = (all.next(), all.next()) else {
        return Err(Rejection::UNSIGNED);
    };
    BASE64.decode(only.as_bytes()).map_err(|_| Rejection::UNSIGNED)
}

/// Where the parameters are; a JSON body must match the hash in the (signed) URL.
fn written(request: &Request<Bytes>) -> Result<Written, Rejection> {
    if request.method() == Method::GET {
        return Ok(Written::Query);
    }
    let query = request.uri().query().unwrap_or_default();
    let hashes: Vec<_> = form::pairs(query.as_bytes())
        .into_iter()
        .filter_map(|(name, value)| (name == BODY_HASH).then_some(value))
        .collect();
    match (content_type(request.headers()), hashes.as_slice()) {
        (ContentType::Form, _) | (ContentType::Other, []) => Ok(Written::Form),
        (_, [hash]) if *hash == hex(&Sha256::digest(request.body())) => Ok(Written::Json),
        _ => Err(Rejection::UNSIGNED),
    }
}

enum ContentType {
    Form,
    Json,
    Other,
}

fn content_type(headers: &HeaderMap) -> ContentType {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => ContentType::Form,
        essence if essence.ends_with("/json") || essence.ends_with("+json") => ContentType::Json,
        _ => ContentType::Other,
    }
}

/// Every spelling of the URL that Twilio may have signed: as called, without the port, with the
/// standard port; the query as it is, with the characters escaped that a browser escapes (`'` is
/// signed as `%27`), and re-encoded the way Twilio's older Node library does.
fn variants(uri: &Uri) -> Vec<String> {
    let scheme = uri.scheme_str().unwrap_or("https");
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let mut urls = Vec::new();
    for authority in authorities(scheme, authority) {
        for path in paths(uri) {
            for query in queries(uri.query()) {
                let url = format!("{scheme}://{authority}{path}{query}");
                if !urls.contains(&url) {
                    urls.push(url);
                }
            }
        }
    }
    urls
}

fn authorities(scheme: &str, authority: &str) -> [String; 3] {
    // A colon after the last `@` and the last `]` starts the port; one before is a password's or
    // an IPv6 address's.
    let host_at = authority.rfind(['@', ']']).map_or(0, |at| at + 1);
    let bare = match authority[host_at..].find(':') {
        Some(colon) => &authority[..host_at + colon],
        None => authority,
    };
    let port = if scheme == "http" { 80 } else { 443 };
    [authority.to_owned(), bare.to_owned(), format!("{bare}:{port}")]
}

fn paths(uri: &Uri) -> Vec<&str> {
    match uri.path() {
        "/" => vec!["/", ""],
        path => vec![path],
    }
}

fn queries(query: Option<&str>) -> Vec<String> {
    let Some(query) = query else {
        return vec![String::new()];
    };
    let escaped = utf8_percent_encode(query, BROWSER);
    let mut legacy = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let name = utf8_percent_encode(&name, NODE).to_string();
        legacy.push(format!("{name}={}", utf8_percent_encode(&value, NODE)));
    }
    vec![format!("?{query}"), format!("?{escaped}"), format!("?{}", legacy.join("&"))]
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

pub(super) const HEADER: &str = "x-twilio-signature";
const BODY_HASH: &[u8] = b"bodySHA256";
/// What a browser escapes in a query. Source: WHATWG URL, special-query percent-encode set.
const BROWSER: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'\'');
/// What `encodeURIComponent` leaves alone. Source: ECMA-262.
const NODE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');
