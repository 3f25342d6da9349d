//! The main job, with the real adapters against the simulators: no sockets, no sleeps, no threads.

mod faults;
mod journey;
mod limits;
mod town;
