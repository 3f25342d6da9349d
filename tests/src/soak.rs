//! Load that hurts: hours of virtual time in which tens of thousands of customers text, the desk is
//! down for one hour and the channel for ten minutes, and providers fail now and then.
//!
//! What runs is the real thing: relays as [`handover_relay::runner`] drives them, the adapters, a
//! SQLite file. The providers are the simulators behind a network without sockets. Time is tokio's,
//! paused: it moves on when nothing else can, and waits while the store's threads work.

mod clock;
mod customers;
mod gauge;
mod held;
mod hold;
mod options;
mod people;
mod plan;
mod post;
mod report;
mod settle;
mod town;
mod weather;

use std::time::Instant;

pub use options::Options;
pub use report::Report;
use town::Town;

/// Runs it. The runtime that drives it must be of the current thread, with its time paused.
///
/// # Panics
/// When the stage cannot be set.
pub async fn run(options: &Options) -> Report {
    let begun = Instant::now();
    let mut town = Town::build(options);
    town.live().await;
    town.come_to_rest().await;
    town.close(begun).await
}
