//! The doctor's questions.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Proves that a configuration works, or explains what to mend. Changes nothing.
#[async_trait]
pub trait Probe: fmt::Debug + Send + Sync + 'static {
    /// One line for each thing that was looked at, in the order in which they depend on each other.
    async fn check(&self) -> Vec<Check>;
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at, in a few words.
    pub name: String,
    /// What was found.
    pub verdict: Verdict,
    /// What was seen. No secret, number or address.
    pub detail: String,
    /// What to do about it, unless all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// What was found. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Proven.
    Proven,
    /// It works, but something is worth knowing.
    Warning,
    /// It will not work.
    Broken,
}

impl Check {
    /// Proven, with what was seen.
    pub fn proven(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), verdict: Verdict::Proven, detail: detail.into(), fix: None }
    }

    /// Worth knowing.
    pub fn warning(
        name: impl Into<String>,
        detail: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        let fix = Some(fix.into());
        Self { name: name.into(), verdict: Verdict::Warning, detail: detail.into(), fix }
    }

    /// Broken, with the fix.
    pub fn broken(
        name: impl Into<String>,
        detail: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        let fix = Some(fix.into());
        Self { name: name.into(), verdict: Verdict::Broken, detail: detail.into(), fix }
    }
}
