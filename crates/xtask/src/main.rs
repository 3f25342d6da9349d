#![doc = include_str!("../README.md")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks on its standard streams"
)]

mod command;
mod examples;
mod lengths;
mod report;
mod steps;
mod tally;
mod workspace;

use std::env;
use std::process::ExitCode;

use workspace::Workspace;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let steps = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        ["test"] => steps::ALL,
        ["examples"] => steps::EXAMPLES,
        _ => {
            eprintln!("unknown: cargo xtask {}\n\n{USAGE}", arguments.join(" "));
            return ExitCode::from(2);
        }
    };
    let workspace = match Workspace::find() {
        Ok(workspace) => workspace,
        Err(error) => {
            eprintln!("failed: cargo metadata: {error}");
            return ExitCode::FAILURE;
        }
    };
    let report = steps::run(steps, &workspace);
    print!("{report}");
    if report.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

const USAGE: &str = "\
usage: cargo xtask <command>

  test      every check and every test, stops at the first failure
  examples  build and test the examples as a stranger would copy them";
