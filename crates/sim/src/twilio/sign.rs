use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// `X-Twilio-Signature` of a form POST: the URL as called, then each parameter's name and value in
/// the order of names, a repeated value once, signed with the account's primary token.
///
/// A `'` in the query is signed as `%27`; a fragment is not signed.
pub fn signature(auth_token: &str, url: &str, params: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = params.to_vec();
    sorted.sort();
    sorted.dedup();
    let mut signed = called(url);
    for (name, value) in sorted {
        signed.push_str(&name);
        signed.push_str(&value);
    }
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()) else {
        unreachable!("HMAC takes keys of any length");
    };
    mac.update(signed.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The URL as Twilio calls it: without fragment, its query as a browser writes it.
pub(crate) fn called(url: &str) -> String {
    let url = url.split('#').next().unwrap_or_default();
    match url.split_once('?') {
        Some((path, query)) => format!("{path}?{}", query.replace('\'', "%27")),
        None => url.to_owned(),
    }
}
