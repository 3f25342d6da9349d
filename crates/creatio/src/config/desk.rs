use std::fmt;

use handover_core::assistant::FieldSpec;
use handover_core::id::{DeskId, TenantId};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{ConfigError, bad};
use crate::column::Column;
use crate::parse::guid;

/// How a Creatio is used as a desk.
///
/// # Privacy
/// `Debug` shows no secret.
#[derive(Clone)]
pub struct DeskConfig {
    pub(crate) tenant: TenantId,
    pub(crate) desk: DeskId,
    pub(crate) webhook_secrets: Vec<SecretString>,
    pub(crate) owner: Option<Uuid>,
    pub(crate) group: Option<Uuid>,
    pub(crate) resolved: Option<Uuid>,
    pub(crate) reply: Option<ReplyRule>,
    pub(crate) fields: Vec<FieldSpec>,
}

/// Which activities, written by somebody else, go to the customer once they are finished. All
/// others stay inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyRule {
    pub(crate) types: Vec<String>,
}

impl DeskConfig {
    /// A desk that assigns nobody, takes no webhook, sends no reply and fills no column.
    pub fn new(tenant: TenantId, desk: DeskId) -> Self {
        Self {
            tenant,
            desk,
            webhook_secrets: Vec::new(),
            owner: None,
            group: None,
            resolved: None,
            reply: None,
            fields: Vec::new(),
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

    /// The columns of `Case` that may be filled. No other is ever written on the assistant's word.
    ///
    /// # Errors
    /// [`ConfigError`] for `field.column` or `field.type`.
    pub fn with_fields(mut self, fields: Vec<FieldSpec>) -> Result<Self, ConfigError> {
        for field in &fields {
            if Column::named(&field.column).is_err() {
                return Err(bad("field.column", "it must be a column's name, as UsrOrderNumber"));
            }
            if OURS.contains(&field.column.as_ref()) {
                return Err(bad(
                    "field.column",
                    "the desk writes this column itself: choose another",
                ));
            }
            if field.kind.as_ref() != "text" {
                return Err(bad("field.type", "only text is supported"));
            }
        }
        self.fields = fields;
        Ok(self)
    }

    /// The desk's name.
    pub fn desk(&self) -> &DeskId {
        &self.desk
    }

    /// The columns of `Case` that may be filled.
    pub fn fields(&self) -> &[FieldSpec] {
        &self.fields
    }

    /// The columns of the fields.
    pub(crate) fn field_columns(&self) -> impl Iterator<Item = Column> {
        self.fields.iter().filter_map(|field| Column::named(&field.column).ok())
    }
}

impl ReplyRule {
    /// Activities of these types, each a name of `ActivityType` or the id of one of its rows.
    ///
    /// # Errors
    /// [`ConfigError`] for `reply.types`.
    pub fn new(types: Vec<String>) -> Result<Self, ConfigError> {
        if types.is_empty() || types.iter().any(|name| name.trim().is_empty()) {
            return Err(bad("reply.types", "name at least one type, as [\"Email\"]"));
        }
        Ok(Self { types: types.into_iter().map(|name| name.trim().to_owned()).collect() })
    }

    /// The types, as they were given.
    pub fn types(&self) -> &[String] {
        &self.types
    }
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
            .finish_non_exhaustive()
    }
}

/// Columns of `Case` that are not the assistant's to fill.
const OURS: [&str; 16] = [
    "Id",
    "CreatedOn",
    "CreatedById",
    "ModifiedOn",
    "ModifiedById",
    "Number",
    "Subject",
    "Symptoms",
    "StatusId",
    "OwnerId",
    "GroupId",
    "ContactId",
    "AccountId",
    "ParentCaseId",
    "ClosureDate",
    "ProcessListeners",
];
