//! The promises of a directory.
//!
//! They run against a double of the provider, a simulator that keeps state, which must not use the
//! adapter's code. The kit itself breaks the line between the two.

mod contacts;
mod lines;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use handover_core::directory::Directory;
use handover_core::identity::Identity;
use handover_core::transport::Transport;
use http::Response;

use crate::run::promises;

pub use contacts::{ambiguous_is_several, create_twice_is_one_contact, lookup_is_exact};
pub use lines::{
    busy_carries_the_delay, lost_answer_is_one_contact, never_shows_its_secret,
    never_shows_the_customer,
};

/// A double of the provider, and the contacts people keep there. Every test makes a fixture of its
/// own.
pub trait DirectoryFixture: Send + Sync + 'static {
    /// The double.
    fn double(&self) -> Arc<dyn Transport>;

    /// The directory under test, over `transport`: as after a restart, with nothing remembered.
    fn directory(&self, transport: Arc<dyn Transport>) -> Arc<dyn Directory>;

    /// The secret that the directory was given: it must not be shown anywhere.
    fn secret(&self) -> String;

    /// The provider's answer to too many requests, which asks to wait for `delay`.
    fn busy(&self, delay: Duration) -> Response<Bytes>;

    /// An identity of a kind that the directory keeps, with a letter or digit at its end.
    fn identity(&self) -> Identity;

    /// What the provider calls each contact that has exactly this identity.
    fn contacts(&self, identity: &Identity) -> Vec<String>;

    /// A person adds a contact with this identity; tells what the provider calls it.
    fn person_adds(&self, identity: &Identity) -> String;
}

__directory_promises!([promises] directory [dyn DirectoryFixture]);

/// Writes one test for each promise of a directory.
///
/// Takes an expression that makes a [`DirectoryFixture`]; it may
/// await.
#[macro_export]
macro_rules! directory_tests {
    ($fixture:expr) => {
        $crate::__directory_promises!([$crate::__tests] directory [$fixture]);
    };
}
