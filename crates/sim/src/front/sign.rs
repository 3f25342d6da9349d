use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha1::Sha1;
use sha2::Sha256;

/// `X-Front-Signature` of an application's webhook: over `timestamp:body`, the time in
/// milliseconds, with the application's signing key.
pub fn application_signature(signing_key: &str, timestamp: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(signing_key.as_bytes()) else {
        unreachable!("HMAC takes keys of any length");
    };
    mac.update(timestamp.as_bytes());
    mac.update(b":");
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// `X-Front-Signature` of a rule's webhook: over the body, with the company's API secret.
pub fn rule_signature(api_secret: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(api_secret.as_bytes()) else {
        unreachable!("HMAC takes keys of any length");
    };
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The claims of a token of the channel API, when the signature is right. Only HS256 is taken.
pub fn channel_claims(app_secret: &str, token: &str) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header["alg"] != "HS256" {
        return None;
    }
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()) else {
        unreachable!("HMAC takes keys of any length");
    };
    mac.update(signed.as_bytes());
    mac.verify_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}
