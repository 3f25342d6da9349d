//! What the client and the desk need to know.

mod desk;

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::hosts;

pub use desk::{ChannelApi, DeskConfig, Trimmer};

#[cfg(test)]
mod tests;

/// How to reach a Front, and as whom.
///
/// # Privacy
/// `Debug` shows neither token nor secret.
#[derive(Clone)]
pub struct Config {
    pub(crate) api_url: Url,
    pub(crate) login: Login,
}

/// A token that does not expire, or an application's.
#[derive(Clone)]
pub(crate) enum Login {
    Oauth(OAuth),
    Token(SecretString),
}

/// An OAuth application's login: its refresh token is exchanged for access tokens of an hour.
///
/// Source: dev.frontapp.com/docs/oauth, digest of 2026-11-20.
#[derive(Clone)]
pub struct OAuth {
    pub(crate) client_id: Box<str>,
    pub(crate) client_secret: SecretString,
    pub(crate) refresh_token: SecretString,
    pub(crate) token_url: Url,
    pub(crate) rotated: Option<Rotated>,
}

/// Is told the refresh token that replaces the one we had.
pub(crate) type Rotated = Arc<dyn Fn(&SecretString) + Send + Sync>;

/// A value of the configuration is wrong.
///
/// # Privacy
/// It names the key and the fix, never the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("front: `{key}`: {fix}")]
pub struct ConfigError {
    key: &'static str,
    fix: &'static str,
}

impl Config {
    /// A company's API token.
    ///
    /// # Errors
    /// [`ConfigError`] if the token is empty or has spaces.
    pub fn new(token: SecretString) -> Result<Self, ConfigError> {
        Ok(Self { api_url: default_url(API_URL), login: Login::Token(usable("token", token)?) })
    }

    /// An OAuth application's login.
    pub fn with_oauth(oauth: OAuth) -> Self {
        Self { api_url: default_url(API_URL), login: Login::Oauth(oauth) }
    }

    /// Another base than `https://api2.frontapp.com`: a company's own host, or a simulator.
    ///
    /// # Errors
    /// [`ConfigError`] unless it is `https` without query or login; `http` only for this machine.
    pub fn with_api_url(mut self, api_url: Url) -> Result<Self, ConfigError> {
        self.api_url = base("api_url", api_url)?;
        Ok(self)
    }
}

impl OAuth {
    /// The application's id and secret, and the refresh token that an admin's consent gave.
    ///
    /// # Errors
    /// [`ConfigError`] if one of them is empty or has spaces.
    pub fn new(
        client_id: &str,
        client_secret: SecretString,
        refresh_token: SecretString,
    ) -> Result<Self, ConfigError> {
        if client_id.is_empty() || !client_id.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(ConfigError::new("client_id", SECRET));
        }
        Ok(Self {
            client_id: client_id.into(),
            client_secret: usable("client_secret", client_secret)?,
            refresh_token: usable("refresh_token", refresh_token)?,
            token_url: default_url(TOKEN_URL),
            rotated: None,
        })
    }

    /// Another place to exchange the refresh token, for tests.
    ///
    /// # Errors
    /// [`ConfigError`] unless it is `https` without query or login; `http` only for this machine.
    pub fn with_token_url(mut self, token_url: Url) -> Result<Self, ConfigError> {
        self.token_url = base("token_url", token_url)?;
        Ok(self)
    }

    /// Sets what keeps a new refresh token. Front gives one in the last day of the old one, which
    /// lives for half a year; whoever does not keep it must ask an admin again.
    #[must_use]
    pub fn on_rotation(mut self, keep: impl Fn(&SecretString) + Send + Sync + 'static) -> Self {
        self.rotated = Some(Arc::new(keep));
        self
    }
}

impl ConfigError {
    pub(crate) const fn new(key: &'static str, fix: &'static str) -> Self {
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
        f.debug_struct("Config").finish_non_exhaustive()
    }
}

impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth").finish_non_exhaustive()
    }
}

/// A secret that fits a header or a form.
pub(crate) fn usable(key: &'static str, secret: SecretString) -> Result<SecretString, ConfigError> {
    let text = secret.expose_secret();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(ConfigError::new(key, SECRET));
    }
    Ok(secret)
}

fn base(key: &'static str, url: Url) -> Result<Url, ConfigError> {
    if hosts::is_base(&url) { Ok(url) } else { Err(ConfigError::new(key, BASE)) }
}

fn default_url(url: &'static str) -> Url {
    // proof: two constants that are URLs; the tests build both
    Url::parse(url).expect("a default URL is a URL")
}

const API_URL: &str = "https://api2.frontapp.com";
const BASE: &str = "give https://host without query, fragment or login; http only for this machine";
const SECRET: &str = "it is empty or has spaces: copy it again from Front's developer settings";
const TOKEN_URL: &str = "https://app.frontapp.com/oauth/token";
