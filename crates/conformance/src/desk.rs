//! The promises of a desk.
//!
//! They run against a double of the provider, a simulator that keeps state, which must not use the
//! adapter's code. The kit itself breaks the line between the two.

mod cases;
mod entries;
mod files;
mod people;
mod privacy;
mod scene;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::desk::{CaseStatus, Desk};
use handover_core::transport::Transport;
use http::Response;

use crate::run::promises;

pub use cases::{
    busy_carries_the_delay, handoff_twice_is_once, lost_answer_is_one_case, open_twice_is_one_case,
    survives_drop_at_every_poll,
};
pub use entries::{
    entries_keep_order, entries_twice_are_once, lost_answer_is_one_entry,
    provider_sees_what_was_said,
};
pub use files::{file_twice_is_one_file, lost_answer_is_one_file, refused_file_is_told};
pub use people::{
    closed_case_is_closed, resolved_case_opens_again, status_only_if_nobody_wrote,
    what_a_person_edited_is_left_alone,
};
pub use privacy::{never_shows_its_secret, never_shows_the_message};

/// A double of the provider, and what people see and do there. Every test makes a fixture of its
/// own.
///
/// Cases go by the reference under which the desk knows them.
pub trait DeskFixture: Send + Sync + 'static {
    /// The double.
    fn double(&self) -> Arc<dyn Transport>;

    /// The desk under test, over `transport`: as after a restart, with nothing remembered. It is
    /// configured so that it may write a resolved status and hand cases over.
    fn desk(&self, transport: Arc<dyn Transport>) -> Arc<dyn Desk>;

    /// The secret that the desk was given: it must not be shown anywhere.
    fn secret(&self) -> String;

    /// The provider's answer to too many requests, which asks to wait for `delay`.
    fn busy(&self, delay: Duration) -> Response<Bytes>;

    /// All cases, oldest first.
    fn cases(&self) -> Vec<SeenCase>;

    /// The entries of a case, in the order in which people read them.
    fn entries(&self, case: &str) -> Vec<SeenEntry>;

    /// A person writes `text` over the case's description.
    fn person_describes(&self, case: &str, text: &str);

    /// A person takes the case.
    fn person_takes(&self, case: &str);

    /// A person writes to the customer on the case.
    fn person_writes(&self, case: &str, text: &str);

    /// A person resolves the case; it may be opened again.
    fn person_resolves(&self, case: &str);

    /// A person closes the case for good.
    fn close(&self, case: &str);

    /// The files that people find on a case, oldest first.
    fn files(&self, case: &str) -> Vec<SeenFile>;
}

/// A case as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenCase {
    /// What the desk calls it.
    pub reference: String,
    /// Where it stands.
    pub status: CaseStatus,
    /// Whose it is.
    pub owner: Option<String>,
    /// What it is about: where a summary stands.
    pub description: String,
}

/// An entry as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenEntry {
    /// Its full text.
    pub text: String,
    /// When it was said.
    pub at: DateTime<Utc>,
}

/// A file as people find it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenFile {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
}

impl SeenFile {
    /// A file as people find it.
    pub fn new(name: impl Into<String>, bytes: Bytes) -> Self {
        Self { name: name.into(), bytes }
    }
}

impl SeenCase {
    /// A case as people see it.
    pub fn new(
        reference: impl Into<String>,
        status: CaseStatus,
        owner: Option<String>,
        description: impl Into<String>,
    ) -> Self {
        Self { reference: reference.into(), status, owner, description: description.into() }
    }
}

impl SeenEntry {
    /// An entry as people see it.
    pub fn new(text: impl Into<String>, at: DateTime<Utc>) -> Self {
        Self { text: text.into(), at }
    }
}

__desk_promises!([promises] desk [dyn DeskFixture]);

/// Writes one test for each promise of a desk.
///
/// Takes an expression that makes a [`DeskFixture`]; it may await.
#[macro_export]
macro_rules! desk_tests {
    ($fixture:expr) => {
        $crate::__desk_promises!([$crate::__tests] desk [$fixture]);
    };
}
