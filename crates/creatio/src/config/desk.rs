mod field;
mod reply;

use std::collections::BTreeMap;
use std::fmt;

use handover_core::assistant::FieldSpec;
use handover_core::id::{ChannelId, DeskId, TenantId};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{ConfigError, bad};
use crate::parse::guid;

pub(crate) use field::{Field, FieldKind};
pub use reply::{Ready, ReplyRule};

/// How a Creatio is used as a desk.
///
/// # Privacy
/// `Debug` shows no secret.
#[derive(Clone)]
pub struct DeskConfig {
    pub(crate) tenant: TenantId,
    pub(crate) desk: DeskId,
    pub(crate) webhook_secrets: Vec<SecretString>,
    pub(crate) closing_events: Vec<String>,
    pub(crate) owner: Option<Uuid>,
    pub(crate) group: Option<Uuid>,
    pub(crate) resolved: Option<Uuid>,
    pub(crate) reply: Option<ReplyRule>,
    pub(crate) fields: Vec<Field>,
    pub(crate) files: FilePolicy,
    entry_modes: BTreeMap<ChannelId, EntryMode>,
}

/// What an entry is in Creatio. Complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EntryMode {
    /// An activity of type Email, with the time as sent and marked as sent already: nothing goes out.
    /// Only these stand in the case's conversation.
    ///
    /// The platform acts on them: one of a customer on a paused or resolved case reopens it, clears
    /// its owner and notifies people. Notes of the relay are tasks all the same.
    Email,
    /// A message in the case's feed. Its author is the integration's user and its time is when it
    /// was written; who said it and when stands in its text. FilePolicy go to the case itself.
    Feed,
    /// A completed task, with the time as sent. The platform does nothing about it.
    #[default]
    Task,
}

/// What becomes of the files of messages. Complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FilePolicy {
    /// The entry names them, and links to the session's page, which has them.
    Link,
    /// The entry names them.
    None,
    /// They are added to the entry, which names them and has the link.
    #[default]
    Upload,
}

impl DeskConfig {
    /// A desk that assigns nobody, takes no webhook, sends no reply and fills no column. Entries are
    /// tasks, and files are uploaded.
    pub fn new(tenant: TenantId, desk: DeskId) -> Self {
        Self {
            tenant,
            desk,
            webhook_secrets: Vec::new(),
            closing_events: Vec::new(),
            owner: None,
            group: None,
            resolved: None,
            reply: None,
            fields: Vec::new(),
            files: FilePolicy::default(),
            entry_modes: BTreeMap::new(),
        }
    }

    /// What Creatio's business processes authenticate with. Any of them verifies, so that a new one
    /// can be brought in before the old one goes. The doctor warns of one that is short enough to
    /// be guessed.
    ///
    /// # Errors
    /// [`ConfigError`] for `webhook_secret`.
    pub fn with_webhook_secrets(mut self, secrets: Vec<SecretString>) -> Result<Self, ConfigError> {
        let usable = |secret: &SecretString| {
            let secret = secret.expose_secret();
            !secret.is_empty() && secret.bytes().all(|b| b.is_ascii_graphic())
        };
        if !secrets.iter().all(usable) {
            return Err(bad(
                "webhook_secret",
                "it must be made of ASCII characters without spaces",
            ));
        }
        self.webhook_secrets = secrets;
        Ok(self)
    }

    /// More words for what a business process tells when a case changed, besides those that are
    /// known: `event_type` of its call. Case, `-`, `.` and spaces do not count.
    ///
    /// # Errors
    /// [`ConfigError`] for `closing_events`.
    pub fn with_closing_events(mut self, events: &[String]) -> Result<Self, ConfigError> {
        if events.iter().any(|event| event.trim().is_empty()) {
            return Err(bad("closing_events", "it has an empty one: take it out"));
        }
        self.closing_events = events.iter().map(|event| event_word(event)).collect();
        Ok(self)
    }

    /// The contact of the user that a case goes to at handoff.
    ///
    /// # Errors
    /// [`ConfigError`] for `default_owner_id`.
    pub fn with_default_owner_id(mut self, id: &str) -> Result<Self, ConfigError> {
        self.owner = Some(guid(id).ok_or_else(|| {
            bad("default_owner_id", "it is no GUID: copy the Id of the user's contact")
        })?);
        Ok(self)
    }

