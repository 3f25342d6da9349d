//! The table.

use std::fmt;
use std::path::PathBuf;

use super::account::Account;
use super::options::Options;

/// How a crash loop went.
#[derive(Debug)]
pub struct Report {
    pub(super) account: Account,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) trails: Vec<String>,
    pub(super) kept: Option<PathBuf>,
    shares: Vec<u64>,
    options: Options,
}

impl Report {
    pub(super) fn new(options: &Options, account: Account, shares: Vec<u64>) -> Self {
        let options = options.clone();
        Self { account, facts: Vec::new(), trails: Vec::new(), kept: None, shares, options }
    }

    /// Whether nothing is lost, doubled, out of order or undone, and all processes did their part.
    pub fn is_ok(&self) -> bool {
        let is_clean = |fates: &super::account::Fates| fates.lost + fates.doubled == 0;
        self.account.rows.values().all(is_clean)
            && self.account.wrongs.is_empty()
            && self.account.is_settled(self.options.waits)
            && self.smallest_share() >= LEAST_SHARE
    }

    /// How many messages were accounted for in one place or another.
    pub fn accounted(&self) -> u64 {
        self.account.rows.values().map(|fates| fates.all).sum()
    }

    /// The part of all jobs that the laziest of several processes ended.
    fn smallest_share(&self) -> f64 {
        let all: u64 = self.shares.iter().sum();
        let least = self.shares.iter().min().copied().unwrap_or_default();
        match self.shares.len() {
            1 => 1.0,
            _ => least as f64 / all.max(1) as f64,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { store, processes, seed, .. } = &self.options;
        writeln!(f, "crash: {store:?}, {processes} process(es), seed {seed}\n")?;
        for (name, value) in &self.facts {
            writeln!(f, "{name:<28}{value:>9}")?;
        }
        writeln!(
            f,
            "\n{:<28}{:>9}{:>9}{:>9}{:>9}{:>10}{:>9}{:>9}{:>9}",
            "", "all", "once", "doubled", "lost", "uncertain", "withheld", "refused", "waiting"
        )?;
        for (name, fates) in &self.account.rows {
            writeln!(
                f,
                "{name:<28}{:>9}{:>9}{:>9}{:>9}{:>10}{:>9}{:>9}{:>9}",
                fates.all,
                fates.once,
                fates.doubled,
                fates.lost,
                fates.uncertain,
                fates.withheld,
                fates.refused,
                fates.waiting
            )?;
        }
        if self.account.undone + self.account.looked_for > 0 {
            let Account { undone, looked_for, .. } = &self.account;
            writeln!(f, "\n{undone} jobs undone, {looked_for} looked for or claimed")?;
        }
        for (code, times) in &self.account.refusals {
            writeln!(f, "refused {times} times: {code}")?;
        }
        let all: u64 = self.shares.iter().sum();
        for (n, jobs) in self.shares.iter().enumerate().filter(|_| self.shares.len() > 1) {
            let share = 100.0 * *jobs as f64 / all.max(1) as f64;
            writeln!(f, "process {n} ended {jobs} jobs, {share:.0} %")?;
        }
        if !self.trails.is_empty() {
            writeln!(f, "\nwrong:")?;
        }
        for line in &self.trails {
            writeln!(f, "  {line}")?;
        }
        if let Some(kept) = &self.kept {
            writeln!(f, "\nthe store and the logs are in {}", kept.display())?;
        }
        let verdict = if self.is_ok() { "nothing lost, nothing doubled" } else { "BROKEN" };
        writeln!(f, "\n{verdict}")
    }
}

/// The part of all jobs that each process must have.
const LEAST_SHARE: f64 = 0.15;
