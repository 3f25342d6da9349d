//! What is wrong with a configuration.

use std::fmt;

/// One thing that is wrong with a configuration: where, which key, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem(String);

impl Problem {
    /// The file itself cannot be used.
    pub(crate) fn of_file(file: &str, what: impl fmt::Display) -> Self {
        Self(format!("{file}: {what}"))
    }

    /// Something is wrong at byte `at` of the text.
    pub(crate) fn at(file: &str, text: &str, at: usize, what: impl fmt::Display) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        Self(format!("{file}:{line}: {what}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Problem> for crate::failure::Failure {
    fn from(problem: Problem) -> Self {
        Self::usage(problem)
    }
}
