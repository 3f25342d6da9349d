use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use handover_core::channel::Account;
use handover_core::id::{AccountId, ChannelId, DeskId};
use secrecy::SecretString;

use super::{ConfigError, usable};
use crate::ids::{self, CompanyId, InboxId, TeammateId};

/// Cuts what a mail quotes off its text.
pub type Trimmer = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// A Front as a desk: who the AI is there, and which inboxes are channels of ours.
///
/// # Privacy
/// `Debug` shows the desk's name and the teammate only.
#[derive(Clone)]
pub struct DeskConfig {
    pub(crate) desk: DeskId,
    pub(crate) account: Account,
    pub(crate) teammate: TeammateId,
    pub(crate) application_keys: Vec<SecretString>,
    pub(crate) rule_secrets: Vec<SecretString>,
    pub(crate) company: Option<CompanyId>,
    pub(crate) handle_unassigned: bool,
    pub(crate) tags: Vec<String>,
    pub(crate) inboxes: BTreeMap<InboxId, ChannelId>,
    pub(crate) settle: Duration,
    pub(crate) trimmer: Option<Trimmer>,
    pub(crate) channel_api: Option<ChannelApi>,
}

/// A partner channel: where conversations of our own channels appear in Front.
///
/// # Privacy
/// `Debug` shows the channel only.
#[derive(Clone)]
pub struct ChannelApi {
    pub(crate) app: Box<str>,
    pub(crate) secrets: Vec<SecretString>,
    pub(crate) channel: ids::ChannelId,
    pub(crate) webhook_url: Option<url::Url>,
}

impl DeskConfig {
    /// A desk where `teammate` is the AI.
    ///
    /// # Errors
    /// [`ConfigError`] if the desk's name is too long to name an account.
    pub fn new(desk: DeskId, teammate: TeammateId) -> Result<Self, ConfigError> {
        let account = AccountId::new(format!("front-{desk}"));
        let account = account.map_err(|_| ConfigError::new("desk", "its name is too long"))?;
        Ok(Self {
            desk,
            account: Account::new(account),
            teammate,
            application_keys: Vec::new(),
            rule_secrets: Vec::new(),
            company: None,
            handle_unassigned: false,
            tags: Vec::new(),
            inboxes: BTreeMap::new(),
            settle: SETTLE,
            trimmer: None,
            channel_api: None,
        })
    }

    /// The signing keys of the application whose webhooks come here (`app_signing_key`): several
    /// while one is rotated.
    ///
    /// # Errors
    /// [`ConfigError`] if one is empty or has spaces.
    pub fn with_application_keys(mut self, keys: Vec<SecretString>) -> Result<Self, ConfigError> {
        self.application_keys = all_usable("app_signing_key", keys)?;
        Ok(self)
    }

    /// The API secrets of rules' webhooks (`rule_secret`): several while one is rotated.
    ///
    /// # Errors
    /// [`ConfigError`] if one is empty or has spaces.
    pub fn with_rule_secrets(mut self, secrets: Vec<SecretString>) -> Result<Self, ConfigError> {
        self.rule_secrets = all_usable("rule_secret", secrets)?;
        Ok(self)
    }

    /// The company whose events are ours, where one application serves several.
    #[must_use]
    pub fn with_company(mut self, company: CompanyId) -> Self {
        self.company = Some(company);
        self
    }

    /// Makes the inboxes a channel of ours: what arrives in them is this channel's. Every other
    /// inbox is of no concern.
    ///
    /// # Errors
    /// [`ConfigError`] if there is no inbox, or one is another channel's already.
    pub fn with_channel(
        mut self,
        channel: &ChannelId,
        inboxes: impl IntoIterator<Item = InboxId>,
    ) -> Result<Self, ConfigError> {
        let mut any = false;
        for inbox in inboxes {
            any = true;
            let before = self.inboxes.insert(inbox, channel.clone());
            if before.is_some_and(|before| before != *channel) {
                return Err(ConfigError::new("inboxes", "an inbox belongs to one channel only"));
            }
        }
        if any { Ok(self) } else { Err(ConfigError::new("inboxes", "name one inbox at least")) }
    }

    /// Has the AI answer what is assigned to nobody. Without it only what is assigned to the AI.
    #[must_use]
    pub fn handling_unassigned(mut self) -> Self {
        self.handle_unassigned = true;
        self
    }

    /// Tags that a conversation gets when it is handed off. They are created where they are missing.
    #[must_use]
    pub fn with_tags(mut self, tags: impl IntoIterator<Item = String>) -> Self {
        self.tags = tags.into_iter().map(|tag| tag.trim().to_owned()).collect();
        self.tags.retain(|tag| !tag.is_empty());
        self
    }

    /// How many calls a minute the company's plan allows. Unknown by default: Front says when it is
    /// too much.
    ///
    /// # Errors
    /// [`ConfigError`] for none.
    pub fn with_per_minute(mut self, calls: u32) -> Result<Self, ConfigError> {
        if calls == 0 {
            return Err(ConfigError::new("per_minute", "give a number above zero"));
        }
        self.account.per_second = Some(f64::from(calls) / 60.0);
        Ok(self)
    }

    /// How long after an uncertain reply may have been taken the conversation is trusted when it
    /// does not show it: 60 seconds by default, because Front sends after it has answered.
    #[must_use]
    pub fn with_settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    /// A better way to cut off what a mail quotes than the simple one that is built in.
    #[must_use]
    pub fn with_trimmer(mut self, trim: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.trimmer = Some(Arc::new(trim));
        self
    }

    /// A partner channel in which conversations of our own channels are worked.
    #[must_use]
    pub fn with_channel_api(mut self, api: ChannelApi) -> Self {
        self.channel_api = Some(api);
        self
    }

    /// The channels, each once.
    pub(crate) fn channels(&self) -> Vec<ChannelId> {
        let mut channels: Vec<ChannelId> = self.inboxes.values().cloned().collect();
        channels.sort_unstable();
        channels.dedup();
        channels
    }
}

impl ChannelApi {
    /// The partner application `app` (its UID), its secrets (the first signs, each verifies), and
    /// the channel that was made with it.
    ///
    /// # Errors
    /// [`ConfigError`] if the UID or a secret is empty or has spaces, or there is no secret.
    pub fn new(
        app: &str,
        secrets: Vec<SecretString>,
        channel: ids::ChannelId,
    ) -> Result<Self, ConfigError> {
        if app.is_empty() || !app.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(ConfigError::new("app_uid", "copy it again from the application's page"));
        }
        if secrets.is_empty() {
            return Err(ConfigError::new("app_secret", "the application's secret is needed"));
        }
        let secrets = all_usable("app_secret", secrets)?;
        Ok(Self { app: app.into(), secrets, channel, webhook_url: None })
    }

    /// The URL under which Front reaches `POST /desks/{name}/channel`, told to Front when the
    /// channel is connected. By default the one by which Front called.
    #[must_use]
    pub fn with_webhook_url(mut self, url: url::Url) -> Self {
        self.webhook_url = Some(url);
        self
    }
}

impl fmt::Debug for DeskConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeskConfig")
            .field("desk", &self.desk)
            .field("teammate", &self.teammate)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ChannelApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelApi").field("channel", &self.channel).finish_non_exhaustive()
    }
}

fn all_usable(
    key: &'static str,
    secrets: Vec<SecretString>,
) -> Result<Vec<SecretString>, ConfigError> {
    secrets.into_iter().map(|secret| usable(key, secret)).collect()
}

const SETTLE: Duration = Duration::from_secs(60);
