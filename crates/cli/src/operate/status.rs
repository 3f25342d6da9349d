//! `handover status`: whether all is well, and what to do.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use handover_core::archive::{Counts, JobView, Jobs};
use handover_core::store::Pause;
use http::Method;
use serde::Serialize;

use crate::config::Settings;
use crate::failure::Failure;
use crate::http_call::Call;
use crate::{print, store, words};

/// Prints how the relay is.
///
/// # Errors
/// When it is broken.
pub(crate) async fn status(settings: &Settings, as_json: bool) -> Result<(), Failure> {
    let tenant = &settings.tenant;
    let store = store::read_only(&settings.store).await?;
    let seen = Seen {
        serving: is_serving(settings).await,
        counts: store.counts(tenant).await?,
        pauses: store.pauses(tenant).await?,
        parked: store.jobs(tenant, Jobs::Parked, SHOWN).await?,
        failing: store.jobs(tenant, Jobs::Failing, FAILING).await?,
    };
    let status = judge(&seen);
    if as_json {
        print::line(serde_json::json!(status));
    } else {
        print::line(status.state);
        let Counts { open_sessions, jobs, parked, uncertain, unrouted } = status.counts;
        print::line(format_args!(
            "{open_sessions} open sessions, {jobs} jobs under way, {parked} parked, {uncertain} \
             uncertain, {unrouted} events that belong nowhere yet"
        ));
        for Trouble { what, fix, .. } in &status.troubles {
            print::line(format_args!("- {what}\n    fix: {fix}"));
        }
    }
    match status.state {
        State::Active | State::Degraded => Ok(()),
        State::Broken => Err(Failure::broken("the relay is broken")),
    }
}

/// What there is to judge by.
#[derive(Debug)]
struct Seen {
    serving: bool,
    counts: Counts,
    pauses: Vec<Pause>,
    parked: Vec<JobView>,
    failing: Vec<JobView>,
}

/// How the relay is.
#[derive(Debug, PartialEq, Serialize)]
struct Status {
    state: State,
    counts: Counts,
    troubles: Vec<Trouble>,
}

/// In one word; later is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Active,
    Degraded,
    Broken,
}

/// Something that is not well.
#[derive(Debug, PartialEq, Eq, Serialize)]
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
    if !seen.serving {
        let fix = "start `handover serve --config FILE`, or look at its log";
        trouble(State::Broken, "no serve answers on server.listen".to_owned(), fix);
    }
    for Pause { account, until, reason } in &seen.pauses {
        match until {
            None => {
                let fix = "correct the credentials in the configuration and restart serve";
                trouble(State::Broken, format!("account {account} is stopped: {reason}"), fix);
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
    Status { state, counts: seen.counts, troubles }
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

async fn is_serving(settings: &Settings) -> bool {
    let call = Call { method: Method::GET, path: "/readyz", token: None, body: String::new() };
    call.to(settings.server.listen).await.is_ok_and(|(status, _)| status.is_success())
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "Active",
            Self::Degraded => "Degraded",
            Self::Broken => "Broken",
        })
    }
}

/// How many parked jobs are named.
const SHOWN: usize = 20;

/// How many failing jobs are looked at.
const FAILING: usize = 1_000;
