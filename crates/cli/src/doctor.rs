//! `handover doctor`: proves the configuration over the network.

use handover_core::probe::{Check, Verdict};
use handover_core::transport::Transport as _;
use handover_reqwest::{Client, Limits};
use handover_store::url::Location;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::compose::Adapters;
use crate::config::{ChannelKind, Settings};
use crate::failure::Failure;
use crate::{print, store};

/// Runs every check, one line each, with the fix below.
///
/// # Errors
/// When something is broken.
pub(crate) async fn run(settings: &Settings, as_json: bool) -> Result<(), Failure> {
    let adapters = Adapters::new(settings)?;
    let mut checks = vec![("store".to_owned(), store_check(settings).await)];
    checks.push(("server".to_owned(), public_check(settings).await?));
    checks.push(("server".to_owned(), token_check(settings)));
    for (name, probe) in adapters.probes() {
        for check in probe.check().await {
            checks.push((name.clone(), check));
        }
    }
    let addresses = addresses(settings);
    if as_json {
        let entry = |(place, check): &(String, Check)| json!({"place": place, "check": check});
        let checks: Vec<Value> = checks.iter().map(entry).collect();
        print::line(json!({"checks": checks, "webhooks": addresses}));
    } else {
        checks.iter().for_each(|(place, check)| show(place, check));
        print::line("\nWebhooks to enter at the providers:");
        for (place, address) in &addresses {
            print::line(format_args!("  {place}: POST {}", address.as_str().unwrap_or_default()));
        }
    }
    let broken = checks.iter().filter(|(_, check)| check.verdict == Verdict::Broken).count();
    match broken {
        0 => Ok(()),
        1 => Err(Failure::broken("1 check is broken")),
        more => Err(Failure::broken(format_args!("{more} checks are broken"))),
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

async fn store_check(settings: &Settings) -> Check {
    if let Some(file) = settings.store.missing_file() {
        return Check::proven("file", format!("{} is made by the first serve", file.display()));
    }
    let (name, place, fix) = match &settings.store.place {
        Location::Postgres(address) => {
            let fix = "check store.url and the server; the first serve makes the tables";
            ("database", address.place(), fix)
        }
        Location::Sqlite(file) => {
            ("file", file.display().to_string(), "check the path and the file's rights")
        }
        _ => ("store", "memory".to_owned(), "name a file or a server"),
    };
    match store::read_only(&settings.store).await {
        Ok(_) => Check::proven(name, format!("{place} can be read")),
        Err(failure) => Check::broken(name, failure.to_string(), fix),
    }
}

/// Whether the operator's token can be guessed by trying.
fn token_check(settings: &Settings) -> Check {
    let name = "operator_token";
    let is_short = |token: &SecretString| token.expose_secret().len() < GUESSABLE;
    if settings.server.operator_tokens.iter().any(is_short) {
        let fix = "set it to 16 or more random characters";
        return Check::warning(name, "it is short enough to be guessed", fix);
    }
    Check::proven(name, "it is long enough")
}

/// Whether the public URL leads to a `serve`.
async fn public_check(settings: &Settings) -> Result<Check, Failure> {
    let url = format!("{}/healthz", settings.server.public_url.as_str().trim_end_matches('/'));
    let client = Client::new(Limits::default()).map_err(Failure::usage)?;
    let request = http::Request::get(&url).body(bytes::Bytes::new()).map_err(Failure::usage)?;
    let answer = match client.send(request).await {
        Ok(response) if response.status().is_success() => {
            return Ok(Check::proven("public_url", format!("{url} answers")));
        }
        Ok(response) => format!("{url} answers {}", response.status()),
        Err(error) => format!("{url}: {error}"),
    };
    let fix = "start `handover serve`, and let the proxy in front pass everything on to it";
    Ok(Check::warning("public_url", answer, fix))
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

/// A token with fewer characters can be guessed by trying.
const GUESSABLE: usize = 16;

#[cfg(test)]
mod tests;
