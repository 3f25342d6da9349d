//! A desk of kind `creatio`.

use handover_core::assistant::FieldSpec;
use handover_core::id::{DeskId, TenantId};
use handover_core::policy::OpenCase;
use handover_creatio::{Config, ConfigError, DeskConfig, ReplyRule};

use crate::config::problem::Problem;
use crate::config::table::Table;

/// A Creatio.
#[derive(Debug)]
pub(crate) struct CreatioSettings {
    pub(crate) client: Config,
    pub(crate) desk: DeskConfig,
    pub(crate) open_case: OpenCase,
    pub(crate) create_contacts: bool,
    pub(crate) fields: Vec<FieldSpec>,
}

impl CreatioSettings {
    pub(super) fn read(
        tenant: &TenantId,
        id: &DeskId,
        table: &mut Table<'_, '_>,
    ) -> Result<Self, Problem> {
        let client = client(table)?;
        let open_case = table.choice(
            "open_case",
            &[("first-message", OpenCase::FirstMessage), ("handoff", OpenCase::Handoff)],
        )?;
        let (desk, fields) = desk(tenant, id, table)?;
        let mut contacts = table.table("contacts")?;
        let create_contacts =
            contacts.choice("on_none", &[("create", true), ("leave-empty", false)])?;
        contacts.end()?;
        Ok(Self { client, desk, open_case, create_contacts, fields })
    }
}

/// Where it is, and how to log in.
fn client(table: &mut Table<'_, '_>) -> Result<Config, Problem> {
    let base_url = table.text("base_url", "the address of your Creatio")?;
    let identity_url = table.maybe_text("identity_url")?;
    let odata_path = table.text_or("odata_path", "0/odata")?;
    let client_id = table.text("client_id", "the client id of the OAuth application")?;
    let client_secret = table.secret("client_secret")?;
    let wrong = |error: ConfigError| table.refused(error.key(), error.fix());
    let mut config = Config::new(&base_url, client_id, client_secret).map_err(wrong)?;
    if let Some(url) = identity_url {
        config = config.with_identity_url(&url).map_err(wrong)?;
    }
    config.with_odata_path(&odata_path).map_err(wrong)
}

/// What is done with it.
fn desk(
    tenant: &TenantId,
    id: &DeskId,
    table: &mut Table<'_, '_>,
) -> Result<(DeskConfig, Vec<FieldSpec>), Problem> {
    let secrets = table.maybe_secrets("webhook_secret")?;
    let owner = table.maybe_text("default_owner_id")?;
    let group = table.maybe_text("default_group_id")?;
    let resolved = table.maybe_text("resolved_status_id")?;
    let mut reply = table.table("reply")?;
    let types = reply.maybe_texts("types")?;
    let rule = types.map(ReplyRule::new).transpose();
    let rule = rule.map_err(|error| reply.refused("types", error.fix()))?;
    if reply.is_there() && rule.is_none() {
        return Err(reply.missing("types", "which activities go to the customer: [\"Email\"]"));
    }
    reply.end()?;
    let mut fields = Vec::new();
    for field in table.tables("field")? {
        let (field, bare) = read_field(field)?;
        // One at a time, so that what is wrong is told at its own place.
        DeskConfig::new(tenant.clone(), id.clone())
            .with_fields(vec![field.clone()])
            .map_err(|error| bare.refused(last(error.key()), error.fix()))?;
        bare.end()?;
        fields.push(field);
    }
    let wrong = |error: ConfigError| table.refused(error.key(), error.fix());
    let mut config = DeskConfig::new(tenant.clone(), id.clone())
        .with_webhook_secrets(secrets)
        .and_then(|config| config.with_fields(fields.clone()))
        .map_err(wrong)?;
    if let Some(id) = owner {
        config = config.with_default_owner_id(&id).map_err(wrong)?;
    }
    if let Some(id) = group {
        config = config.with_default_group_id(&id).map_err(wrong)?;
    }
    if let Some(id) = resolved {
        config = config.with_resolved_status_id(&id).map_err(wrong)?;
    }
    if let Some(rule) = rule {
        config = config.with_reply_rule(rule);
    }
    Ok((config, fields))
}

fn read_field<'a, 'i>(mut table: Table<'a, 'i>) -> Result<(FieldSpec, Table<'a, 'i>), Problem> {
    let column = table.text("column", "the column of Case: \"UsrOrderNumber\"")?;
    let title = table.text_or("title", &column)?;
    let kind = table.text_or("type", "text")?;
    let description = table.text_or("description", "")?;
    let options = table.maybe_texts("options")?.unwrap_or_default();
    let pattern = table.maybe_text("pattern")?;
    if let Some(pattern) = &pattern
        && let Err(error) = regex::Regex::new(pattern)
    {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim();
        return Err(table.wrong("pattern", format_args!("is no regular expression: {reason}")));
    }
    let field = FieldSpec {
        column: column.into(),
        title,
        description,
        kind: kind.into(),
        fill: handover_core::assistant::Fill::Handoff,
        options,
        pattern,
    };
    Ok((field, table))
}

fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}
