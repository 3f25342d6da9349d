//! `[desk.X]`.

use std::time::Duration;

use handover_core::assistant::FieldSpec;
use handover_core::id::{DeskId, TenantId};
use handover_core::policy::OpenCase;
use handover_creatio::{Config, ConfigError, DeskConfig, ReplyRule};

use super::problem::Problem;
use super::table::Table;

/// A desk that is enabled.
#[derive(Debug)]
pub(crate) struct DeskSettings {
    pub(crate) id: DeskId,
    pub(crate) client: Config,
    pub(crate) desk: DeskConfig,
    pub(crate) open_case: OpenCase,
    pub(crate) create_contacts: bool,
    pub(crate) fields: Vec<FieldSpec>,
    pub(crate) session_url: Option<String>,
    pub(crate) poll_interval: Duration,
}

impl DeskSettings {
    /// The desk, unless it is disabled: then nothing else of its table is looked at.
    pub(super) fn read(
        tenant: &TenantId,
        name: &str,
        mut table: Table<'_, '_>,
    ) -> Result<Option<Self>, Problem> {
        if !table.flag_or("enabled", true)? {
            return Ok(None);
        }
        table.choice("kind", &[("creatio", ())])?;
        let id = DeskId::new(name).map_err(|error| table.unfit(error))?;
        let client = client(&mut table)?;
        let open_case = table.choice(
            "open_case",
            &[("first-message", OpenCase::FirstMessage), ("handoff", OpenCase::Handoff)],
        )?;
        let (desk, fields) = desk(tenant, &id, &mut table)?;
        let session_url = session_url(&mut table)?;
        let poll_interval = table.span_or("poll_interval", "60s")?;
        let mut contacts = table.table("contacts")?;
        let create_contacts =
            contacts.choice("on_none", &[("create", true), ("leave-empty", false)])?;
        contacts.end()?;
        table.end()?;
        Ok(Some(Self {
            id,
            client,
            desk,
            open_case,
            create_contacts,
            fields,
            session_url,
            poll_interval,
        }))
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
        options,
        pattern,
    };
    Ok((field, table))
}

fn session_url(table: &mut Table<'_, '_>) -> Result<Option<String>, Problem> {
    let key = "session_url";
    let ours = "{public_url}/sessions/{session}";
    let form = table.text_or(key, ours)?;
    if form == ours {
        return Ok(None);
    }
    if form.matches("{session}").count() != 1 {
        return Err(table.wrong(key, "must hold {session} once, in place of the session's id"));
    }
    table.url(key, &form.replace("{session}", "00000000-0000-0000-0000-000000000000"))?;
    Ok(Some(form))
}

fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}
