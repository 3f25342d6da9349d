//! The second topology: Front hosts the channel, and the assistant is a teammate in it. The real
//! adapter against the simulator: no sockets, no sleeps, no threads.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod bridge;
mod burst;
mod confirmed;
mod corners;
mod faults;
mod journey;
mod merged;
mod partner;
mod refused;
mod town;
mod types;
