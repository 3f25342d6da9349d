#![doc = include_str!("../README.md")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks on its standard streams"
)]

mod command;
mod examples;
mod fuzz;
mod lengths;
mod postgres;
mod report;
mod steps;
mod tally;
mod workspace;

use std::env;
use std::process::{Command, ExitCode};

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
        [name @ ("crash" | "simulate" | "soak"), ref words @ ..] => return tool(name, words),
        ["fuzz", ref words @ ..] => return fuzz::run(words),
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

/// Hands the words to a command of the tests, built for speed.
fn tool(name: &str, words: &[&str]) -> ExitCode {
    if words.contains(&"postgres")
        && let Err(what) = postgres::install()
    {
        eprintln!("failed: {what}");
        return ExitCode::FAILURE;
    }
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--package", "handover-tests", "--bin", name]);
    command.args(if name == "crash" { &["--release"] } else { steps::FAST });
    command.arg("--").args(words);
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => ExitCode::from(status.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(1)),
        Err(error) => {
            eprintln!("failed: cargo: {error}");
            ExitCode::FAILURE
        }
    }
}

const USAGE: &str = "\
usage: cargo xtask <command>

  test      every check and every test, stops at the first failure
  examples  build and test the examples as a stranger would copy them
  fuzz      [--seconds 30] [target…]: hostile bytes for every parser
            --input FILE target: one input again
  simulate  --seed N: one schedule of the simulation, step by step
            --seeds N: many, and how many a minute
            --museum: the mistakes that others made; each must be found
  crash     [--store sqlite|postgres] [--processes N] [--kills 100] [--seed N]: kills processes
            of `handover serve` again and again, and accounts for every message
  soak      [--messages 1000000] [--seed N]: hours of virtual time, with a desk and a channel
            that are down";
