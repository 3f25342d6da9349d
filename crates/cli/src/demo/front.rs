//! The journey where Front hosts the channel and the assistant is a teammate in it. What counts is
//! what the simulated Front shows.

mod journey;
mod world;

use std::path::Path;

use crate::failure::Failure;
use crate::print;
use journey::Journey;
use world::World;

/// Plays the journey.
///
/// # Errors
/// The first step that was not seen: what was expected, and what was seen.
pub(super) async fn run(folder: Option<&Path>) -> Result<(), Failure> {
    let world = World::start(folder).await?;
    let mut journey = Journey::new(&world);
    let played = journey.play().await;
    let steps = journey.steps();
    let stopped = world.stop().await;
    played.map_err(|failure| Failure::broken(format_args!("step {steps}: {failure}")))?;
    stopped?;
    print::line("");
    print::line(format_args!("All {steps} steps were seen in the simulated Front."));
    Ok(())
}
