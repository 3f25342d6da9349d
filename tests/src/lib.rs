#![doc = include_str!("../README.md")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

pub mod crash;
pub mod setup;
pub mod simulation;
pub mod soak;
