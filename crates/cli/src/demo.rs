//! The whole system with simulated providers, in one process on loopback.

mod evidence;
mod script;
mod world;

use std::path::PathBuf;

use clap::Args;

use crate::failure::Failure;

/// What kind of demo.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Plays the whole journey without a human, in both case modes, and checks every step.
    #[arg(long)]
    script: bool,
    /// Keeps the store in this folder instead of a temporary one.
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
}

/// `handover demo`.
///
/// # Errors
/// When something cannot be started, or a step of the script was not seen.
pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    if options.script {
        return script::run(options.store).await;
    }
    Err(Failure::broken("not yet"))
}
