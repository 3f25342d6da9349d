//! `handover status`: whether all is well, and what to do.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use handover_core::archive::{Archive, Counts, JobView, Jobs};
use handover_core::error::Error;
use handover_core::id::TenantId;
use handover_core::store::Pause;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::config::Settings;
use crate::failure::Failure;
use crate::http_call::Call;
use crate::proofs::{Placed, Proofs, Wanted};
use crate::{print, store, words};

/// Prints how the relay is: as the `serve` that runs sees it, or else as the store shows it.
///
/// # Errors
/// When it is broken.
pub(crate) async fn status(settings: &Settings, as_json: bool) -> Result<(), Failure> {
    let status = match ask(settings).await {
        Ok(status) => status,
        Err(serving) => {
            let store = store::read_only(&settings.store).await?;
            look(&settings.tenant, store.as_ref(), &Wanted::by(settings), serving).await?
        }
    };
    if as_json {
        print::line(serde_json::json!(status));
    } else {
        print::line(status.state);
        let Counts { open_sessions, jobs, parked, uncertain, unrouted } = status.counts;
        print::line(format_args!(
            "{open_sessions} open sessions, {jobs} jobs under way, {parked} parked, {uncertain} \
             uncertain, {unrouted} events that belong nowhere yet"
        ));
        if let Some(at) = status.proven_at {
            print::line(format_args!("the doctor looked last at {}", words::time(at)));
        }
        for Trouble { what, fix, .. } in &status.troubles {
            print::line(format_args!("- {what}\n    fix: {fix}"));
        }
    }
    match status.state {
        State::Active | State::Unproven | State::Degraded => Ok(()),
        State::Broken => Err(Failure::broken("the relay is broken")),
    }
}

/// Looks at everything there is to judge by.
///
/// # Errors
/// When the store does not answer.
pub(crate) async fn look(
    tenant: &TenantId,
    archive: &dyn Archive,
    wanted: &Wanted,
    serving: Serving,
) -> Result<Status, Error> {
    Ok(judge(&Seen {
        serving,
        counts: archive.counts(tenant).await?,
        pauses: archive.pauses(tenant).await?,
        parked: archive.jobs(tenant, Jobs::Parked, SHOWN).await?,
        failing: archive.jobs(tenant, Jobs::Failing, FAILING).await?,
        wanted: wanted.clone(),
        proofs: wanted.proofs(),
    }))
}

/// Whether there is a `serve`. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Serving {
    /// It answers.
    Yes,
    /// Nobody answers.
    No,
    /// Something answers, but not to our token.
    Refuses,
}

/// What there is to judge by.
#[derive(Debug)]
struct Seen {
    serving: Serving,
    counts: Counts,
    pauses: Vec<Pause>,
    parked: Vec<JobView>,
    failing: Vec<JobView>,
    wanted: Wanted,
    proofs: Option<Proofs>,
}

/// How the relay is.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Status {
    state: State,
    counts: Counts,
    /// When the doctor looked at this configuration.
    proven_at: Option<DateTime<Utc>>,
    troubles: Vec<Trouble>,
}

/// In one word; later is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// All that the configuration needs was proven, and all is well.
    Active,
    /// All is well as far as it was tried.
    Unproven,
    Degraded,
    Broken,
}

/// Something that is not well.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Trouble {
    state: State,
    what: String,
    fix: String,
}

