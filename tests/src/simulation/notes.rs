//! What was committed and given out, and what each party saw of it: kept beside the store, and
//! compared with the promises at every step.

mod commits;
mod ledger;
mod seen;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use handover_core::id::TenantId;

use super::Violation;
use super::gate::Call;
use super::reach;

pub(super) use ledger::{KEYWORDS, Ledger, Said};

/// The notebook that the world and its stores share.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedNotes(Arc<Mutex<Notes>>);

/// What is noted in the order in which it happens.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) ledgers: BTreeMap<TenantId, Ledger>,
    pub(super) violations: Vec<Violation>,
    pub(super) reached: BTreeMap<&'static str, u64>,
    /// What has happened since the world last asked, if anybody wants to know.
    pub(super) lines: Option<Vec<String>>,
    /// What was claimed last.
    pub(super) last: VecDeque<String>,
    /// How many requests went to a provider.
    pub(super) calls: u64,
    /// What is polled just now.
    pub(super) current: u64,
    /// What has been called and not committed since, by what was polled.
    in_flight: HashMap<u64, Call>,
    /// For each process, whether its next commit fails, and whether after it was made.
    pub(super) store_fails: HashMap<usize, bool>,
}

impl SharedNotes {
    pub(super) fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap()
    }
}

impl Notes {
    pub(super) fn reach(&mut self, what: &'static str) {
        debug_assert!(reach::SITUATIONS.contains(&what), "{what:?} is not in the table");
        *self.reached.entry(what).or_default() += 1;
    }

    pub(super) fn line(&mut self, line: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(line());
        }
    }

    pub(super) fn broken(&mut self, promise: u8, what: impl Into<String>) {
        self.violations.push(Violation { promise, what: what.into() });
    }

    pub(super) fn ledger(&mut self, tenant: &TenantId) -> &mut Ledger {
        if !self.ledgers.contains_key(tenant) {
            self.ledgers.insert(tenant.clone(), Ledger::default());
        }
        self.ledgers.get_mut(tenant).unwrap()
    }

    /// A request was answered, or its answer was lost.
    pub(super) fn called(&mut self, call: Call) {
        self.calls += 1;
        if call != Call::Other {
            self.in_flight.insert(self.current, call);
        }
    }

    /// What was polled has made durable what it did.
    pub(super) fn settled(&mut self) {
        self.in_flight.remove(&self.current);
    }

    /// What was running was dropped.
    pub(super) fn died(&mut self, running: u64) {
        match self.in_flight.remove(&running) {
            Some(Call::Contact) => self.reach("a crash between making a contact and its commit"),
            Some(Call::Entry) => self.reach("a crash between writing an entry and its commit"),
            Some(Call::Open) => self.reach("a crash between opening a case and its commit"),
            Some(Call::Send) => self.reach("a crash between a send and its commit"),
            Some(Call::Other) | None => {}
        }
    }

    /// Whether text of one tenant is known to belong to another.
    fn is_anothers(&self, tenant: &TenantId, text: &str) -> bool {
        let mut others = self.ledgers.iter().filter(|(other, _)| *other != tenant);
        others.any(|(_, ledger)| ledger.said.by_anybody(text))
    }
}
