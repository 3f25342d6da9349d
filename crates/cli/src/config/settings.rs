//! The whole configuration.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use handover_core::id::TenantId;
use handover_core::policy::Policy;
use url::Url;

use super::assistant;
use super::channel::ChannelSettings;
use super::desk::DeskSettings;
use super::problem::Problem;
use super::server::{ServerSettings, StoreSettings};
use super::table::Table;

/// A configuration, checked as far as that is possible without the network.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) tenant: TenantId,
    /// Tells this configuration from another; secrets do not count.
    pub(crate) fingerprint: String,
    pub(crate) server: ServerSettings,
    pub(crate) store: StoreSettings,
    pub(crate) assistant: handover_keyword::Config,
    pub(crate) policy: Policy,
    /// Only those that are enabled.
    pub(crate) desks: Vec<DeskSettings>,
    pub(crate) channels: Vec<ChannelSettings>,
}

impl Settings {
    pub(super) fn read(mut root: Table<'_, '_>) -> Result<Self, Problem> {
        let tenant = root.text("tenant", "a name for whose relay this is: tenant = \"acme\"")?;
        let tenant = TenantId::new(&tenant).map_err(|error| root.refused("tenant", error))?;
        let server = ServerSettings::read(root.table("server")?)?;
        let store = StoreSettings::read(root.table("store")?)?;
        let assistant = assistant::read(root.table("assistant")?)?;
        let policy = policy(root.table("retry")?)?;
        let mut desks = Vec::new();
        let mut disabled = BTreeSet::new();
        for (name, table) in root.table("desk")?.named()? {
            match DeskSettings::read(&tenant, &server.public_url, &name, table)? {
                Some(desk) => desks.push(desk),
                None => _ = disabled.insert(name),
            }
        }
        let mut channels = Vec::new();
        for (name, table) in root.table("channel")?.named()? {
            let public_url = &server.public_url;
            let mut around = ChannelWorld { public_url, desks: &mut desks, disabled: &disabled };
            channels.extend(ChannelSettings::read(&name, table, &mut around)?);
        }
        if channels.is_empty() {
            return Err(root.missing("channel", "at least one: [channel.sms-us]"));
        }
        one_session_url(&root, &desks)?;
        root.end()?;
        let fingerprint = String::new();
        Ok(Self { tenant, fingerprint, server, store, assistant, policy, desks, channels })
    }

    /// What links to a session look like where a desk's configuration says so: `…/{session}`.
    pub(crate) fn session_url(&self) -> Option<&str> {
        self.desks.iter().find_map(|desk| desk.session_url.as_deref())
    }
}

/// What a channel's table may refer to.
pub(super) struct ChannelWorld<'a> {
    pub(super) public_url: &'a Url,
    /// A channel that a desk hosts is told to it.
    pub(super) desks: &'a mut [DeskSettings],
    pub(super) disabled: &'a BTreeSet<String>,
}

/// A link names a session, not a desk: one form serves all of them.
fn one_session_url(root: &Table<'_, '_>, desks: &[DeskSettings]) -> Result<(), Problem> {
    let forms: BTreeSet<_> = desks.iter().filter_map(|desk| desk.session_url.as_ref()).collect();
    if forms.len() > 1 {
        return Err(root.wrong("desk", "has desks with different `session_url`: give all the same"));
    }
    Ok(())
}

fn policy(mut retry: Table<'_, '_>) -> Result<Policy, Problem> {
    let mut give_up = retry.table("give_up_after")?;
    let mut after = |key, default| -> Result<TimeDelta, Problem> {
        let span = give_up.span_or(key, default)?;
        TimeDelta::from_std(span).map_err(|_| give_up.wrong(key, "is too long"))
    };
    let policy = Policy {
        desk_give_up: after("desk", "24h")?,
        customer_give_up: after("customer", "1h")?,
        ..Policy::default()
    };
    give_up.end()?;
    retry.end()?;
    Ok(policy)
}
