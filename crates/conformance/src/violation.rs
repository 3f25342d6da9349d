//! What a promise comes to.

use std::error::Error as StdError;
use std::fmt;
use std::panic::Location;

use handover_core::error::Error;

/// What checking a promise comes to.
pub type Checked = Result<Verdict, Violation>;

/// A promise was not broken. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was kept.
    Kept,
    /// It cannot be checked here, and why. Printed, never silent.
    Skipped(&'static str),
}

/// A promise was broken: what was seen, and where in the kit it was looked for.
#[derive(Debug)]
pub struct Violation {
    seen: String,
    place: &'static Location<'static>,
}

impl Violation {
    /// A broken promise, with what was seen.
    #[track_caller]
    pub fn new(seen: impl Into<String>) -> Self {
        Self { seen: seen.into(), place: Location::caller() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{})", self.seen, self.place.file(), self.place.line())
    }
}

impl StdError for Violation {}

impl From<Error> for Violation {
    #[track_caller]
    fn from(error: Error) -> Self {
        Self::new(format!("a call failed that had to succeed: {error} ({:?})", error.kind()))
    }
}

/// Ends the promise as broken unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($seen:tt)+) => {
        if !$condition {
            return Err($crate::Violation::new(format!($($seen)+)));
        }
    };
}

/// Ends the promise as broken unless both sides are equal.
macro_rules! ensure_eq {
    ($left:expr, $right:expr, $($seen:tt)+) => {
        match (&$left, &$right) {
            (left, right) => if left != right {
                let seen = format!($($seen)+);
                return Err($crate::Violation::new(
                    format!("{seen}: expected {right:?}, found {left:?}"),
                ));
            },
        }
    };
}

pub(crate) use {ensure, ensure_eq};
