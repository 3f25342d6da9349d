//! The regular expressions of fields.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use regex::{Regex, RegexBuilder};

/// Compiled patterns, kept because every turn brings the same ones.
#[derive(Default)]
pub(crate) struct Patterns(Mutex<HashMap<String, Option<Regex>>>);

impl Patterns {
    /// The last value that the pattern finds in the text: the first group that took part, else the
    /// whole match. None also where the pattern is invalid or too large.
    pub(crate) fn find<'t>(&self, pattern: &str, text: &'t str) -> Option<&'t str> {
        let found = self.compiled(pattern)?.captures_iter(text).last()?;
        let value = found.iter().skip(1).flatten().next().or_else(|| found.get(0))?;
        Some(value.as_str().trim()).filter(|value| !value.is_empty())
    }

    fn compiled(&self, pattern: &str) -> Option<Regex> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(regex) = known.get(pattern) {
            return regex.clone();
        }
        if known.len() >= MOST {
            known.clear();
        }
        let regex = RegexBuilder::new(pattern).size_limit(SIZE).dfa_size_limit(SIZE).build().ok();
        known.insert(pattern.to_owned(), regex.clone());
        regex
    }
}

impl fmt::Debug for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patterns").finish_non_exhaustive()
    }
}

const MOST: usize = 256;
const SIZE: usize = 1 << 20;
