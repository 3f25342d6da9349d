//! The bug museum: mistakes that others made and their users paid for, made again on purpose.
//!
//! Each is another implementation of a trait in the place of the right one; nothing in the code
//! under test knows of it. The simulation must break a promise with each of them, within as many
//! seeds as the right code survives.

mod channel;
mod claims;
mod commits;
mod desk;
mod sources;
mod table;
mod wrap;

use crate::simulation::{Bug, search};

pub use table::{EXHIBITS, IN_THE_STORE_SUITE};

/// A mistake.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Exhibit {
    /// What it does.
    pub name: &'static str,
    /// Whose users paid for it.
    pub thread: &'static str,
    /// The promise that it breaks, among others.
    pub promise: u8,
    pub(crate) make: fn() -> Bug,
}

/// How an exhibit was found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Death {
    /// How many seeds it took.
    pub seeds: u64,
    /// What was broken first.
    pub what: String,
    /// The promise.
    pub promise: u8,
}

impl Exhibit {
    /// The mistake, for one world.
    pub fn bug(&self) -> Bug {
        (self.make)()
    }

    /// Runs schedules until one shows the mistake; `None` if none of the first `seeds` does.
    pub fn hunt(&self, seeds: u64) -> Option<Death> {
        let (seed, report) = search(0..seeds, self.make).broken?;
        let first = report.violations.into_iter().next()?;
        Some(Death { seeds: seed + 1, what: first.what, promise: first.promise })
    }
}
