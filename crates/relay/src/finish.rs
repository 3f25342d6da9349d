//! What was done is settled, or put back.

use crate::intake::ATTEMPTS;
use chrono::TimeDelta;
use handover_core::decide::Input;
use handover_core::error::{Error, ErrorKind, Retry};
use handover_core::event::Source;
use handover_core::feed::{Cursor, Scope};
use handover_core::id::SessionId;
use handover_core::job::{Destination, Job, LaneOwner, Outcome, Work};
use handover_core::message::{Update, Updated};
use handover_core::store::{Change, Claim, Commit, Deferral, Pause, Settle};

use crate::disposition::{Disposition, judge};
use crate::perform::Done;
use crate::relay::Parts;

impl Parts {
    pub(crate) async fn finish(
        &self,
        claim: Claim,
        done: Result<Done, Error>,
    ) -> Result<(), Error> {
        match done {
            Ok(Done::Outcome(outcome)) => self.settle(claim, outcome).await,
            Ok(Done::Pulled { cursor, more }) => self.settle_pull(claim, cursor, more).await,
            Ok(Done::Again { after }) => {
                let deferral = Deferral {
                    until: self.now() + after,
                    tried: true,
                    counted: true,
                    ..Deferral::release(claim.lease, self.now())
                };
                self.defer(deferral).await
            }
            Err(error) => self.failed(claim, &error).await,
        }
    }

    async fn failed(&self, claim: Claim, error: &Error) -> Result<(), Error> {
        // A claim holds at least one job.
        let Some(job) = claim.jobs.first() else { return Ok(()) };
        let now = self.now();
        tracing::info!(%error, kind = ?error.kind(), "a call failed");
        let reason = Some(error.to_string().into());
        let base =
            Deferral { counted: true, reason, ..Deferral::release(claim.lease.clone(), now) };
        match judge(&self.policy, job, error, now) {
            Disposition::End(outcome) => self.settle(claim, outcome).await,
            Disposition::Again { after, tried, pause } => {
                let until = now + after;
                let pause = pause.and_then(|pause| self.pause(job, pause.then_some(until), error));
                let began = (error.retry() == Retry::Unsure).then_some(now);
                self.defer(Deferral { until, tried, began, pause, ..base }).await
            }
            Disposition::Park => {
                tracing::warn!(%error, "a job is parked: its lane waits for a person");
                self.defer(Deferral { parked: true, tried: job.tried, ..base }).await
            }
        }
    }

    fn pause(
        &self,
        job: &Job,
        until: Option<chrono::DateTime<chrono::Utc>>,
        error: &Error,
    ) -> Option<Pause> {
        let served = self.served.iter().find(|s| s.destination == job.lane.destination)?;
        let account = served.account.id.clone();
        tracing::warn!(%account, %error, "an account is paused");
        Some(Pause { account, until, reason: error.to_string().into() })
    }

    async fn defer(&self, deferral: Deferral) -> Result<(), Error> {
        self.store.defer(deferral).await?;
        Ok(())
    }

    async fn settle(&self, claim: Claim, outcome: Outcome) -> Result<(), Error> {
        let Some(first) = claim.jobs.first() else { return Ok(()) };
        let name = first.work.name();
        metrics::counter!("handover_jobs_total", "work" => name, "end" => end(&outcome))
            .increment(1);
        let ended = ended(&claim.jobs, &outcome);
        let settle = Settle {
            lease: claim.lease.clone(),
            jobs: ended.iter().map(|job| job.id).collect(),
            uncertain: outcome == Outcome::Uncertain,
            cursor: None,
        };
        let is_part = ended.len() < claim.jobs.len();
        let Some(session) = first.session else { return Ok(()) };
        // A job that is done in part told something, too: how far the entries stand.
        let input = Input::Outcome(claim.jobs, outcome);
        let committed = self
            .decide_for(claim.conversation, session, &input, |change| {
                change.settle = Some(settle.clone());
            })
            .await?;
        if committed == Commit::Lost {
            return self.keep_evidence(session, &input).await;
        }
        if is_part {
            let until = self.now() + TimeDelta::seconds(1);
            let release = Deferral::release(claim.lease, self.now());
            self.defer(Deferral { until, tried: true, counted: true, ..release }).await?;
        }
        Ok(())
    }

    /// Somebody else has the job by now. What the provider told us is true all the same.
    async fn keep_evidence(&self, session: SessionId, input: &Input) -> Result<(), Error> {
        tracing::warn!("a lease was lost before its job was settled");
        let Input::Outcome(jobs, Outcome::Sent(delivery)) = input else { return Ok(()) };
        let Some(Work::Send { seq, part, .. }) = jobs.first().map(|job| &job.work) else {
            return Ok(());
        };
        for _ in 0..ATTEMPTS {
            let Some(conversation) = self.by_id(session).await? else { return Ok(()) };
            let mut change = Change::new(self.tenant.clone(), self.now());
            change.conversation = Some(conversation);
            let what = Updated::Delivery { part: *part, delivery: delivery.clone() };
            change.updates.push(Update { seq: *seq, what });
            if self.store.commit(change).await? != Commit::Stale {
                break;
            }
        }
        Ok(())
    }

    async fn settle_pull(
        &self,
        claim: Claim,
        cursor: Option<Cursor>,
        more: bool,
    ) -> Result<(), Error> {
        let mut change = Change::new(self.tenant.clone(), self.now());
        if more && let Some(Ok(poke)) = claim.jobs.first().map(scope_of) {
            change.pokes.push(poke);
        }
        change.settle = Some(Settle {
            lease: claim.lease,
            jobs: claim.jobs.iter().map(|job| job.id).collect(),
            uncertain: false,
            cursor,
        });
        self.store.commit(change).await?;
        Ok(())
    }
}

/// The feed and scope that a pull reads.
pub(crate) fn scope_of(job: &Job) -> Result<(Source, Scope), Error> {
    match (&job.lane.owner, &job.lane.destination) {
        (LaneOwner::Feed(scope), Destination::Feed(source)) => Ok((source.clone(), scope.clone())),
        _ => Err(Error::never(ErrorKind::Config, "a pull stands in a lane that is no feed's")),
    }
}

/// The jobs that an outcome ends. Of entries, those that are decided; the rest is written again.
fn ended(jobs: &[Job], outcome: &Outcome) -> Vec<Job> {
    let Outcome::Appended { through: decided, .. } = outcome else { return jobs.to_vec() };
    let is_done = |job: &&Job| matches!(job.work, Work::Append { through } if through <= *decided);
    jobs.iter().filter(is_done).cloned().collect()
}

fn end(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Failed(_) => "failed",
        Outcome::Uncertain => "uncertain",
        Outcome::Withheld(_) => "withheld",
        Outcome::CaseClosed | Outcome::CaseTaken => "overtaken",
        _ => "done",
    }
}
