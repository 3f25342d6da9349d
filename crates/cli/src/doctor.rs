//! `handover doctor`: proves the configuration over the network.

mod here;
mod trip;

use std::fmt;

use handover_core::clock::Clock as _;
use handover_core::probe::{Check, Verdict};
use handover_relay::SystemClock;
use serde::Serialize;
use serde_json::{Value, json};

use crate::compose::Adapters;
use crate::config::{ChannelKind, Settings};
use crate::failure::Failure;
use crate::print;
use crate::proofs::{Placed, Wanted};

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
    let found = match round_trip {
        true => Some(trip::checks(settings, &adapters, &checks).await),
        false => None,
    };
    let kept = keep(settings, &checks, found.as_deref());
    checks.extend(found.into_iter().flatten());
    checks.extend(kept);
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

/// Keeps what was seen for `status`; a line if that does not work.
fn keep(
    settings: &Settings,
    checks: &[(String, Check)],
    trip: Option<&[(String, Check)]>,
) -> Option<(String, Check)> {
    let placed = |checks: &[(String, Check)]| {
        let place = |(place, check): &(String, Check)| Placed {
            place: place.clone(),
            check: check.clone(),
        };
        checks.iter().map(place).collect()
    };
    // One that was not made is none.
    let trip = trip.filter(|trip| !trip.iter().any(|(_, check)| check.name == trip::NOT_TRIED));
    let kept = Wanted::by(settings).keep(SystemClock.now(), placed(checks), trip.map(placed));
    let error = kept.err()?;
    let detail = format!("what was proven cannot be kept, so `status` will not know: {error}");
    let fix = "check the rights on the folder around store.blobs";
    Some(("store".to_owned(), Check::warning("proofs", detail, fix)))
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
