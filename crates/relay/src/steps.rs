//! One step at a time.

use chrono::{DateTime, Utc};
use handover_core::decide::Input;
use handover_core::error::Error;
use handover_core::store::{Change, Claim, Deferral, Lease, Served};

use crate::intake::{Door, Ingested};
use crate::relay::Relay;

/// How many due sessions one tick looks at.
const TICK: usize = 100;

/// Whether there was work. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worked {
    /// Jobs were done, or put back.
    Did,
    /// There is nothing to do now.
    Idle,
}

impl Relay {
    /// Claims the most urgent jobs and does them.
    ///
    /// # Errors
    /// When the store fails. Whatever was done outside is found again by the next attempt.
    ///
    /// # Cancel safety
    /// Dropped, the jobs come back as tried when their lease has run out.
    pub async fn work_one(&self) -> Result<Worked, Error> {
        match self.claim().await? {
            Some(claim) => {
                self.work(claim).await?;
                Ok(Worked::Did)
            }
            None => Ok(Worked::Idle),
        }
    }

    /// Claims the most urgent jobs, for [`Relay::work`].
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim(&self) -> Result<Option<Claim>, Error> {
        self.claim_of(&self.parts.served).await
    }

    /// Claims the most urgent jobs among those that go where `served` says.
    pub(crate) async fn claim_of(&self, served: &[Served]) -> Result<Option<Claim>, Error> {
        let parts = &self.parts;
        parts.store.claim(&parts.tenant, served, parts.now(), parts.lease).await
    }

    /// Does claimed jobs, and settles them or puts them back.
    ///
    /// # Errors
    /// When the store fails; the jobs then come back as tried when their lease has run out.
    ///
    /// # Cancel safety
    /// Dropped, the jobs come back as tried when their lease has run out.
    #[tracing::instrument(
        skip_all,
        fields(
            session = claim.conversation.as_ref().map(|c| tracing::field::display(c.session.id)),
            job = claim.jobs.first().map(|job| job.id.0),
            work = claim.jobs.first().map(|job| job.work.name()),
        )
    )]
    pub async fn work(&self, claim: Claim) -> Result<(), Error> {
        let done = match claim.withheld {
            Some(why) => self.parts.withhold(&claim, why).await,
            None => self.parts.perform(&claim).await,
        };
        self.parts.finish(claim, done).await
    }

    /// Puts the jobs of a claim back that is being worked on: they come back as tried.
    pub(crate) async fn put_back(&self, lease: Lease) -> Result<(), Error> {
        let now = self.parts.now();
        let tried = Deferral { tried: true, began: Some(now), ..Deferral::release(lease, now) };
        let deferral = Deferral { counted: true, ..tried };
        self.parts.store.defer(deferral).await?;
        Ok(())
    }

    /// Does what time alone makes due. Returns when the next such thing is.
    ///
    /// # Errors
    /// When the store fails.
    ///
    /// # Cancel safety
    /// Dropped, the rest is still due.
    pub async fn tick(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let parts = &self.parts;
        let due = parts.store.due(&parts.tenant, parts.now(), TICK).await?;
        let is_more = due.sessions.len() == TICK || due.events.len() == TICK;
        for session in due.sessions {
            parts.decide_for(None, session, &Input::Tick, |_| {}).await?;
        }
        for event in due.events {
            let id = event.id.clone();
            let ingested = parts.ingest(event, Door::Read).await?;
            if matches!(ingested, Ingested::Ignored | Ingested::Seen) {
                // It has found where it belongs, and says nothing there: it waits no longer.
                let mut change = Change::new(parts.tenant.clone(), parts.now());
                change.event = Some(id);
                parts.store.commit(change).await?;
            }
        }
        Ok(if is_more { Some(parts.now()) } else { due.next })
    }

    /// Takes up accounts again that were stopped because a login was refused: a relay that starts
    /// may have been given a better one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resume_accounts(&self) -> Result<(), Error> {
        for account in self.parts.accounts() {
            self.parts.archive.resume(&self.parts.tenant, &account).await?;
        }
        Ok(())
    }
}
