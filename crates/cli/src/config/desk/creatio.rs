//! A desk of kind `creatio`.

mod field;
mod reply;

use handover_core::assistant::FieldSpec;
use handover_core::id::{DeskId, TenantId};
use handover_core::policy::OpenCase;
use handover_creatio::{Config, ConfigError, DeskConfig, FilePolicy};
use secrecy::SecretString;

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
    /// For how many days a resolved case is opened again.
    pub(crate) reopen_days: u16,
    /// How many calls a day may be made, if that is limited.
    pub(crate) daily_calls: Option<u64>,
    /// Whether business processes call, so that polling only finds what was lost.
    pub(crate) is_called: bool,
}

impl CreatioSettings {
    pub(super) fn read(
        tenant: &TenantId,
        id: &DeskId,
        table: &mut Table<'_, '_>,
    ) -> Result<Self, Problem> {
        let daily_calls = table.maybe_number("daily_calls")?;
        let client = client(table, daily_calls)?;
        let open_case = table.choice(
            "open_case",
            &[("first-message", OpenCase::FirstMessage), ("handoff", OpenCase::Handoff)],
        )?;
        let reopen_days = table.maybe_number("reopen_days")?.unwrap_or_default();
        let reopen_days = u16::try_from(reopen_days).ok().filter(|days| *days <= 3_650);
        let reopen_days =
            reopen_days.ok_or_else(|| table.wrong("reopen_days", "must be 3650 or less"))?;
        let secrets = table.maybe_secrets("webhook_secret")?;
        let is_called = !secrets.is_empty();
        let desk = desk(tenant, id, table, secrets)?;
        let mut contacts = table.table("contacts")?;
        let create_contacts =
            contacts.choice("on_none", &[("create", true), ("leave-empty", false)])?;
        contacts.end()?;
        let fields = desk.fields();
        Ok(Self {
            client,
            desk,
            open_case,
            create_contacts,
            fields,
            reopen_days,
            daily_calls,
            is_called,
        })
    }
}

/// Where it is, and how to log in: as an application, or as a user.
fn client(table: &mut Table<'_, '_>, daily_calls: Option<u64>) -> Result<Config, Problem> {
    let base_url = table.text("base_url", "the address of your Creatio")?;
    let identity_url = table.maybe_text("identity_url")?;
    let odata_path = table.text_or("odata_path", "auto")?;
    let is_user = table.has("username") || table.has("password");
    if is_user && (table.has("client_id") || table.has("client_secret")) {
        let key = if table.has("username") { "username" } else { "password" };
        return Err(table.wrong(key, "and `client_id` are two logins: keep one"));
    }
    let entered = match is_user {
        true => {
            let username = table.text("username", "the name of the integration's user")?;
            let password = table.secret("password")?;
            table.know("client_id");
            table.know("client_secret");
            Config::user(&base_url, username, password)
        }
        false => {
            let client_id = table.text("client_id", "the client id of the OAuth application")?;
            let client_secret = table.secret("client_secret")?;
            table.know("username");
            table.know("password");
            Config::new(&base_url, client_id, client_secret)
        }
    };
    let wrong = |error: ConfigError| table.refused(error.key(), error.fix());
    let mut config = entered.map_err(wrong)?;
    if let Some(url) = identity_url {
        config = config.with_identity_url(&url).map_err(wrong)?;
    }
    if let Some(calls) = daily_calls {
        config = config.with_daily_calls(calls).map_err(wrong)?;
    }
    config.with_odata_path(&odata_path).map_err(wrong)
}

/// What is done with it.
fn desk(
    tenant: &TenantId,
    id: &DeskId,
    table: &mut Table<'_, '_>,
    secrets: Vec<SecretString>,
) -> Result<DeskConfig, Problem> {
    let closing_events = table.maybe_texts("closing_events")?.unwrap_or_default();
    let owner = table.maybe_text("default_owner_id")?;
    let group = table.maybe_text("default_group_id")?;
    let resolved = table.maybe_text("resolved_status_id")?;
    let files = table.choice(
        "files",
        &[("upload", FilePolicy::Upload), ("link", FilePolicy::Link), ("none", FilePolicy::None)],
    )?;
    let rule = reply::read(table.table("reply")?)?;
    let wrong = |error: ConfigError| table.refused(error.key(), error.fix());
    let mut config = DeskConfig::new(tenant.clone(), id.clone())
        .with_webhook_secrets(secrets)
        .and_then(|config| config.with_closing_events(&closing_events))
        .map_err(wrong)?
        .with_files(files);
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
    // One at a time, so that what is wrong is told at its own place.
    table.tables("field")?.into_iter().try_fold(config, field::read)
}

fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}
