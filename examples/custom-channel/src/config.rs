//! What the channel must know.

use std::fmt;

use handover_core::id::{AccountId, ChannelId};
use secrecy::{ExposeSecret, SecretString};

/// The configuration, checked as it is built.
///
/// # Privacy
/// `Debug` shows the channel's name only.
pub struct Config {
    pub(crate) channel: ChannelId,
    pub(crate) account: AccountId,
    pub(crate) secret: SecretString,
}

/// A value is wrong. Names the key and the fix, never the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The key.
    pub key: &'static str,
    /// What to do about it.
    pub fix: &'static str,
}

impl Config {
    /// A channel called `channel` on Pigeon's `account`, whose `secret` logs in and signs.
    ///
    /// # Errors
    /// [`ConfigError`] names the key and the fix.
    pub fn new(
        channel: ChannelId,
        account: &str,
        secret: SecretString,
    ) -> Result<Self, ConfigError> {
        let fix = "copy it from Pigeon's console";
        let account = AccountId::new(format!("pigeon-{account}"))
            .map_err(|_| ConfigError { key: "account", fix })?;
        let text = secret.expose_secret();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ConfigError { key: "secret", fix });
        }
        Ok(Self { channel, account, secret })
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("channel", &self.channel).finish_non_exhaustive()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pigeon: `{}`: {}", self.key, self.fix)
    }
}

impl std::error::Error for ConfigError {}
