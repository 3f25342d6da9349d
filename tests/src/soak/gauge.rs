//! What is measured on the way.

use super::plan::Phase;

/// How things stood at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) second: u32,
    /// Jobs that wait or are being done.
    pub(super) depth: u64,
    /// What of this process is in memory, in bytes; zero where the system does not tell.
    pub(super) resident: u64,
}

impl Sample {
    pub(super) fn take(second: u32, depth: u64) -> Self {
        Self { second, depth, resident: resident() }
    }
}

/// How long things took, in milliseconds, by the phase they began in.
#[derive(Debug, Default)]
pub(super) struct Lags(std::collections::BTreeMap<Phase, Vec<u32>>);

impl Lags {
    pub(super) fn add(&mut self, began: u32, ended: u32) {
        let lags = self.0.entry(Phase::of(began / 1000)).or_default();
        lags.push(ended.saturating_sub(began));
    }

    /// In seconds, the lag that so many percent do not exceed.
    pub(super) fn percentile(&self, phase: Phase, percent: usize) -> f64 {
        let mut lags = self.0.get(&phase).cloned().unwrap_or_default();
        lags.sort_unstable();
        let place = lags.len().saturating_sub(1) * percent / 100;
        f64::from(lags.get(place).copied().unwrap_or_default()) / 1000.0
    }
}

fn resident() -> u64 {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return 0 };
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or_default() << 10
}
