//! The `handover` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    handover_cli::run()
}
