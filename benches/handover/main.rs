//! Benchmarks of handover against floors measured in the same run. `benches/README.md` says how to
//! run and read them.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod cpu;
mod disk;
mod floor;
mod front;
mod handoff;
mod handoffs;
mod intake;
mod load;
mod machine;
mod memory;
mod parts;
mod postgres;
mod processes;
mod relay;
mod rows;
mod serving;
mod stats;
mod stored;
mod table;
mod watched;
mod webhooks;

use std::error::Error;
use std::process::ExitCode;

use table::Table;

/// What every step answers: a benchmark that breaks says why and ends.
pub(crate) type Done<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How thorough a run is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) quick: bool,
}

impl Plan {
    /// One of two numbers: the full form's, or the short form's.
    pub(crate) fn pick<T>(self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }
}

type Bench = fn(Plan, &mut Table) -> Done<()>;

const BENCHES: [(&str, Bench); 8] = [
    ("intake", intake::run),
    ("relay", relay::run),
    ("handoff", handoff::run),
    ("handoffs", handoffs::run),
    ("front", front::run),
    ("memory", memory::run),
    ("postgres", postgres::run),
    ("processes", processes::run),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    // The process whose memory is measured is this program again, as `handover serve`.
    if args.first().is_some_and(|arg| arg == "serve") {
        return handover_cli::run();
    }
    // `cargo test --benches` builds and runs this too; there is nothing to test.
    if !args.iter().any(|arg| arg == "--bench") {
        println!("run this with: cargo bench -p handover-bench");
        return ExitCode::SUCCESS;
    }
    match measure(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("a benchmark broke: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(args: &[String]) -> Done<()> {
    let plan = Plan { quick: args.iter().any(|arg| arg == "--quick") };
    let named: Vec<&String> = args.iter().filter(|arg| !arg.starts_with("--")).collect();
    for name in &named {
        if !BENCHES.iter().any(|(known, _)| known == name) {
            let known = BENCHES.map(|(name, _)| name).join(", ");
            return Err(format!("there is no benchmark {name:?}; there are {known}").into());
        }
    }
    println!("{}", machine::facts());
    let mut table = Table::default();
    for (name, bench) in BENCHES {
        if named.is_empty() || named.iter().any(|wanted| *wanted == name) {
            bench(plan, &mut table)?;
        }
    }
    println!("\n{table}");
    Ok(())
}
