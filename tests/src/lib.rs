#![doc = include_str!("../README.md")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[cfg(feature = "stack")]
pub mod crash;
#[path = "../museum/exhibits.rs"]
pub mod museum;
pub mod setup;
pub mod shelf;
pub mod simulation;
pub mod soak;
