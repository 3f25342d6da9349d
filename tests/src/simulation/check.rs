//! The end of a schedule, compared with what each party saw.

mod cases;
mod conversations;
mod phones;

use handover_core::thread::Thread;

use super::Violation;
use super::gate::wait;
use super::town::Kept;
use super::world::World;

pub(super) use cases::{archived, creatio, front};
pub(super) use phones::telephones;

impl World {
    pub(super) fn check(&mut self) {
        let mut broken = Vec::new();
        for town in 0..self.towns.len() {
            let kept = self.kept(town);
            for Kept { session, log, case } in &kept {
                self.log(|| format!("in the end:\n{session:#?}\n{case:#?}\n{}", transcript(log)));
            }
            let town = &self.towns[town];
            let mut notes = self.notes.lock();
            let ledger = notes.ledger(town.tenant());
            conversations::check(&kept, ledger, &mut broken);
            town.check(&kept, ledger, &mut broken);
            // 10, and liveness: under a fair schedule nothing waits in the end.
            let counts = wait(self.archive.counts(town.tenant())).unwrap();
            if counts.jobs + counts.parked + counts.uncertain + counts.unrouted > 0 {
                broken.push(Violation { promise: 10, what: format!("left over: {counts:?}") });
            }
        }
        self.notes.lock().violations.append(&mut broken);
    }

    fn kept(&self, town: usize) -> Vec<Kept> {
        let tenant = self.towns[town].tenant();
        let sessions = wait(self.archive.sessions(tenant, false, None, usize::MAX)).unwrap();
        let kept = sessions.into_iter().map(|session| {
            let log = wait(self.archive.messages(tenant, session.id, 0, usize::MAX)).unwrap();
            let found = wait(self.store.load(tenant, &[Thread::session(session.id)])).unwrap();
            let found = found.into_iter().find(|found| found.session.id == session.id);
            Kept { case: found.and_then(|found| found.case), session, log }
        });
        kept.collect()
    }
}

fn transcript(log: &[handover_core::message::Message]) -> String {
    let line = |message: &handover_core::message::Message| {
        format!(
            "  #{} {:?} {:?} {:?}\n",
            message.seq, message.author, message.text, message.deliveries
        )
    };
    log.iter().map(line).collect()
}
