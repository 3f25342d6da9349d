//! What is looked at on this machine.

use std::time::Duration;

use handover_core::probe::Check;
use handover_core::transport::Transport as _;
use handover_reqwest::{Client, Limits};
use handover_store::url::Location;
use secrecy::{ExposeSecret, SecretString};

use crate::config::{DeskKind, DeskSettings, Settings};
use crate::failure::Failure;
use crate::store;

/// The store, the public URL and the operator's token.
///
/// # Errors
/// When the machine has no certificates.
pub(super) async fn checks(settings: &Settings) -> Result<Vec<(String, Check)>, Failure> {
    Ok(vec![
        ("store".to_owned(), store_check(settings).await),
        ("server".to_owned(), public_check(settings).await?),
        ("server".to_owned(), token_check(settings)),
    ])
}

/// How many calls the polling of a Creatio costs a day.
pub(super) fn polling(desk: &DeskSettings) -> Check {
    let name = "polling";
    let every = desk.poll_interval.max(Duration::from_secs(1));
    let calls = DAY.as_secs().div_ceil(every.as_secs()) * A_POLL;
    let detail = format!("every {} s, which is {calls} calls a day", every.as_secs());
    let limit = match &desk.kind {
        DeskKind::Creatio(creatio) => creatio.daily_calls,
        DeskKind::Front(_) => None,
    };
    match limit {
        Some(limit) if calls > limit / 2 => Check::warning(
            name,
            format!("{detail}, more than half of daily_calls"),
            "set webhook_secret and build the two business processes, or poll less often",
        ),
        _ => Check::proven(name, detail),
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

/// A token with fewer characters can be guessed by trying.
const GUESSABLE: usize = 16;
const DAY: Duration = Duration::from_hours(24);
/// Activities and cases are asked for.
const A_POLL: u64 = 2;
