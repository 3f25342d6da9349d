//! Mistakes in what is given out, and put back.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use handover_core::error::Error;
use handover_core::job::{Job, NewJob, Withheld};
use handover_core::store::{Change, Claim, Commit, Deferral, Settle, Store};
use handover_core::thread::Thread;

use super::wrap::{Mistake, store};
use crate::simulation::Bug;

/// What the assistant prepared is said after a person took over.
pub(super) fn no_fence() -> Bug {
    #[derive(Debug)]
    struct Unfenced;
    #[async_trait]
    impl Mistake for Unfenced {
        fn claimed(&self, claim: &mut Claim) {
            claim.withheld.take_if(|why| *why == Withheld::Overtaken);
        }
    }
    store(|| Unfenced)
}

/// An opt-out is looked at when a text is queued, and not when it is sent.
pub(super) fn no_consent_check() -> Bug {
    #[derive(Debug)]
    struct Queued;
    #[async_trait]
    impl Mistake for Queued {
        fn claimed(&self, claim: &mut Claim) {
            claim.withheld.take_if(|why| *why == Withheld::OptedOut);
        }
    }
    store(|| Queued)
}

/// A job whose worker died is taken for one that was never begun.
pub(super) fn forgotten_attempts() -> Bug {
    #[derive(Debug)]
    struct Fresh;
    #[async_trait]
    impl Mistake for Fresh {
        fn claimed(&self, claim: &mut Claim) {
            for job in &mut claim.jobs {
                job.tried = false;
            }
        }
    }
    store(|| Fresh)
}

/// What failed goes to the end of its queue, so that it does not hold up the others.
pub(super) fn retry_at_the_end() -> Bug {
    #[derive(Debug, Default)]
    struct AtTheEnd(Mutex<HashMap<u64, Vec<Job>>>);
    #[async_trait]
    impl Mistake for AtTheEnd {
        fn claimed(&self, claim: &mut Claim) {
            self.0.lock().unwrap().insert(claim.lease.token, claim.jobs.clone());
        }

        async fn defer(&self, right: &dyn Store, deferral: Deferral) -> Result<Commit, Error> {
            let jobs = self.0.lock().unwrap().get(&deferral.lease.token).cloned();
            let session = jobs.as_ref().and_then(|jobs| jobs.first()?.session);
            let (Some(jobs), Some(session)) = (jobs, session) else {
                return right.defer(deferral).await;
            };
            let tenant = deferral.lease.tenant.clone();
            let found = right.load(&tenant, &[Thread::session(session)]).await?;
            let Some(conversation) = found.into_iter().find(|found| found.session.id == session)
            else {
                return right.defer(deferral).await;
            };
            let mut change = Change::new(tenant, deferral.now);
            change.conversation = Some(conversation);
            change.jobs = jobs
                .iter()
                .map(|job| NewJob {
                    lane: job.lane.clone(),
                    work: job.work.clone(),
                    fence: job.fence,
                })
                .collect();
            change.settle = Some(Settle {
                lease: deferral.lease.clone(),
                jobs: jobs.iter().map(|job| job.id).collect(),
                uncertain: false,
                cursor: None,
            });
            match right.commit(change).await? {
                Commit::Done => Ok(Commit::Done),
                _ => right.defer(deferral).await,
            }
        }
    }
    store(AtTheEnd::default)
}
