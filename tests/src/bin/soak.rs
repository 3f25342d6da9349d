//! The soak: hours of virtual time under load, with outages.
#![expect(clippy::print_stdout, reason = "a command for people")]

use std::process::ExitCode;

use handover_tests::soak::{Options, run};

const USAGE: &str = "soak [--messages 1000000] [--seed 1]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let options = match Options::read(&words) {
        Ok(options) => options,
        Err(what) => {
            println!("{what}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build();
    let runtime = runtime.expect("a machine that can run threads");
    let report = runtime.block_on(run(&options));
    println!("{report}");
    if report.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
