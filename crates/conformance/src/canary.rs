//! Words that must never be shown, and the looking for them.

use std::error::Error as StdError;

use handover_core::error::Error;

use crate::violation::{Violation, ensure};

/// A text that no adapter can come upon by itself.
pub(crate) const MESSAGE: &str = "quagga-7741-kumquat";

/// Everything an error shows: `Display`, `Debug`, and the same of each of its causes.
pub(crate) fn shown(error: &Error) -> String {
    let mut all = format!("{error}\n{error:?}\n{error:#?}\n");
    let mut cause = error.source();
    while let Some(error) = cause {
        all.push_str(&format!("{error}\n{error:?}\n"));
        cause = error.source();
    }
    all
}

/// Sees that none of the `hidden` words is in what was shown.
pub(crate) fn sees_none(
    shown: &str,
    hidden: &[(&'static str, &str)],
    place: &str,
) -> Result<(), Violation> {
    for (what, word) in hidden {
        ensure!(!word.is_empty(), "the fixture has no {what} to look for");
        ensure!(!shown.contains(word), "{place} shows {what}");
        let digits = word.trim_start_matches('+');
        ensure!(!shown.contains(digits), "{place} shows {what} without its plus");
    }
    Ok(())
}
