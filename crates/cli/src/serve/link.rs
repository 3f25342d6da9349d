//! Links to sessions' pages.

#[cfg(test)]
mod tests;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::id::SessionId;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use url::Url;

use crate::config::Settings;

/// Makes and checks links to sessions' pages: good for one session, until they expire, for whoever
/// has them.
///
/// The key is derived from the operator's token, so that a new token ends all links.
pub(crate) struct Link {
    base: Url,
    /// Where links lead instead, if the configuration says so: `…/{session}`.
    form: Option<String>,
    keys: Vec<Key>,
}

type Key = [u8; 32];

impl Link {
    /// Links as the configuration has them.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            base: settings.server.public_url.clone(),
            form: settings.session_url().map(str::to_owned),
            keys: settings.server.operator_tokens.iter().map(key).collect(),
        }
    }

    /// The link to a session's page.
    pub(crate) fn to(&self, session: SessionId, now: DateTime<Utc>) -> Url {
        // proof: the form was parsed with a session in it when the configuration was read
        let form = self.form.as_ref().map(|form| form.replace("{session}", &session.to_string()));
        if let Some(url) = form.and_then(|form| Url::parse(&form).ok()) {
            return url;
        }
        let expires = (now + VALID).timestamp();
        let mut url = self.base.clone();
        url.set_path(&format!("{}/sessions/{session}", self.base.path().trim_end_matches('/')));
        let signature =
            self.keys.first().map(|key| sign(key, session, expires)).unwrap_or_default();
        url.query_pairs_mut()
            .append_pair("exp", &expires.to_string())
            .append_pair("sig", &URL_SAFE_NO_PAD.encode(signature));
        url
    }

    /// Whether `signature` lets its bearer see `session` until `expires`, and that is not over.
    pub(crate) fn admits(
        &self,
        session: SessionId,
        expires: i64,
        signature: &str,
        now: DateTime<Utc>,
    ) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let is_signed =
            self.keys.iter().any(|key| mac(key, session, expires).verify_slice(&signature).is_ok());
        is_signed && now.timestamp() < expires
    }
}

fn key(token: &SecretString) -> Key {
    // proof: HMAC takes keys of any length
    let mut mac = Hmac::<Sha256>::new_from_slice(token.expose_secret().as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(b"handover session link 1");
    mac.finalize().into_bytes().into()
}

fn sign(key: &Key, session: SessionId, expires: i64) -> Vec<u8> {
    mac(key, session, expires).finalize().into_bytes().to_vec()
}

fn mac(key: &Key, session: SessionId, expires: i64) -> Hmac<Sha256> {
    // proof: HMAC takes keys of any length
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(format!("{session} {expires}").as_bytes());
    mac
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

/// How long a link is good for.
const VALID: TimeDelta = TimeDelta::days(30);
