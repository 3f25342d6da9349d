//! What was said, as those know who said it, and what was seen of it on its way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use uuid::Uuid;

/// Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    begun: Instant,
    said: Arc<Mutex<Said>>,
}

/// What was said, and what was seen.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// What customers texted: each text once.
    pub(super) texts: BTreeSet<String>,
    /// What customers said to the provider and not to us.
    pub(super) keywords: BTreeSet<String>,
    /// What reps replied: each text once.
    pub(super) replies: BTreeSet<String>,
    /// What reps noted for each other.
    pub(super) secrets: BTreeSet<String>,
    /// The rows that reps made.
    pub(super) rows: BTreeSet<Uuid>,
    /// Texts whose webhook was answered well.
    pub(super) acknowledged: BTreeSet<String>,
    /// What was seen of a text, in order.
    trails: BTreeMap<String, Vec<String>>,
    /// What happened to the processes, in order.
    deaths: Vec<String>,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), said: Arc::default() }
    }

    pub(super) fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap()
    }

    /// Something was seen of `text`.
    pub(super) fn seen(&self, text: &str, what: &str) {
        let line = self.line(what);
        self.said().trails.entry(text.to_owned()).or_default().push(line);
    }

    /// Something happened to a process.
    pub(super) fn happened(&self, what: &str) {
        let line = self.line(what);
        self.said().deaths.push(line);
    }

    /// What was seen of `text`, and what happened to the processes meanwhile.
    pub(super) fn trail(&self, text: &str) -> Vec<String> {
        let said = self.said();
        let mut trail = said.trails.get(text).cloned().unwrap_or_default();
        let from = trail.first().cloned().unwrap_or_default();
        let after = said.deaths.iter().filter(|line| **line >= from).take(DEATHS);
        trail.extend(after.cloned());
        trail.sort();
        trail
    }

    /// Lines sort by time.
    fn line(&self, what: &str) -> String {
        format!("{:9.3} s  {what}", self.begun.elapsed().as_secs_f64())
    }
}

/// How many deaths a trail shows.
const DEATHS: usize = 6;
