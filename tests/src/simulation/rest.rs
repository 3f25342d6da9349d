//! A fair end: nothing fails any more, and everything gets its turn.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use handover_core::archive::Jobs;
use handover_core::decide::Verdict;
use handover_core::job::{JobId, Work};
use handover_core::thread::Thread;

use super::gate::{at, wait};
use super::process::Ended;
use super::world::World;

/// How long people wait before they look at the outcome, in milliseconds.
const PATIENCE: i64 = 45 * 60_000;
/// The longest step of the clock.
const STEP: i64 = 5 * 60_000;

impl World {
    /// Everything that waits is done, in a fair order, and nothing bad happens any more.
    pub(super) fn wind_down(&mut self) {
        self.towns.iter_mut().for_each(|town| town.calm());
        self.notes.lock().store_fails.clear();
        self.log(|| "a fair end".into());
        self.rest();
        self.resume();
        self.poll_feeds();
        self.rest();
        self.wait_for(PATIENCE);
        self.decide_uncertain();
        self.resume();
        self.poll_feeds();
        self.wait_for(PATIENCE);
        // What comes days late finds everything done.
        while let Some(due) = self.mail.iter().map(|mail| mail.due).min() {
            let now = self.now.load(Ordering::Relaxed);
            self.pass((due - now).max(0));
            self.rest();
            if self.is_broken() {
                return;
            }
        }
        self.poll_feeds();
        self.rest();
    }

    /// Turns the clock to whatever is due next, until so much time has passed.
    fn wait_for(&mut self, millis: i64) {
        let end = self.now.load(Ordering::Relaxed) + millis;
        loop {
            self.rest();
            let now = self.now.load(Ordering::Relaxed);
            if now >= end || self.is_broken() {
                return;
            }
            let next = self.towns.iter().filter_map(|town| {
                let due = wait(self.store.due(town.tenant(), at(now), 1)).ok()?;
                due.next.map(|next| next.timestamp_millis())
            });
            let mail = self.mail.iter().map(|mail| mail.due);
            // Clocks differ: a little later it is due for everybody.
            let next = next.chain(mail).min().map_or(end, |next| next + 4_000);
            self.pass(next.clamp(now + 100, now + STEP) - now);
        }
    }

    /// A person finds out what became of the texts of which nobody could tell, and says so.
    fn decide_uncertain(&mut self) {
        for town in 0..self.towns.len() {
            let mut found: HashMap<(Box<str>, String), usize> = HashMap::new();
            for (job, customer, text) in self.uncertain(town) {
                // The same words may have been said before: those that are accounted for are others.
                let arrived = self.towns[town].arrived(&customer, &text);
                let known = self.taken(town, &customer, &text);
                let others = found.entry((customer, text.clone())).or_default();
                let verdict = if arrived > known + *others {
                    *others += 1;
                    Verdict::Sent
                } else {
                    Verdict::Resend
                };
                self.log(|| format!("a person decides about {text:?}: {verdict:?}"));
                let relay = self.processes[0].relays[town].clone();
                let id = self.begin();
                self.processes[0].start(id, None, async move {
                    let _ = relay.settle(job, verdict).await;
                    Ended::Worked
                });
            }
        }
        self.rest();
    }

    /// The sends of which nobody could tell: to whom, and what.
    fn uncertain(&self, town: usize) -> Vec<(JobId, Box<str>, String)> {
        let tenant = self.towns[town].tenant();
        let views = wait(self.archive.jobs(tenant, Jobs::Uncertain, 1_000)).unwrap_or_default();
        let sends = views.into_iter().filter_map(|view| {
            let (Work::Confirm { seq, .. } | Work::Send { seq, .. }) = view.job.work else {
                return None;
            };
            let session = view.job.session?;
            let log = wait(self.archive.messages(tenant, session, seq - 1, 1)).ok()?;
            let found = wait(self.store.load(tenant, &[Thread::session(session)])).ok()?;
            let session = found.into_iter().map(|c| c.session).find(|s| s.id == session)?;
            Some((view.job.id, session.customer.value, log.into_iter().next()?.text))
        });
        sends.collect()
    }

    /// How many sends of these words are accounted for. After a merge nobody can tell whose they are.
    fn taken(&self, town: usize, customer: &str, text: &str) -> usize {
        let mut notes = self.notes.lock();
        let ledger = notes.ledger(self.towns[town].tenant());
        if ledger.is_merged { 0 } else { ledger.taken(customer, text) }
    }

    /// Every feed is to be read.
    pub(super) fn poll_feeds(&mut self) {
        for town in 0..self.towns.len() {
            let id = self.begin();
            self.processes[0].poll_feeds(id, town);
        }
    }

    /// An operator takes up what is parked or paused.
    fn resume(&mut self) {
        for town in 0..self.towns.len() {
            let id = self.begin();
            self.processes[0].resume(id, town);
        }
    }

    /// Lets everything go on until nothing moves.
    pub(super) fn rest(&mut self) {
        for _ in 0..500 {
            self.collect();
            let now = self.now.load(Ordering::Relaxed);
            for n in (0..self.mail.len()).rev() {
                if self.mail[n].due <= now {
                    self.deliver_to(n % self.processes.len(), n);
                }
            }
            if self.finish() && self.is_idle() {
                return;
            }
            if self.is_broken() {
                return;
            }
        }
        let last = self.notes.lock().last.clone();
        self.notes.lock().broken(0, format!("the world never comes to rest: {last:?}"));
    }

    /// Everything under way gets to its end. Fair: whoever waits for another gets to where the other
    /// has gone on. True if nothing was under way.
    fn finish(&mut self) -> bool {
        let mut was_idle = true;
        while self.processes.iter().any(|process| !process.running.is_empty()) {
            was_idle = false;
            for process in 0..self.processes.len() {
                for n in (0..self.processes[process].running.len()).rev() {
                    self.go_on(process, n);
                }
            }
            if self.is_broken() {
                break;
            }
        }
        was_idle
    }

    /// Looks for work, for every tenant. True if there was none.
    fn is_idle(&mut self) -> bool {
        let mut is_idle = true;
        for town in 0..self.towns.len() {
            let id = self.begin();
            self.processes[0].tick(id, town);
            while !self.processes[0].running.is_empty() {
                self.go_on(0, 0);
            }
            // Whoever is never done is left to the caller, who counts.
            for _ in 0..200 {
                let id = self.begin();
                self.processes[0].work(id, town);
                let mut found = false;
                while !self.processes[0].running.is_empty() {
                    found = !matches!(self.go_on(0, 0), Some(Ended::Idle));
                }
                if !found || self.is_broken() {
                    break;
                }
                is_idle = false;
            }
        }
        is_idle
    }
}