    /// The role that a case goes to at handoff.
    ///
    /// # Errors
    /// [`ConfigError`] for `default_group_id`.
    pub fn with_default_group_id(mut self, id: &str) -> Result<Self, ConfigError> {
        self.group = Some(guid(id).ok_or_else(|| {
            bad("default_group_id", "it is no GUID: copy the Id of the role (SysAdminUnit)")
        })?);
        Ok(self)
    }

    /// The status that is written when the assistant has settled the matter. Without one, nothing is.
    ///
    /// # Errors
    /// [`ConfigError`] for `resolved_status_id`.
    pub fn with_resolved_status_id(mut self, id: &str) -> Result<Self, ConfigError> {
        self.resolved = Some(guid(id).ok_or_else(|| {
            bad("resolved_status_id", "it is no GUID: copy the Id of a row of CaseStatus")
        })?);
        Ok(self)
    }

    /// Which activities go to the customer. Without a rule, none does.
    #[must_use]
    pub fn with_reply_rule(mut self, rule: ReplyRule) -> Self {
        self.reply = Some(rule);
        self
    }

    /// The columns of `Case` that may be filled, in place of those before. No other is ever written
    /// on the assistant's word.
    ///
    /// # Errors
    /// As [`DeskConfig::with_field`].
    pub fn with_fields(mut self, fields: Vec<FieldSpec>) -> Result<Self, ConfigError> {
        self.fields = Vec::with_capacity(fields.len());
        fields.into_iter().try_fold(self, |config, field| config.with_field(field, None))
    }

    /// One more column of `Case` that may be filled. Its type is `text`, `number`, `boolean`, `date`,
    /// `dropdown` (one of its options) or `lookup`.
    ///
    /// `entity` is the lookup's table, as `CasePriority`; for the lookups of a stock case it is known.
    /// A `dropdown` whose column is a lookup is one too: options are the names of its rows.
    ///
    /// # Errors
    /// [`ConfigError`] for `field.column`, `field.type`, `field.options` or `field.entity`.
    pub fn with_field(
        mut self,
        field: FieldSpec,
        entity: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let field = Field::new(field, entity)?;
        if self.fields.iter().any(|other| other.column == field.column) {
            return Err(bad("field.column", "another field fills this column: keep one"));
        }
        self.fields.push(field);
        Ok(self)
    }

    /// What the entries of a channel are; tasks where nothing is said.
    #[must_use]
    pub fn with_entry_mode(mut self, channel: ChannelId, mode: EntryMode) -> Self {
        self.entry_modes.insert(channel, mode);
        self
    }

    /// What becomes of the files of messages.
    #[must_use]
    pub fn with_files(mut self, files: FilePolicy) -> Self {
        self.files = files;
        self
    }

    /// The desk's name.
    pub fn desk(&self) -> &DeskId {
        &self.desk
    }

    /// The columns of `Case` that may be filled.
    pub fn fields(&self) -> Vec<FieldSpec> {
        self.fields.iter().map(|field| field.spec.clone()).collect()
    }

    /// What the entries of `channel` are.
    pub fn entry_mode(&self, channel: &ChannelId) -> EntryMode {
        self.entry_modes.get(channel).copied().unwrap_or_default()
    }

    /// A channel for each kind of entry that is written besides tasks.
    pub(crate) fn special_modes(&self) -> Vec<(&ChannelId, EntryMode)> {
        let mut found: Vec<(&ChannelId, EntryMode)> = Vec::new();
        for (channel, mode) in &self.entry_modes {
            if *mode != EntryMode::Task && !found.iter().any(|(_, known)| known == mode) {
                found.push((channel, *mode));
            }
        }
        found
    }

    /// Every kind of entry that is written.
    pub(crate) fn uses(&self, mode: EntryMode) -> bool {
        match mode {
            // The relay's notes, and channels of which nothing is said.
            EntryMode::Task => true,
            _ => self.entry_modes.values().any(|used| *used == mode),
        }
    }
}

/// An event's name as it is compared.
pub(crate) fn event_word(event: &str) -> String {
    event.trim().to_ascii_lowercase().replace(['-', ' ', '.'], "_")
}

impl fmt::Debug for DeskConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeskConfig")
            .field("tenant", &self.tenant)
            .field("desk", &self.desk)
            .field("owner", &self.owner)
            .field("group", &self.group)
            .field("resolved", &self.resolved)
            .field("reply", &self.reply)
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}
