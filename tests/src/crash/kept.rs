//! What the store has in the end.

use handover_core::archive::{Archive, Counts, JobState, JobView, Jobs};
use handover_core::error::Error;
use handover_core::message::Message;
use handover_core::session::{CaseRecord, Session};
use handover_core::store::Store;
use handover_core::thread::Thread;
use handover_store::{Address, Postgres, Sqlite};

use super::site::{Place, Site};
use crate::setup::tenant;

/// All that is kept.
pub(super) struct Kept {
    pub(super) sessions: Vec<Conversed>,
    pub(super) counts: Counts,
    pub(super) uncertain: Vec<JobView>,
}

/// One session with all that belongs to it.
pub(super) struct Conversed {
    pub(super) session: Session,
    pub(super) log: Vec<Message>,
    pub(super) case: Option<CaseRecord>,
    pub(super) jobs: Vec<JobView>,
}

impl Kept {
    /// How many feeds somebody reads, or was reading who is dead by now.
    pub(super) fn feeds(&self) -> u64 {
        let is_going =
            |view: &&JobView| matches!(view.state, JobState::Claimed | JobState::Waiting);
        let jobs = self.sessions.iter().map(|kept| kept.jobs.iter().filter(is_going).count());
        self.counts.jobs.saturating_sub(jobs.sum::<usize>() as u64)
    }

    /// Reads it all, beside the processes that work on it.
    pub(super) async fn read(site: &Site) -> Self {
        match &site.store {
            Place::Postgres { url, .. } => {
                let address = Address::parse(url).unwrap();
                let store = Postgres::connect_read_only(&address).await.unwrap();
                Self::of(&store).await.unwrap()
            }
            Place::Sqlite(file) => Self::of(&Sqlite::open_read_only(file).unwrap()).await.unwrap(),
        }
    }

    async fn of<S: Store + Archive>(store: &S) -> Result<Self, Error> {
        let tenant = tenant();
        let mut sessions = Vec::new();
        for session in store.sessions(&tenant, false, None, usize::MAX).await? {
            let log = store.messages(&tenant, session.id, 0, usize::MAX).await?;
            let jobs = store.jobs(&tenant, Jobs::Session(session.id), usize::MAX).await?;
            let found = store.load(&tenant, &[Thread::session(session.id)]).await?;
            let this = found.into_iter().find(|found| found.session.id == session.id);
            let case = this.and_then(|this| this.case);
            sessions.push(Conversed { session, log, case, jobs });
        }
        let uncertain = store.jobs(&tenant, Jobs::Uncertain, usize::MAX).await?;
        Ok(Self { sessions, counts: store.counts(&tenant).await?, uncertain })
    }
}
