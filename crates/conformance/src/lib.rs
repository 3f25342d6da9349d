#![doc = include_str!("../README.md")]
#![expect(clippy::missing_errors_doc, reason = "the error of a promise is always its violation")]

#[macro_use]
mod promises;

mod canary;
pub mod channel;
pub mod desk;
pub mod directory;
mod ear;
mod faulty;
mod run;
pub mod store;
mod violation;
mod wire;

pub use run::{Checking, Promise, block_on, check};
pub use violation::{Checked, Verdict, Violation};
