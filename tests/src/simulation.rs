//! A deterministic simulation: the real steps, decisions, stores and adapters against the
//! simulators' state machines, driven by one seeded scheduler with virtual time. No sockets, no
//! sleeps, no threads but SQLite's own, whose every answer the scheduler awaits.
//!
//! Every call to a store, a provider or the assistant is a point at which the scheduler may do
//! something else: let another process go on, deliver a webhook twice, let a person take over, turn
//! the clock, or crash the process. What was committed and what each party saw is kept apart from
//! the relay, compared with the promises at every step, and as a whole in the end.
//!
//! A seed stands for a [`Plan`], and a plan is data: a schedule that breaks a promise is shrunk by
//! leaving parts of it out.

mod assistant;
mod check;
mod gate;
mod mail;
mod notes;
mod plan;
mod process;
mod reach;
mod rest;
mod search;
mod shrink;
mod town;
mod watch;
mod world;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use handover_core::transport::Transport;

use world::World;

pub(crate) use gate::point;

pub use plan::Plan;
pub use reach::SITUATIONS;
pub use search::{Found, INPUTS, search};
pub use shrink::shrink;
pub use town::Parts;

/// How a schedule went.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// What was broken; empty if nothing was.
    pub violations: Vec<Violation>,
    /// How often each situation came up.
    pub reached: BTreeMap<&'static str, u64>,
    /// What happened, line by line, if it was asked for.
    pub trace: Vec<String>,
}

/// A promise was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// Which of the ten; 0 if the world did not come to rest.
    pub promise: u8,
    /// What happened.
    pub what: String,
}

/// What is put in the place of parts of the relay: nothing, or a mistake that somebody once made.
pub struct Bug {
    /// The network of one process, from the right one.
    pub transport: Box<Network>,
    /// Changes the parts of one process, whose number is given.
    pub parts: Box<dyn Fn(&mut Parts) + Send>,
}

/// Makes the network of one process from the right one.
pub type Network = dyn Fn(Arc<dyn Transport>) -> Arc<dyn Transport> + Send;

/// Runs a schedule to a fair end.
pub fn run(plan: &Plan, bug: Bug, trace: bool) -> Report {
    let mut world = World::new(plan, bug, trace);
    for step in &plan.steps {
        world.step(*step);
        if world.is_broken() {
            // What follows from a broken promise is of no interest.
            return world.into_report();
        }
    }
    world.wind_down();
    if !world.is_broken() {
        world.check();
    }
    world.into_report()
}

impl Bug {
    /// Every part is the right one.
    pub fn none() -> Self {
        Self { transport: Box::new(|right| right), parts: Box::new(|_| {}) }
    }

    /// Other parts, on the right network.
    pub fn of(parts: impl Fn(&mut Parts) + Send + 'static) -> Self {
        Self { parts: Box::new(parts), ..Self::none() }
    }
}

impl fmt::Debug for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bug").finish_non_exhaustive()
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.promise {
            0 => f.write_str(&self.what),
            promise => write!(f, "promise {promise}: {}", self.what),
        }
    }
}
