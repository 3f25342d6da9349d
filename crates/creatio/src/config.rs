//! Where a Creatio is, and how to log in.

mod address;
mod desk;

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::files::FileRules;

pub use desk::{DeskConfig, EntryMode, FilePolicy, Ready, ReplyRule};
pub(crate) use desk::{Field, FieldKind, event_word};

/// Where a Creatio is, and how to log in: all that a [`Client`](crate::Client) needs.
///
/// # Privacy
/// `Debug` shows neither names nor secrets of the login.
#[derive(Clone)]
pub struct Config {
    base: Url,
    identity: Option<Url>,
    odata_path: Option<String>,
    pub(crate) login: Login,
    pub(crate) daily_calls: Option<u64>,
    pub(crate) concurrency: usize,
    pub(crate) timeout: Duration,
    pub(crate) files: FileRules,
}

/// Who logs in.
#[derive(Clone)]
pub(crate) enum Login {
    /// An OAuth application, by client credentials.
    Application { id: String, secret: SecretString },
    /// A user, by name and password.
    User { name: String, password: SecretString },
}

impl Config {
    /// A Creatio at `base_url`, entered with an OAuth application of grant type "Client credentials".
    ///
    /// The URL may carry a path, a trailing slash, a trailing `/0`, or be the address of any page of
    /// the application: only what leads to the application's root is kept.
    ///
    /// # Errors
    /// [`ConfigError`], which names the key and the fix.
    pub fn new(
        base_url: &str,
        client_id: impl Into<String>,
        client_secret: SecretString,
    ) -> Result<Self, ConfigError> {
        let id = client_id.into().trim().to_owned();
        if id.is_empty() {
            return Err(bad("client_id", "it is empty: copy it from the OAuth application"));
        }
        Self::entered(base_url, Login::Application { id, secret: client_secret })
    }

    /// A Creatio at `base_url`, entered as a user, where there are no OAuth applications.
    ///
    /// Such a login keeps a session open until [`Client::close`](crate::Client::close), takes a
    /// licence, and is never tried twice with a password that was refused, because Creatio locks
    /// accounts.
    ///
    /// # Errors
    /// [`ConfigError`], which names the key and the fix.
    pub fn user(
        base_url: &str,
        username: impl Into<String>,
        password: SecretString,
    ) -> Result<Self, ConfigError> {
        let name = username.into().trim().to_owned();
        if name.is_empty() {
            return Err(bad("username", "it is empty"));
        }
        Self::entered(base_url, Login::User { name, password })
    }

    fn entered(base_url: &str, login: Login) -> Result<Self, ConfigError> {
        let base = address::root(base_url).map_err(|fix| bad("base_url", fix))?;
        Ok(Self {
            identity: address::identity(&base),
            base,
            odata_path: None,
            login,
            daily_calls: None,
            concurrency: 4,
            timeout: Duration::from_secs(120),
            files: FileRules::default(),
        })
    }

    /// The Identity Service, where it cannot be derived: on-site, or a cloud host with a name of its
    /// own. It is the value of the system setting `OAuth20IdentityServerUrl`.
    ///
    /// # Errors
    /// [`ConfigError`] for `identity_url`.
    pub fn with_identity_url(mut self, identity_url: &str) -> Result<Self, ConfigError> {
        let mut url = address::parse(identity_url).map_err(|fix| bad("identity_url", fix))?;
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/connect/token").unwrap_or(path).to_owned();
        url.set_path(&path);
        self.identity = Some(url);
        Ok(self)
    }

    /// Where OData is below the base: `0/odata` on .NET Framework, `odata` on .NET, or `auto`
    /// (default), which finds out by the first call.
    ///
    /// # Errors
    /// [`ConfigError`] for `odata_path`.
    pub fn with_odata_path(mut self, odata_path: &str) -> Result<Self, ConfigError> {
        let path = odata_path.trim().trim_matches('/');
        if path == "auto" {
            self.odata_path = None;
            return Ok(self);
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.');
        if path.is_empty() || !path.bytes().all(plain) || path.split('/').any(|part| part == "..") {
            return Err(bad("odata_path", "it must be auto, or a path such as 0/odata or odata"));
        }
        self.odata_path = Some(path.to_owned());
        Ok(self)
    }

    /// How many calls a day (UTC) may be made; as many as one likes by default.
    ///
    /// Of the last fifth nothing is given to calls of [`Priority::Enrichment`](crate::Priority).
    ///
    /// Source: Growth plans have 10,000 OData calls a day for each full user licence, and count each
    /// item of a batch.
    ///
    /// # Errors
    /// [`ConfigError`] for `daily_calls`: 100 at least.
    pub fn with_daily_calls(mut self, daily_calls: u64) -> Result<Self, ConfigError> {
        if daily_calls < 100 {
            return Err(bad("daily_calls", "it must be 100 or more: see your plan's limits"));
        }
        self.daily_calls = Some(daily_calls);
        Ok(self)
    }

    /// How many calls may be under way at a time; 4 by default.
    ///
    /// # Errors
    /// [`ConfigError`] for `concurrency`: 1 to 64.
    pub fn with_concurrency(mut self, concurrency: usize) -> Result<Self, ConfigError> {
        if !(1..=64).contains(&concurrency) {
            return Err(bad("concurrency", "it must be from 1 to 64"));
        }
        self.concurrency = concurrency;
        Ok(self)
    }

    /// After how long the transport gives up on an answer; 120 s by default, as
    /// `handover_reqwest::Limits` does. Batches are made small enough to end within a third of it.
    ///
    /// # Errors
    /// [`ConfigError`] for `timeout`: a second at least.
    pub fn with_timeout(mut self, timeout: Duration) -> Result<Self, ConfigError> {
        if timeout < Duration::from_secs(1) {
            return Err(bad("timeout", "it must be a second or more"));
        }
        self.timeout = timeout;
        Ok(self)
    }

    /// Which files may be uploaded.
    #[must_use]
    pub fn with_file_rules(mut self, files: FileRules) -> Self {
        self.files = files;
        self
    }

    /// The application's root.
    pub fn base_url(&self) -> &Url {
        &self.base
    }

    /// The token endpoint.
    pub(crate) fn token_url(&self) -> Result<String, ConfigError> {
        let identity = self.identity.as_ref().ok_or_else(|| {
            bad("identity_url", "it cannot be derived from this base_url: set it")
        })?;
        Ok(format!("{}/connect/token", identity.as_str().trim_end_matches('/')))
    }

    /// Where OData is below the root, if that is known.
    pub(crate) fn odata_path(&self) -> Option<&str> {
        self.odata_path.as_deref()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("base", &self.base.as_str())
            .field("odata_path", &self.odata_path)
            .finish_non_exhaustive()
    }
}

/// A key of the configuration that is wrong, and what to do about it. The text is ours and fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigError {
    key: &'static str,
    fix: &'static str,
}

impl ConfigError {
    /// The key, as the configuration of `serve` names it.
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// What is wrong and what to do.
    pub fn fix(&self) -> &'static str {
        self.fix
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.fix)
    }
}

impl std::error::Error for ConfigError {}

pub(crate) fn bad(key: &'static str, fix: &'static str) -> ConfigError {
    ConfigError { key, fix }
}

#[cfg(test)]
mod tests;
