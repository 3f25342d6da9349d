//! Where this process spends processor time, by the names of its threads.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::Done;

/// The processor time of each thread so far, in nanoseconds.
#[derive(Debug)]
pub(crate) struct Spent(BTreeMap<PathBuf, (String, u64)>);

impl Spent {
    /// Asks the kernel.
    pub(crate) fn now() -> Done<Self> {
        let mut spent = BTreeMap::new();
        for thread in fs::read_dir("/proc/self/task")? {
            let thread = thread?.path();
            // A thread may end meanwhile.
            let Ok(name) = fs::read_to_string(thread.join("comm")) else { continue };
            let Ok(times) = fs::read_to_string(thread.join("schedstat")) else { continue };
            let ran: u64 = times.split(' ').next().unwrap_or_default().parse().unwrap_or(0);
            spent.insert(thread, (name.trim().to_owned(), ran));
        }
        Ok(Self(spent))
    }

    /// Microseconds for each of `count` since then, by the names of threads, where it is one or more.
    pub(crate) fn since(&self, then: &Self, count: usize) -> String {
        let mut names: BTreeMap<&str, f64> = BTreeMap::new();
        for (thread, (name, now)) in &self.0 {
            let before = then.0.get(thread).map_or(0, |(_, before)| *before);
            let each = now.saturating_sub(before) as f64 / 1000.0 / count as f64;
            *names.entry(name).or_default() += each;
        }
        let all: f64 = names.values().sum();
        let parts = names.iter().filter(|(_, each)| **each >= 1.0);
        let parts: Vec<String> = parts.map(|(name, each)| format!("{name} {each:.0}")).collect();
        format!("{all:.0} us ({})", parts.join(", "))
    }
}
