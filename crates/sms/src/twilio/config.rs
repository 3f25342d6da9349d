//! What a Twilio channel needs to know.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use handover_core::channel::Account;
use handover_core::id::{AccountId, ChannelId};
use handover_core::identity::{Identity, Proof};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

#[cfg(test)]
mod tests;

/// The configuration of a Twilio channel, checked as it is built.
///
/// # Privacy
/// `Debug` shows the channel's name only: no token, number or URL.
#[derive(Clone)]
pub struct Config {
    pub(super) channel: ChannelId,
    pub(super) account: Account,
    pub(super) account_sid: Box<str>,
    pub(super) auth_tokens: Vec<SecretString>,
    pub(super) sender: Sender,
    pub(super) api_url: Url,
    pub(super) public_url: Url,
    pub(super) settle: Duration,
}

/// What texts are sent from.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Sender {
    /// A number in E.164, or a short code.
    Number(Box<str>),
    /// A messaging service, by its sid.
    Service(Box<str>),
}

/// A value of the configuration is wrong.
///
/// # Privacy
/// It names the key and the fix, never the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("twilio: `{key}`: {fix}")]
pub struct ConfigError {
    key: &'static str,
    fix: &'static str,
}

impl Config {
    /// A channel with what is required.
    ///
    /// - `account_sid`: the account's sid (`AC` and 32 letters and digits), from the console's start page.
    ///   For a sub-account its own sid and token: a sub-account signs its own webhooks.
    /// - `auth_tokens`: the account's auth tokens. The first is used to send; each of them
    ///   verifies webhooks, so that the old and the new one both work while a token is rotated.
    ///   An API key (`SK…`) cannot stand in: it never signs webhooks.
    /// - `from`: a number in E.164 (`+12025550100`), a short code, or the sid of a messaging
    ///   service (`MG…`).
    /// - `public_url`: the URL of this channel's webhook as Twilio calls it, without the fragment.
    ///   Status callbacks go to `{public_url}/status?key={key}`.
    ///
    /// Source: twilio.com/docs/usage/security and /docs/messaging/api/message-resource, digest of
    /// 2026-11-20.
    ///
    /// # Errors
    /// [`ConfigError`] names the key and the fix.
    pub fn new(
        channel: ChannelId,
        account_sid: &str,
        auth_tokens: Vec<SecretString>,
        from: &str,
        public_url: Url,
    ) -> Result<Self, ConfigError> {
        let account_sid = account_sid.trim();
        if account_sid.starts_with("SK") {
            return Err(ConfigError::new("account_sid", API_KEY));
        }
        if !is_sid(account_sid, "AC") {
            return Err(ConfigError::new("account_sid", ACCOUNT_SID));
        }
        if auth_tokens.is_empty() {
            return Err(ConfigError::new("auth_tokens", API_KEY));
        }
        let usable = |token: &SecretString| {
            let token = token.expose_secret();
            !token.is_empty() && token.chars().all(|c| c.is_ascii_graphic())
        };
        if !auth_tokens.iter().all(usable) {
            return Err(ConfigError::new("auth_tokens", AUTH_TOKEN));
        }
        let Ok(account) = AccountId::new(format!("twilio-{account_sid}")) else {
            return Err(ConfigError::new("account_sid", ACCOUNT_SID));
        };
        if public_url.fragment().is_some() {
            return Err(ConfigError::new("public_url", FRAGMENT));
        }
        if !is_https_or_loopback(&public_url) {
            return Err(ConfigError::new("public_url", PUBLIC_URL));
        }
        Ok(Self {
            channel,
            account: Account::new(account),
            account_sid: account_sid.into(),
            auth_tokens,
            sender: Sender::parse(from.trim())?,
            // proof: a constant that is a URL; the tests build a `Config`
            api_url: Url::parse(API_URL).expect("the default API URL is a URL"),
            public_url,
            settle: SETTLE,
        })
    }

