//! `[channel.X]`.

use std::time::Duration;

use handover_core::id::{ChannelId, DeskId};
use handover_core::policy::AppendTo;
use handover_creatio::EntryMode;
use handover_front::ids::InboxId;
use handover_sms::twilio::{Config, ConfigError};
use url::Url;

use super::desk::DeskKind;
use super::nearest::nearest;
use super::problem::Problem;
use super::settings::ChannelWorld;
use super::table::Table;

/// A channel.
#[derive(Debug)]
pub(crate) struct ChannelSettings {
    pub(crate) id: ChannelId,
    pub(crate) kind: ChannelKind,
    pub(crate) desk: Option<DeskId>,
    pub(crate) assistant: bool,
    pub(crate) inactivity: Option<Duration>,
    pub(crate) append: AppendTo,
}

/// What a channel is.
#[derive(Debug)]
pub(crate) enum ChannelKind {
    /// The desk hosts it, and knows its inboxes.
    Front,
    Twilio {
        config: Box<Config>,
        poll_interval: Duration,
    },
}

#[derive(Clone, Copy)]
enum Kind {
    Front,
    Twilio,
}

impl ChannelSettings {
    /// The channel; none if its desk, which would host it, is disabled.
    pub(super) fn read(
        name: &str,
        mut table: Table<'_, '_>,
        world: &mut ChannelWorld<'_>,
    ) -> Result<Option<Self>, Problem> {
        let kind = table.choice("kind", &[("twilio", Kind::Twilio), ("front", Kind::Front)])?;
        let id = ChannelId::new(name).map_err(|error| table.unfit(error))?;
        let desk = desk(&mut table, world)?;
        let assistant = table.choice("assistant", &[("on", true), ("off", false)])?;
        let kind = match (kind, &desk) {
            (Kind::Front, Some(desk)) => {
                inboxes(&id, desk, &mut table, world)?;
                ChannelKind::Front
            }
            (Kind::Front, None) if table.has("desk") => return Ok(None),
            (Kind::Front, None) => {
                return Err(table.missing("desk", "the desk that hosts the channel: \"front\""));
            }
            (Kind::Twilio, desk) => {
                if !assistant && desk.is_none() {
                    let what = "is off and no desk helps: nobody would answer";
                    return Err(table.wrong("assistant", what));
                }
                is_worked(desk.as_ref(), &table, world)?;
                let config = Box::new(twilio(id.clone(), &mut table, world.public_url)?);
                let poll_interval = table.span_or("poll_interval", "60s")?;
                ChannelKind::Twilio { config, poll_interval }
            }
        };
        let inactivity = inactivity(&mut table)?;
        let policies = [("open-case", AppendTo::OpenCase), ("never", AppendTo::Never)];
        let append = table.choice("append", &policies)?;
        entry_mode(&id, desk.as_ref(), &mut table, world)?;
        table.end()?;
        Ok(Some(Self { id, kind, desk, assistant, inactivity, append }))
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

/// Tells the desk which of its inboxes are this channel.
fn inboxes(
    id: &ChannelId,
    desk: &DeskId,
    table: &mut Table<'_, '_>,
    world: &mut ChannelWorld<'_>,
) -> Result<(), Problem> {
    let example = "the inboxes whose conversations are answered: [\"inb_…\"]";
    let names = table.maybe_texts("inboxes")?;
    let names = names.ok_or_else(|| table.missing("inboxes", example))?;
    let mut inboxes = Vec::new();
    for name in names {
        let inbox = InboxId::new(&name);
        let what = format_args!("has \"{name}\", which is no id of an inbox: \"inb_…\"");
        inboxes.push(inbox.map_err(|_| table.wrong("inboxes", what))?);
    }
    let hosts = world.desks.iter_mut().find(|host| host.id == *desk).map(|host| &mut host.kind);
    let Some(DeskKind::Front(front)) = hosts else {
        return Err(table.wrong("desk", "must be one of kind \"front\", which hosts the channel"));
    };
    let config = front.desk.clone().with_channel(id, inboxes);
    front.desk = config.map_err(|error| table.refused(error.key(), error.fix()))?;
    Ok(())
}

/// Tells the desk what the channel's entries are in Creatio.
fn entry_mode(
    id: &ChannelId,
    desk: Option<&DeskId>,
    table: &mut Table<'_, '_>,
    world: &mut ChannelWorld<'_>,
) -> Result<(), Problem> {
    let named = world.desks.iter_mut().find(|known| Some(&known.id) == desk);
    let Some(DeskKind::Creatio(creatio)) = named.map(|desk| &mut desk.kind) else {
        if table.has("entry_mode") && desk.is_some() {
            return Err(table.wrong("entry_mode", "is for channels whose desk is a Creatio"));
        }
        table.know("entry_mode");
        return Ok(());
    };
    let modes = [("task", EntryMode::Task), ("email", EntryMode::Email), ("feed", EntryMode::Feed)];
    let mode = table.choice("entry_mode", &modes)?;
    creatio.desk = creatio.desk.clone().with_entry_mode(id.clone(), mode);
    Ok(())
}

/// Whether the desk takes conversations of a channel of our own.
fn is_worked(
    desk: Option<&DeskId>,
    table: &Table<'_, '_>,
    world: &ChannelWorld<'_>,
) -> Result<(), Problem> {
    let named = world.desks.iter().find(|known| Some(&known.id) == desk);
    let Some(front) = named.filter(|named| matches!(named.kind, DeskKind::Front(_))) else {
        return Ok(());
    };
    if front.is_partner() {
        return Ok(());
    }
    let what = format_args!(
        "is a Front without a channel for this one: add [desk.{}.channel_api]",
        front.id
    );
    Err(table.wrong("desk", what))
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
