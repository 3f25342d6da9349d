//! Signatures as the providers make them, written from their documentation and not from ours.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// Twilio's: over the URL, and for a form over each name and value, in the order of names.
///
/// Source: twilio.com/docs/usage/security, digest of 2026-11-20.
pub(crate) fn twilio(token: &str, url: &str, form: &[u8]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(url.as_bytes());
    let pairs = form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let mut halves = pair.splitn(2, |byte| *byte == b'=').map(decoded);
        (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
    });
    for (name, value) in pairs.collect::<BTreeSet<_>>() {
        mac.update(&name);
        mac.update(&value);
    }
    BASE64.encode(mac.finalize().into_bytes())
}

/// The hash of a JSON body that Twilio puts into the query.
pub(crate) fn body_hash(body: &[u8]) -> String {
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Front's for an application: over the time in milliseconds, a colon and the body.
///
/// Source: dev.frontapp.com/docs/application-webhooks, digest of 2026-11-20.
pub(crate) fn front_application(key: &str, time: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    let mac = mac.chain_update(time).chain_update(b":").chain_update(body);
    BASE64.encode(mac.finalize().into_bytes())
}

/// Front's for a rule: over the body alone.
///
/// Source: dev.frontapp.com/docs/rule-webhooks, digest of 2026-11-20.
pub(crate) fn front_rule(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    BASE64.encode(mac.chain_update(body).finalize().into_bytes())
}

/// Whether `given` is another spelling of the bytes that `right` encodes.
pub(crate) fn is_same(given: &[u8], right: &str) -> bool {
    BASE64.decode(given).is_ok_and(|given| Ok(given) == BASE64.decode(right))
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = text.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    percent_encoding::percent_decode(&spaced).collect()
}