    /// Another API host than `https://api.twilio.com`: an edge location, or a simulator.
    ///
    /// # Errors
    /// [`ConfigError`] unless it is `https://host[:port]`; `http` only for this machine.
    pub fn with_api_url(mut self, api_url: Url) -> Result<Self, ConfigError> {
        let bare = matches!(api_url.path(), "" | "/")
            && api_url.query().is_none()
            && api_url.fragment().is_none()
            && api_url.username().is_empty()
            && api_url.password().is_none();
        if !bare || !is_https_or_loopback(&api_url) {
            return Err(ConfigError::new("api_url", API_URL_FIX));
        }
        self.api_url = api_url;
        Ok(self)
    }

    /// How many calls a second the account takes. Unknown by default: Twilio queues what comes too
    /// fast for a number, and answers 429 when the account itself is too fast.
    ///
    /// # Errors
    /// [`ConfigError`] unless it is a positive number.
    pub fn with_per_second(mut self, per_second: f64) -> Result<Self, ConfigError> {
        if !(per_second.is_finite() && per_second > 0.0) {
            return Err(ConfigError::new("per_second", PER_SECOND));
        }
        self.account.per_second = Some(per_second);
        Ok(self)
    }

    /// How long after the last moment at which an uncertain send may have been taken (30 seconds
    /// after the first attempt began) the message list is trusted when it does not show the text:
    /// 60 seconds by default.
    #[must_use]
    pub fn with_settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    /// The webhook URL to enter at Twilio: with five retries on every failure.
    ///
    /// Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides, digest of 2026-11-20.
    pub fn webhook_url(&self) -> Url {
        let mut url = self.public_url.clone();
        url.set_fragment(Some(RETRIES));
        url
    }

    /// Where Twilio reports how far the send named `key` got.
    pub(super) fn status_url(&self, key: &str) -> Url {
        let mut url = self.public_url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("status");
        }
        url.query_pairs_mut().append_pair("key", key);
        url
    }
}

impl Sender {
    fn parse(from: &str) -> Result<Self, ConfigError> {
        if is_sid(from, "MG") {
            return Ok(Self::Service(from.into()));
        }
        let short = (3..=8).contains(&from.len()) && from.bytes().all(|b| b.is_ascii_digit());
        if short || Identity::tel(from, Proof::Claimed).is_some() {
            return Ok(Self::Number(from.into()));
        }
        Err(ConfigError::new("from", FROM))
    }
}

impl ConfigError {
    const fn new(key: &'static str, fix: &'static str) -> Self {
        Self { key, fix }
    }

    /// Which value is wrong.
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// What to do about it.
    pub fn fix(&self) -> &'static str {
        self.fix
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// Whether `url` is `https`, or `http` on this machine.
pub(super) fn is_https_or_loopback(url: &Url) -> bool {
    url.host().is_some() && (url.scheme() == "https" || url.scheme() == "http" && is_loopback(url))
}

/// Whether `url` names this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

/// Whether `text` is a sid: the prefix and 32 letters and digits.
fn is_sid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}

const ACCOUNT_SID: &str = "give the account's sid: AC and 32 letters and digits, from the console";
const API_KEY: &str = "the account's auth token is needed to verify webhooks; an API key (SK…) \
                       never signs them: give the account's sid (AC…) and auth token";
const API_URL: &str = "https://api.twilio.com";
const API_URL_FIX: &str = "give https://host without path, query or login; http only for this \
                           machine";
const AUTH_TOKEN: &str = "an auth token is not empty and has no spaces: copy it from the console";
const FRAGMENT: &str = "leave out the part from # on: it belongs into Twilio's console only, and \
                        is not signed";
const FROM: &str = "give a number in E.164 (+12025550100), a short code, or a messaging service \
                    (MG and 32 letters and digits)";
const PER_SECOND: &str = "give a number of calls a second above zero";
const PUBLIC_URL: &str = "give the webhook's https URL as Twilio calls it; http only for this \
                          machine";
const RETRIES: &str = "rc=5&rp=all";
const SETTLE: Duration = Duration::from_secs(60);
