#![doc = include_str!("../README.md")]

mod backoff;
mod builder;
mod clock;
mod command;
mod disposition;
mod finish;
mod http;
mod intake;
mod perform;
mod relay;
pub mod runner;
mod steps;

#[cfg(test)]
mod tests;

pub use builder::{Builder, ChannelSetup, DeskSetup, SetupError};
pub use clock::SystemClock;
pub use command::CommandError;
pub use intake::Accepted;
pub use relay::{Links, Relay};
pub use steps::Worked;
