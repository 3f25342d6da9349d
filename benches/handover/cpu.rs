//! Where this process spends processor time, by the names of its threads.

use std::collections::BTreeMap;
use std::fs;

use crate::Done;

/// Processor time of each name of threads so far, in nanoseconds.
#[derive(Debug)]
pub(crate) struct Spent(BTreeMap<String, u64>);

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
            *spent.entry(name.trim().to_owned()).or_default() += ran;
        }
        Ok(Self(spent))
    }

    /// Microseconds for each of `count` since then, where it is at least one.
    pub(crate) fn since(&self, then: &Self, count: usize) -> String {
        let mut parts = Vec::new();
        let mut all = 0.0;
        for (name, now) in &self.0 {
            let before = then.0.get(name).copied().unwrap_or(0);
            let each = now.saturating_sub(before) as f64 / 1000.0 / count as f64;
            all += each;
            if each >= 1.0 {
                parts.push(format!("{name} {each:.0}"));
            }
        }
        format!("{all:.0} us ({})", parts.join(", "))
    }
}
