//! `[channel.X]`.

use std::time::Duration;

use handover_core::id::{ChannelId, DeskId};
use handover_sms::twilio::{Config, ConfigError};
use url::Url;

use super::nearest::nearest;
use super::problem::Problem;
use super::settings::ChannelWorld;
use super::table::Table;

/// A channel.
#[derive(Debug)]
pub(crate) struct ChannelSettings {
    pub(crate) id: ChannelId,
    pub(crate) twilio: Config,
    pub(crate) desk: Option<DeskId>,
    pub(crate) assistant: bool,
    pub(crate) inactivity: Option<Duration>,
    pub(crate) poll_interval: Duration,
}

impl ChannelSettings {
    pub(super) fn read(
        name: &str,
        mut table: Table<'_, '_>,
        world: &ChannelWorld<'_>,
    ) -> Result<Self, Problem> {
        table.choice("kind", &[("twilio", ())])?;
        let id = ChannelId::new(name).map_err(|error| table.unfit(error))?;
        let desk = desk(&mut table, world)?;
        let assistant = table.choice("assistant", &[("on", true), ("off", false)])?;
        if !assistant && desk.is_none() {
            return Err(table.wrong("assistant", "is off and no desk helps: nobody would answer"));
        }
        let twilio = twilio(id.clone(), &mut table, world.public_url)?;
        let inactivity = inactivity(&mut table)?;
        let poll_interval = table.span_or("poll_interval", "60s")?;
        table.end()?;
        Ok(Self { id, twilio, desk, assistant, inactivity, poll_interval })
    }
}

fn desk(table: &mut Table<'_, '_>, world: &ChannelWorld<'_>) -> Result<Option<DeskId>, Problem> {
    let Some(name) = table.maybe_text("desk")? else { return Ok(None) };
    if let Some(desk) = world.desks.iter().find(|desk| desk.id.as_str() == name) {
        return Ok(Some(desk.id.clone()));
    }
    if world.disabled.contains(&name) {
        return Ok(None);
    }
    let near = nearest(&name, world.desks.iter().map(|desk| desk.id.as_str()));
    let near = near.map(|near| format!(", or did you mean \"{near}\"?")).unwrap_or_default();
    Err(table.wrong("desk", format_args!("names no desk: add [desk.{name}]{near}")))
}

fn twilio(id: ChannelId, table: &mut Table<'_, '_>, public_url: &Url) -> Result<Config, Problem> {
    let account_sid = table.text("account_sid", "the account's sid, AC…")?;
    let auth_tokens = table.secrets("auth_token")?;
    let from = table.text("from", "the number texts are sent from, as \"+12025550100\"")?;
    let api_url = table.text_or("api_url", "https://api.twilio.com")?;
    let api_url = table.url("api_url", &api_url)?;
    let wrong = |error: ConfigError| match error.key() {
        "auth_tokens" => table.refused("auth_token", error.fix()),
        key => table.refused(key, error.fix()),
    };
    let mut webhook = public_url.clone();
    webhook.set_path(&format!("{}/channels/{id}", public_url.path().trim_end_matches('/')));
    let config = Config::new(id, &account_sid, auth_tokens, &from, webhook).map_err(wrong)?;
    config.with_api_url(api_url).map_err(wrong)
}

/// How long a customer may be silent; `never` ends no session.
fn inactivity(table: &mut Table<'_, '_>) -> Result<Option<Duration>, Problem> {
    let text = table.text_or("inactivity", "3h")?;
    if text == "never" {
        return Ok(None);
    }
    let fix = "is no length of time: write \"3h\", or \"never\"";
    super::span::parse(&text).map(Some).ok_or_else(|| table.wrong("inactivity", fix))
}
