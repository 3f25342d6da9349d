//! Crash loops: `handover serve` killed again and again, and every message accounted for.
#![expect(clippy::print_stdout, reason = "a command for people")]

use std::process::ExitCode;

use handover_tests::crash::{Options, run};

const USAGE: &str = "crash [--store sqlite|postgres] [--processes 1] [--kills 100] [--seed 1]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // The process that is killed is this program again, as `handover serve`.
    if words.first().is_some_and(|word| word == "serve") {
        return handover_cli::run();
    }
    let options = match Options::read(&words) {
        Ok(options) => options,
        Err(what) => {
            println!("{what}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let program = std::env::current_exe().expect("a program that runs has a path");
    let runtime = tokio::runtime::Runtime::new().expect("a machine that can run threads");
    let report = runtime.block_on(run(&program, &options));
    println!("{report}");
    if report.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
