//! What follows from a failed call. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_core::job::{Failure, Job, Outcome, Withheld, Work};
use handover_core::policy::Policy;

use crate::backoff;

/// What follows from a failed call. Complete.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Disposition {
    /// The same job once more.
    Again {
        /// How long to wait.
        after: TimeDelta,
        /// Whether the call may have had its effect.
        tried: bool,
        /// Whether the whole account waits: `true` for as long as the job, `false` until a person
        /// resumes it.
        pause: Option<bool>,
    },
    /// The job is over.
    End(Outcome),
    /// A person has to mend something; the lane waits.
    Park,
}

/// Decides by the policy what follows from `error`.
///
/// Whatever has a customer or a person waiting ends, so that the relay can say so. Work for the desk
/// never ends by itself: what was said must come to stand on the case.
pub(crate) fn judge(policy: &Policy, job: &Job, error: &Error, now: DateTime<Utc>) -> Disposition {
    match error.kind() {
        ErrorKind::Taken => return Disposition::End(taken(job)),
        ErrorKind::Closed => return Disposition::End(closed(job, error)),
        _ => {}
    }
    let waited = now - job.first_at.unwrap_or(now).min(job.created_at);
    let is_over = give_up(policy, job).is_some_and(|after| waited > after);
    match error.retry() {
        Retry::Later { .. } | Retry::Unsure if is_over => given_up(job, error),
        Retry::Later { after, scope } => {
            let asked = after.and_then(|after| TimeDelta::from_std(after).ok());
            let wait = match asked {
                // An account's pause holds many jobs back: as long as the provider asks, no longer.
                Some(asked) if scope == RetryScope::Account => asked,
                asked => asked.unwrap_or_default().max(backoff::delay(job)),
            };
            let pause = (scope == RetryScope::Account).then_some(true);
            Disposition::Again { after: wait, tried: job.tried, pause }
        }
        Retry::Unsure => {
            Disposition::Again { after: backoff::delay(job), tried: true, pause: None }
        }
        Retry::Never => never(job, error),
    }
}

fn never(job: &Job, error: &Error) -> Disposition {
    if error.kind() == ErrorKind::Unauthorized {
        return Disposition::Again {
            after: TimeDelta::zero(),
            tried: job.tried,
            pause: Some(false),
        };
    }
    let is_ours = matches!(error.kind(), ErrorKind::Config | ErrorKind::Forbidden);
    match job.work {
        Work::Confirm { .. } | Work::Send { .. } if is_ours => Disposition::Park,
        Work::Confirm { .. } => Disposition::End(Outcome::Uncertain),
        Work::Answer { .. }
        | Work::Attach { .. }
        | Work::CreateContact
        | Work::Fetch { .. }
        | Work::Lookup
        | Work::Send { .. }
        | Work::Summarise { .. } => Disposition::End(Outcome::Failed(failure(error))),
        Work::Amend { .. }
        | Work::Append { .. }
        | Work::Handoff { .. }
        | Work::Open { .. }
        | Work::Pull
        | Work::SetStatus { .. } => Disposition::Park,
    }
}

fn given_up(job: &Job, error: &Error) -> Disposition {
    match job.work {
        Work::Confirm { .. } => Disposition::End(Outcome::Uncertain),
        Work::Send { .. } if job.tried || error.retry() == Retry::Unsure => {
            Disposition::End(Outcome::Uncertain)
        }
        Work::Send { .. } => Disposition::End(Outcome::Withheld(Withheld::TooOld)),
        Work::Answer { .. }
        | Work::Attach { .. }
        | Work::CreateContact
        | Work::Fetch { .. }
        | Work::Lookup
        | Work::Summarise { .. } => Disposition::End(Outcome::Failed(failure(error))),
        _ => Disposition::Park,
    }
}

/// How long a job is tried; a feed is read for ever.
fn give_up(policy: &Policy, job: &Job) -> Option<TimeDelta> {
    match job.work {
        Work::Answer { .. } | Work::Summarise { .. } => Some(policy.assistant_give_up),
        Work::Attach { .. } | Work::Confirm { .. } | Work::Fetch { .. } | Work::Send { .. } => {
            Some(policy.customer_give_up)
        }
        Work::Pull => None,
        _ => Some(policy.desk_give_up),
    }
}

fn taken(job: &Job) -> Outcome {
    match job.work {
        Work::Answer { .. } => Outcome::Withheld(Withheld::Overtaken),
        _ => Outcome::CaseTaken,
    }
}

fn closed(job: &Job, error: &Error) -> Outcome {
    match job.work {
        Work::Confirm { .. } => Outcome::Uncertain,
        Work::Send { .. } => Outcome::Failed(failure(error)),
        _ => Outcome::CaseClosed,
    }
}

fn failure(error: &Error) -> Failure {
    Failure { kind: error.kind(), code: error.code().map(Into::into) }
}

#[cfg(test)]
mod tests;
