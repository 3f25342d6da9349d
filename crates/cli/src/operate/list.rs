//! Lists.

use handover_core::archive::{JobView, Jobs};
use handover_core::session::Session;
use serde_json::json;

use crate::config::Settings;
use crate::failure::Failure;
use crate::{print, store, words};

/// `handover sessions`: newest first.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn sessions(
    settings: &Settings,
    open_only: bool,
    limit: usize,
    as_json: bool,
) -> Result<(), Failure> {
    let store = store::read_only(&settings.store).await?;
    let sessions = store.sessions(&settings.tenant, open_only, None, limit).await?;
    if as_json {
        print::line(json!(sessions));
        return Ok(());
    }
    if sessions.is_empty() {
        print::line("No sessions.");
    }
    sessions.iter().for_each(session);
    Ok(())
}

/// `handover parked`: what waits for a person to mend something.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn parked(
    settings: &Settings,
    limit: usize,
    as_json: bool,
) -> Result<(), Failure> {
    let hint = "Mend the cause, then: handover replay JOB";
    jobs(settings, Jobs::Parked, "Nothing is parked.", hint, limit, as_json).await
}

/// `handover uncertain`: what may have been sent.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn uncertain(
    settings: &Settings,
    limit: usize,
    as_json: bool,
) -> Result<(), Failure> {
    let hint = "Look at the provider, then: handover settle JOB sent|resend|drop";
    jobs(settings, Jobs::Uncertain, "Nothing is uncertain.", hint, limit, as_json).await
}

async fn jobs(
    settings: &Settings,
    which: Jobs,
    nothing: &str,
    hint: &str,
    limit: usize,
    as_json: bool,
) -> Result<(), Failure> {
    let store = store::read_only(&settings.store).await?;
    let jobs = store.jobs(&settings.tenant, which, limit).await?;
    if as_json {
        print::line(json!(jobs));
        return Ok(());
    }
    if jobs.is_empty() {
        print::line(nothing);
        return Ok(());
    }
    jobs.iter().for_each(|view| print::line(job(view)));
    print::line(hint);
    Ok(())
}

fn session(session: &Session) {
    let handoff = session.handoff.as_ref().map(|handoff| words::stage(handoff.stage));
    let handoff = handoff.map(|stage| format!(", handoff {stage}")).unwrap_or_default();
    print::line(format_args!(
        "{}  {}  {} {}: {}; speaks: {}{handoff}",
        session.id,
        words::time(session.last_at),
        session.channel,
        session.customer.value,
        words::state(session.state),
        words::holder(session.control.holder),
    ));
}

/// A job on one line.
pub(super) fn job(view: &JobView) -> String {
    let JobView { job, state, reason, .. } = view;
    let session = job.session.map(|session| format!(", session {session}")).unwrap_or_default();
    let why = reason.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
    format!(
        "{:>6}  {} {} since {}, {} attempts{session}{why}",
        job.id.0,
        words::work(&job.work, &job.lane.destination),
        words::job_state(*state),
        words::time(job.created_at),
        job.attempts,
    )
}
