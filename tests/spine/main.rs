//! The main job, with the real adapters against the simulators: no sockets, no sleeps, no threads.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod faults;
mod journey;
mod limits;
mod town;
