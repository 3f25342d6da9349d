//! Mistakes in what a commit does.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use handover_core::error::{Error, ErrorKind};
use handover_core::id::TenantId;
use handover_core::job::{Withheld, Work};
use handover_core::session::Conversation;
use handover_core::store::{Change, Claim, Commit, Due, Store};
use handover_core::thread::Thread;

use super::wrap::{Mistake, store};
use crate::simulation::{Bug, point};

/// The mark that a fact was handled is made durable before what follows from it.
pub(super) fn mark_before_work() -> Bug {
    #[derive(Debug)]
    struct MarkFirst;
    #[async_trait]
    impl Mistake for MarkFirst {
        async fn commit(&self, right: &dyn Store, mut change: Change) -> Result<Commit, Error> {
            if change.conversation.is_some()
                && let Some(event) = change.event.take()
            {
                let mut mark = Change::new(change.tenant.clone(), change.now);
                mark.event = Some(event);
                if right.commit(mark).await? == Commit::Seen {
                    return Ok(Commit::Seen);
                }
                point().await;
            }
            right.commit(change).await
        }
    }
    store(|| MarkFirst)
}

/// A change is acknowledged and written a little later.
pub(super) fn acknowledge_before_writing() -> Bug {
    #[derive(Debug, Default)]
    struct Behind(Mutex<Option<Change>>);
    impl Behind {
        async fn flush(&self, right: &dyn Store) -> Result<(), Error> {
            let waiting = self.0.lock().unwrap().take();
            if let Some(change) = waiting {
                right.commit(change).await?;
            }
            Ok(())
        }
    }
    #[async_trait]
    impl Mistake for Behind {
        async fn load(
            &self,
            right: &dyn Store,
            tenant: &TenantId,
            threads: &[Thread],
        ) -> Result<Vec<Conversation>, Error> {
            self.flush(right).await?;
            right.load(tenant, threads).await
        }

        async fn commit(&self, right: &dyn Store, change: Change) -> Result<Commit, Error> {
            self.flush(right).await?;
            if change.event.is_none() {
                return right.commit(change).await;
            }
            *self.0.lock().unwrap() = Some(change);
            Ok(Commit::Done)
        }
    }
    store(Behind::default)
}

/// An outcome counts though the lease was lost.
pub(super) fn settle_without_lease() -> Bug {
    #[derive(Debug)]
    struct Regardless;
    #[async_trait]
    impl Mistake for Regardless {
        async fn commit(&self, right: &dyn Store, mut change: Change) -> Result<Commit, Error> {
            let done = right.commit(change.clone()).await?;
            if done != Commit::Lost {
                return Ok(done);
            }
            change.settle = None;
            right.commit(change).await
        }
    }
    store(|| Regardless)
}

/// Whoever writes last wins, on whatever they had read.
pub(super) fn last_write_wins() -> Bug {
    #[derive(Debug)]
    struct Last;
    #[async_trait]
    impl Mistake for Last {
        async fn commit(&self, right: &dyn Store, mut change: Change) -> Result<Commit, Error> {
            let done = right.commit(change.clone()).await?;
            let Some(conversation) = change.conversation.as_mut().filter(|_| done == Commit::Stale)
            else {
                return Ok(done);
            };
            let thread = Thread::session(conversation.session.id);
            let now = right.load(&change.tenant, &[thread]).await?;
            let now = now.into_iter().find(|now| now.session.id == conversation.session.id);
            if let Some(now) = now {
                conversation.session.version = now.session.version;
                if let (Some(ours), Some(theirs)) = (&mut conversation.case, now.case) {
                    ours.version = theirs.version;
                }
            }
            right.commit(change).await
        }
    }
    store(|| Last)
}

/// Two first messages at once open two conversations: nothing is unique.
pub(super) fn two_conversations() -> Bug {
    #[derive(Debug)]
    struct NotUnique;
    #[async_trait]
    impl Mistake for NotUnique {
        async fn commit(&self, right: &dyn Store, mut change: Change) -> Result<Commit, Error> {
            let done = right.commit(change.clone()).await?;
            let Some(conversation) = change.conversation.as_mut().filter(|_| done == Commit::Stale)
            else {
                return Ok(done);
            };
            if conversation.session.version > 0 {
                return Ok(done);
            }
            let address = format!("{} ", conversation.session.reply_thread.address);
            conversation.session.reply_thread.address = address.into();
            right.commit(change).await
        }
    }
    store(|| NotUnique)
}

/// That a fact was handled before is an error, so it is tried for ever.
pub(super) fn duplicate_is_an_error() -> Bug {
    #[derive(Debug)]
    struct Violation;
    #[async_trait]
    impl Mistake for Violation {
        async fn commit(&self, right: &dyn Store, change: Change) -> Result<Commit, Error> {
            match right.commit(change).await? {
                Commit::Seen => Err(Error::later(ErrorKind::Unavailable, "duplicate key value")),
                done => Ok(done),
            }
        }
    }
    store(|| Violation)
}

/// One tenant's conversations are found by another's number.
pub(super) fn tenants_meet() -> Bug {
    #[derive(Debug, Default)]
    struct Together(Arc<Mutex<Option<TenantId>>>);
    #[async_trait]
    impl Mistake for Together {
        async fn load(
            &self,
            right: &dyn Store,
            tenant: &TenantId,
            threads: &[Thread],
        ) -> Result<Vec<Conversation>, Error> {
            let first = self.0.lock().unwrap().get_or_insert_with(|| tenant.clone()).clone();
            let mut found = right.load(&first, threads).await?;
            if first != *tenant {
                found.extend(right.load(tenant, threads).await?);
            }
            Ok(found)
        }

        async fn commit(&self, right: &dyn Store, mut change: Change) -> Result<Commit, Error> {
            if let Some(conversation) = &change.conversation {
                change.tenant = conversation.session.tenant.clone();
            }
            right.commit(change).await
        }
    }
    let shared: Arc<Mutex<Option<TenantId>>> = Arc::default();
    store(move || Together(Arc::clone(&shared)))
}

/// No clock looks after what waits.
pub(super) fn no_timer() -> Bug {
    #[derive(Debug)]
    struct Timeless;
    #[async_trait]
    impl Mistake for Timeless {
        fn due(&self, due: &mut Due) {
            due.sessions.clear();
        }
    }
    store(|| Timeless)
}

/// An opt-out of one customer switches off everybody.
pub(super) fn one_opts_out_for_all() -> Bug {
    #[derive(Debug)]
    struct Everybody(Arc<Mutex<bool>>);
    #[async_trait]
    impl Mistake for Everybody {
        async fn commit(&self, right: &dyn Store, change: Change) -> Result<Commit, Error> {
            if let Some(word) = change.consent.last() {
                *self.0.lock().unwrap() = !word.allowed;
            }
            right.commit(change).await
        }

        fn claimed(&self, claim: &mut Claim) {
            let is_send =
                claim.jobs.first().is_some_and(|job| matches!(job.work, Work::Send { .. }));
            if is_send && *self.0.lock().unwrap() {
                claim.withheld = Some(Withheld::OptedOut);
            }
        }
    }
    let shared: Arc<Mutex<bool>> = Arc::default();
    store(move || Everybody(Arc::clone(&shared)))
}
