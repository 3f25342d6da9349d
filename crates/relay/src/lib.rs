#![doc = include_str!("../README.md")]

mod backoff;
mod builder;
mod clock;
mod command;
mod disposition;
mod finish;
mod http;
mod intake;
mod merge;
mod perform;
mod relay;
mod report;
pub mod runner;
mod setup;
mod steps;

#[cfg(test)]
mod tests;

pub use builder::{Builder, SetupError};
pub use clock::SystemClock;
pub use command::CommandError;
pub use intake::Accepted;
pub use relay::{Links, Relay};
pub use setup::{ChannelSetup, DeskSetup};
pub use steps::Worked;
