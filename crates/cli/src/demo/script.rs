//! The whole journey without a human. What counts is what the simulated providers show, never what
//! our own store says.

mod journey;
mod look;

use std::path::PathBuf;

use handover_core::policy::OpenCase;

use super::world::World;
use crate::failure::Failure;
use crate::print;
use journey::Journey;

pub(super) use look::page;

/// Plays the journey in both case modes.
///
/// # Errors
/// The first step that was not seen: what was expected, and what was seen.
pub(super) async fn run(folder: Option<PathBuf>) -> Result<(), Failure> {
    let modes = [("first-message", OpenCase::FirstMessage), ("handoff", OpenCase::Handoff)];
    let mut steps = 0;
    for (name, mode) in modes {
        print::line(format_args!("open_case = \"{name}\""));
        let folder = folder.as_ref().map(|folder| folder.join(name));
        let world = World::start(mode, folder.as_deref()).await?;
        let mut journey = Journey::new(&world, mode);
        let played = journey.play().await;
        steps += journey.steps();
        let stopped = world.stop().await;
        played.map_err(|failure| {
            Failure::broken(format_args!("step {steps} of {name}: {failure}"))
        })?;
        stopped?;
        print::line("");
    }
    print::line(format_args!("All {steps} steps were seen at the simulated providers."));
    Ok(())
}
