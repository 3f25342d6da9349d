//! Files that came with messages: fetched, then added to their entries.

use super::{Turn, notes};
use crate::job::{Job, Lane, NewJob, Outcome, Work};
use crate::message::{Copy, Update, Updated};

/// How many files wait for a case. More are named in their entries and stand in the session only.
const MOST: usize = 50;

impl Turn<'_> {
    pub(super) fn fetch_ended(&mut self, seq: u64, index: usize, outcome: Outcome) {
        let (copy, size) = match outcome {
            Outcome::Fetched { copy, size } => (copy, size),
            _ => (Copy::Missing, None),
        };
        if matches!(copy, Copy::Stored(_)) {
            self.stored(seq, index);
        }
        self.decision.updates.push(Update { seq, what: Updated::File { index, copy, size } });
    }

    /// A file stands behind its entry, which may not be queued yet.
    fn stored(&mut self, seq: u64, index: usize) {
        let takes_files = self.world.desk.is_some_and(|desk| desk.files);
        let session = self.session();
        if !takes_files || session.hosted {
            return;
        }
        if session.entered >= seq {
            return self.attach(seq, index);
        }
        if session.files.len() < MOST {
            session.files.push((seq, index));
        }
    }

    /// Queues the files of the entries that have just been queued.
    pub(super) fn attach_entered(&mut self) {
        let session = self.session();
        let entered = session.entered;
        let (now, later) =
            std::mem::take(&mut session.files).into_iter().partition(|(seq, _)| *seq <= entered);
        session.files = later;
        let now: Vec<(u64, usize)> = now;
        for (seq, index) in now {
            self.attach(seq, index);
        }
    }

    fn attach(&mut self, seq: u64, index: usize) {
        let Some(record) = &self.conversation.case else { return };
        let lane = Lane::case(record.id, &record.desk);
        self.decision.jobs.push(NewJob::new(lane, Work::Attach { seq, index }));
    }

    /// The file could not be added: its entry names it, and the session has it.
    pub(super) fn not_attached(&mut self, job: &Job, code: &str) {
        if let Work::Attach { seq, .. } = job.work {
            self.note(notes::not_attached(seq, code));
        }
    }
}
