//! `handover doctor`: proves the configuration over the network.

mod here;
mod trip;

use std::fmt;

use handover_core::probe::{Check, Verdict};
use serde::Serialize;
use serde_json::{Value, json};

use crate::compose::Adapters;
use crate::config::{ChannelKind, Settings};
use crate::failure::Failure;
use crate::print;

/// Runs every check, one line each, with the fix below; with `round_trip` it also writes to each
/// Creatio, and removes what it wrote.
///
/// # Errors
/// When something is broken.
pub(crate) async fn run(
    settings: &Settings,
    as_json: bool,
    round_trip: bool,
) -> Result<(), Failure> {
    let adapters = Adapters::new(settings)?;
    let mut checks = here::checks(settings).await?;
    for (name, probe) in adapters.probes() {
        for check in probe.check().await {
            checks.push((name.clone(), check));
        }
    }
    for (desk, _) in adapters.creatios() {
        checks.push((format!("desk.{}", desk.id), here::polling(desk)));
    }
    if round_trip {
        let found = trip::checks(settings, &adapters, &checks).await;
        checks.extend(found);
    }
    adapters.logins().close().await;
    let needs_trip = !round_trip && adapters.creatios().next().is_some();
    let state = judge(checks.iter().map(|(_, check)| check.verdict), needs_trip);
    let addresses = addresses(settings);
    if as_json {
        let entry = |(place, check): &(String, Check)| json!({"place": place, "check": check});
        let checks: Vec<Value> = checks.iter().map(entry).collect();
        print::line(json!({"status": state, "checks": checks, "webhooks": addresses}));
    } else {
        checks.iter().for_each(|(place, check)| show(place, check));
        print::line("\nWebhooks to enter at the providers:");
        for (place, address) in &addresses {
            print::line(format_args!("  {place}: POST {}", address.as_str().unwrap_or_default()));
        }
        print::line(format_args!("\nStatus: {state}"));
    }
    let broken = checks.iter().filter(|(_, check)| check.verdict == Verdict::Broken).count();
    match broken {
        0 => Ok(()),
        1 => Err(Failure::broken("1 check is broken")),
        more => Err(Failure::broken(format_args!("{more} checks are broken"))),
    }
}

/// What was found, in one word. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// All that the configuration needs was proven.
    Active,
    /// Something does not work.
    Broken,
    /// Nothing is broken, but that Creatio can be written to was not tried.
    Unproven,
}

fn judge(verdicts: impl IntoIterator<Item = Verdict>, needs_trip: bool) -> State {
    match verdicts.into_iter().max() {
        Some(Verdict::Broken) => State::Broken,
        _ if needs_trip => State::Unproven,
        _ => State::Active,
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "Active",
            Self::Broken => "Broken",
            Self::Unproven => "Unproven: writing was not tried, add --round-trip",
        })
    }
}

fn show(place: &str, check: &Check) {
    let mark = match check.verdict {
        Verdict::Proven => "ok    ",
        Verdict::Warning => "note  ",
        Verdict::Broken => "BROKEN",
    };
    print::line(format_args!("{mark} {place}: {}: {}", check.name, check.detail));
    if let Some(fix) = &check.fix {
        print::line(format_args!("         fix: {fix}"));
    }
}

/// What is to be entered at each provider.
fn addresses(settings: &Settings) -> serde_json::Map<String, Value> {
    let base = settings.server.public_url.as_str().trim_end_matches('/');
    let mut addresses = serde_json::Map::new();
    for channel in &settings.channels {
        // One that a desk hosts is told of at the desk's address.
        if let ChannelKind::Twilio { config, .. } = &channel.kind {
            addresses
                .insert(format!("channel.{}", channel.id), config.webhook_url().as_str().into());
        }
    }
    for desk in &settings.desks {
        let place = format!("desk.{}", desk.id);
        let url = format!("{base}/desks/{}", desk.id);
        if desk.is_partner() {
            addresses.insert(format!("{place}.channel_api"), format!("{url}/channel").into());
        }
        addresses.insert(place, url.into());
    }
    addresses
}

#[cfg(test)]
mod tests;
