//! Reads the summary lines of test runners.

use std::fmt;

#[cfg(test)]
mod tests;

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Tally {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Who writes the summary.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Runner {
    /// `test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; ...`
    Libtest,
    /// `Summary [ 0.012s] 5 tests run: 4 passed (1 slow), 1 timed out, 2 skipped`
    Nextest,
}

impl Runner {
    /// The numbers, if this line is a summary.
    pub(crate) fn read(self, line: &str) -> Option<Tally> {
        let (head, numbers) = match self {
            Self::Libtest => line.trim_start().strip_prefix("test result: ")?.split_once(". ")?,
            Self::Nextest => line.trim_start().strip_prefix("Summary [")?.split_once(" run: ")?,
        };
        if matches!(self, Self::Nextest) && !head.contains(" test") {
            return None;
        }
        // Nextest explains in brackets: `5 passed (1 slow, 1 flaky)`.
        let numbers: String =
            numbers.split('(').filter_map(|part| part.rsplit(')').next()).collect();
        Some(numbers.split([',', ';']).filter_map(count).fold(Tally::default(), Tally::plus))
    }
}

/// `2 failed` as a tally. A word that is neither success nor a skip is a failure: `timed out`.
fn count(part: &str) -> Option<Tally> {
    let (number, word) = part.trim().split_once(' ')?;
    let number = number.parse().ok()?;
    Some(match word.split(' ').next()? {
        "passed" => Tally { passed: number, ..Tally::default() },
        "ignored" | "skipped" => Tally { skipped: number, ..Tally::default() },
        "filtered" | "measured" => Tally::default(),
        _ => Tally { failed: number, ..Tally::default() },
    })
}
