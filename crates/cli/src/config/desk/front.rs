//! A desk of kind `front`.

use handover_core::id::DeskId;
use handover_front::ids::{ChannelId, TeammateId};
use handover_front::{ChannelApi, Config, ConfigError, DeskConfig, OAuth};
use url::Url;

use crate::config::kept;
use crate::config::problem::Problem;
use crate::config::table::Table;

/// A Front.
#[derive(Debug)]
pub(crate) struct FrontSettings {
    pub(crate) login: Config,
    /// The channels that name the desk add their inboxes.
    pub(crate) desk: DeskConfig,
    pub(crate) create_contacts: bool,
    /// Whether it has a partner channel, in which channels of ours are worked.
    pub(crate) is_partner: bool,
}

impl FrontSettings {
    pub(super) fn read(
        id: &DeskId,
        table: &mut Table<'_, '_>,
        public_url: &Url,
    ) -> Result<Self, Problem> {
        let login = login(table)?;
        let desk = desk(id, table)?;
        let create_contacts = table.flag_or("create_contacts", false)?;
        let api = channel_api(id, table.table("channel_api")?, public_url)?;
        let is_partner = api.is_some();
        let desk = match api {
            Some(api) => desk.with_channel_api(api),
            None => desk,
        };
        Ok(Self { login, desk, create_contacts, is_partner })
    }
}

/// Where it is, and how to log in: a token, or an application's login.
fn login(table: &mut Table<'_, '_>) -> Result<Config, Problem> {
    let api_url = table.text_or("api_url", "https://api2.frontapp.com")?;
    let api_url = table.url("api_url", &api_url)?;
    let oauth = table.table("oauth")?;
    let wrong = |table: &Table<'_, '_>, error: ConfigError| table.refused(error.key(), error.fix());
    let login = match (table.has("token"), oauth.is_there()) {
        (true, true) => {
            return Err(table.wrong("token", "and the table `oauth` are two logins: keep one"));
        }
        (false, true) => Config::with_oauth(application(oauth)?),
        (_, false) => Config::new(table.secret("token")?).map_err(|error| wrong(table, error))?,
    };
    table.know("token");
    login.with_api_url(api_url).map_err(|error| wrong(table, error))
}

fn application(mut table: Table<'_, '_>) -> Result<OAuth, Problem> {
    let client_id = table.text("client_id", "the id of the OAuth application")?;
    let client_secret = table.secret("client_secret")?;
    let (refresh_token, file) = table.kept_secret("refresh_token")?;
    let token_url = table.text_or("token_url", "https://app.frontapp.com/oauth/token")?;
    let token_url = table.url("token_url", &token_url)?;
    let wrong = |error: ConfigError| table.refused(error.key(), error.fix());
    let oauth = OAuth::new(&client_id, client_secret, refresh_token)
        .and_then(|oauth| oauth.with_token_url(token_url))
        .map_err(wrong)?;
    table.end()?;
    Ok(oauth.on_rotation(move |token| kept::replace(&file, token)))
}

/// What is done with it.
fn desk(id: &DeskId, table: &mut Table<'_, '_>) -> Result<DeskConfig, Problem> {
    let teammate = table.text("teammate_id", "the id of the AI teammate: \"tea_…\"")?;
    let teammate = TeammateId::new(&teammate)
        .map_err(|_| table.wrong("teammate_id", "is no id of a teammate: \"tea_…\""))?;
    let keys = table.maybe_secrets("app_signing_key")?;
    let secrets = table.maybe_secrets("rule_secret")?;
    if keys.is_empty() && secrets.is_empty() {
        let example = "the application's signing key, or `rule_secret`";
        return Err(table.missing("app_signing_key", example));
    }
    let handle_unassigned = table.flag_or("handle_unassigned", false)?;
    let tags = table.maybe_texts("tags")?.unwrap_or_default();
    if tags.iter().any(|tag| tag.trim().is_empty()) {
        return Err(table.wrong("tags", "has an empty one: take it out"));
    }
    let config = DeskConfig::new(id.clone(), teammate)
        .and_then(|config| config.with_application_keys(keys))
        .and_then(|config| config.with_rule_secrets(secrets))
        .map_err(|error| match error.key() {
            "desk" => table.unfit(error.fix()),
            key => table.refused(key, error.fix()),
        })?
        .with_tags(tags);
    Ok(if handle_unassigned { config.handling_unassigned() } else { config })
}

/// Where channels of ours appear in Front, if anywhere.
fn channel_api(
    id: &DeskId,
    mut table: Table<'_, '_>,
    public_url: &Url,
) -> Result<Option<ChannelApi>, Problem> {
    if !table.is_there() {
        return Ok(None);
    }
    let app = table.text("app_uid", "the UID of the channel's application")?;
    let secrets = table.secrets("app_secret")?;
    let channel = table.text("channel_id", "the id of the connected channel: \"cha_…\"")?;
    let channel = ChannelId::new(&channel)
        .map_err(|_| table.wrong("channel_id", "is no id of a channel: \"cha_…\""))?;
    let wrong = |error: ConfigError| table.refused(error.key(), error.fix());
    let api = ChannelApi::new(&app, secrets, channel).map_err(wrong)?;
    table.end()?;
    let mut url = public_url.clone();
    url.set_path(&format!("{}/desks/{id}/channel", public_url.path().trim_end_matches('/')));
    Ok(Some(api.with_webhook_url(url)))
}
