//! `[desk.X]`.

mod creatio;
mod front;

use std::time::Duration;

use handover_core::id::{DeskId, TenantId};
use url::Url;

use super::problem::Problem;
use super::table::Table;

pub(crate) use creatio::CreatioSettings;
pub(crate) use front::FrontSettings;

/// A desk that is enabled.
#[derive(Debug)]
pub(crate) struct DeskSettings {
    pub(crate) id: DeskId,
    pub(crate) kind: DeskKind,
    pub(crate) session_url: Option<String>,
    pub(crate) poll_interval: Duration,
}

/// What a desk is.
#[derive(Debug)]
pub(crate) enum DeskKind {
    Creatio(Box<CreatioSettings>),
    Front(Box<FrontSettings>),
}

#[derive(Clone, Copy)]
enum Kind {
    Creatio,
    Front,
}

impl DeskSettings {
    /// The desk, unless it is disabled: then nothing else of its table is looked at.
    pub(super) fn read(
        tenant: &TenantId,
        public_url: &Url,
        name: &str,
        mut table: Table<'_, '_>,
    ) -> Result<Option<Self>, Problem> {
        if !table.flag_or("enabled", true)? {
            return Ok(None);
        }
        let kind = table.choice("kind", &[("creatio", Kind::Creatio), ("front", Kind::Front)])?;
        let id = DeskId::new(name).map_err(|error| table.unfit(error))?;
        let kind = match kind {
            Kind::Creatio => {
                DeskKind::Creatio(Box::new(CreatioSettings::read(tenant, &id, &mut table)?))
            }
            Kind::Front => {
                DeskKind::Front(Box::new(FrontSettings::read(&id, &mut table, public_url)?))
            }
        };
        let session_url = session_url(&mut table)?;
        let poll_interval = table.span_or("poll_interval", kind.poll_interval())?;
        table.end()?;
        Ok(Some(Self { id, kind, session_url, poll_interval }))
    }

    /// Whether it is a Front that has a partner channel.
    pub(crate) fn is_partner(&self) -> bool {
        matches!(&self.kind, DeskKind::Front(front) if front.is_partner)
    }
}

impl DeskKind {
    /// How often is read what nobody told of. Where calls come in, that finds only what was lost.
    fn poll_interval(&self) -> &'static str {
        match self {
            Self::Creatio(creatio) if creatio.is_called => "15min",
            Self::Creatio(_) | Self::Front(_) => "60s",
        }
    }
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
