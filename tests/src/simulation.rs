//! A deterministic simulation: the real steps, decisions and adapters against the simulators' state
//! machines, driven by one seeded scheduler with virtual time. No sockets, no sleeps, no threads.
//!
//! Every call to a store or a provider is two points at which the scheduler may do something else:
//! let another process go on, deliver a webhook twice, let a person take over, turn the clock, or
//! crash the process. What each party saw is kept apart from the relay, and compared in the end.

mod actions;
mod assistant;
mod check;
mod gate;
mod process;
mod watch;
mod world;

use std::collections::BTreeMap;

use world::World;

/// How a schedule went.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// What was broken; empty if nothing was.
    pub violations: Vec<String>,
    /// How often each kind of thing happened.
    pub reached: BTreeMap<&'static str, u64>,
    /// What happened, line by line, if it was asked for.
    pub trace: Vec<String>,
}

/// Runs the schedule of `seed`: `inputs` things that people do, then a fair end.
pub fn run(seed: u64, inputs: u32, trace: bool) -> Report {
    let mut world = World::new(seed, trace);
    world.live(inputs);
    world.wind_down();
    world.check();
    world.into_report()
}