/// Judges. Pure.
fn judge(seen: &Seen) -> Status {
    let mut troubles = Vec::new();
    let mut trouble = |state, what: String, fix: &str| {
        troubles.push(Trouble { state, what, fix: fix.to_owned() });
    };
    match seen.serving {
        Serving::Yes => {}
        Serving::No => {
            let fix = "start `handover serve --config FILE`, or look at its log";
            trouble(State::Broken, "no serve answers on server.listen".to_owned(), fix);
        }
        Serving::Refuses => {
            let what = "what listens on server.listen refuses this operator_token".to_owned();
            trouble(State::Broken, what, "restart serve with this configuration");
        }
    }
    let proofs = seen.proofs.as_ref();
    let proofs = proofs.filter(|kept| kept.configuration == seen.wanted.configuration);
    let unproven = match (proofs, &seen.proofs) {
        (None, None) => Some("the doctor has not looked at anything yet".to_owned()),
        (None, Some(other)) => {
            let at = words::time(other.at);
            Some(format!("the configuration is another than the doctor looked at, {at}"))
        }
        (Some(kept), _) if seen.wanted.trip && kept.trip.is_none() => {
            Some("that Creatio can be written to was not tried".to_owned())
        }
        (Some(_), _) => None,
    };
    if let Some(what) = unproven {
        trouble(State::Unproven, what, "run `handover doctor --round-trip`");
    }
    for Placed { place, check } in proofs.into_iter().flat_map(Proofs::broken) {
        let what = format!("the doctor found: {place}: {}: {}", check.name, check.detail);
        let fix = check.fix.as_deref().unwrap_or("see the doctor's line");
        let fix = format!("{fix}; then run `handover doctor --round-trip`");
        trouble(State::Broken, what, &fix);
    }
    for Pause { account, until, reason } in &seen.pauses {
        match until {
            None => {
                let fix = format!(
                    "mend the login at the provider, then `handover resume {account}`; if it is \
                     the configuration's that is wrong, correct it and restart serve"
                );
                trouble(State::Broken, format!("account {account} is stopped: {reason}"), &fix);
            }
            Some(until) => {
                let until = words::time(*until);
                let what = format!("account {account} is paused until {until}: {reason}");
                trouble(State::Degraded, what, "none needed: it goes on by itself");
            }
        }
    }
    for JobView { job, reason, .. } in &seen.parked {
        let reason = reason.as_deref().unwrap_or("no reason is known");
        let work = words::work(&job.work, &job.lane.destination);
        let fix = format!("mend it, then `handover replay {}`, or `--all`", job.id.0);
        trouble(State::Degraded, format!("job {} is parked ({work}): {reason}", job.id.0), &fix);
    }
    for (what, count) in failing(&seen.failing) {
        let what = format!("{count} jobs are being tried again ({what})");
        trouble(State::Degraded, what, "look at that provider, or run `handover doctor`");
    }
    if seen.counts.uncertain > 0 {
        let what = format!("{} sends of which nobody knows the fate", seen.counts.uncertain);
        trouble(State::Degraded, what, "`handover uncertain`, then `handover settle ID …`");
    }
    let state = troubles.iter().map(|trouble| trouble.state).max().unwrap_or(State::Active);
    Status { state, counts: seen.counts, proven_at: proofs.map(|kept| kept.at), troubles }
}

/// What the jobs that are tried again failed of, and how many of them. One failure is none yet.
fn failing(jobs: &[JobView]) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for JobView { job, reason, .. } in jobs.iter().filter(|view| view.job.attempts > 1) {
        let destination = words::place(&job.lane.destination);
        let reason = reason.as_deref().unwrap_or("no reason is known");
        *found.entry(format!("{destination}: {reason}")).or_default() += 1;
    }
    found
}

/// Asks the `serve` that runs.
async fn ask(settings: &Settings) -> Result<Status, Serving> {
    let call = Call {
        method: Method::GET,
        path: "/operator/status",
        token: settings.server.operator_tokens.first(),
        body: String::new(),
    };
    let (status, body) = call.to(settings.server.listen).await.map_err(|_| Serving::No)?;
    match status {
        StatusCode::UNAUTHORIZED => Err(Serving::Refuses),
        _ => serde_json::from_slice(&body).map_err(|_| Serving::No),
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "Active",
            Self::Unproven => "Unproven",
            Self::Degraded => "Degraded",
            Self::Broken => "Broken",
        })
    }
}

/// How many parked jobs are named.
const SHOWN: usize = 20;

/// How many failing jobs are looked at.
const FAILING: usize = 1_000;
