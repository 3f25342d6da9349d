//! Runs schedules of the simulation: many, to look for a broken promise, or one, to see it; and
//! the bug museum.
#![expect(clippy::print_stdout, reason = "a command for people")]

use std::process::ExitCode;
use std::time::Instant;

use handover_tests::museum::EXHIBITS;
use handover_tests::simulation::{
    Bug, Found, INPUTS, Plan, Report, SITUATIONS, run, search, shrink,
};

/// A third of what a schedule takes is making small things and throwing them away.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "simulate --seed N              one schedule, step by step
simulate --seeds N [--from M]  many, on all cores
simulate --museum              the mistakes that others made: each must be found";

/// How many schedules must have reached every situation, and found every mistake.
const ENOUGH: u64 = 2_000;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<u64>().ok();
    match words.as_slice() {
        ["--museum"] => museum(),
        ["--seed", seed] => number(seed).map_or_else(usage, show),
        ["--seeds", seeds] => number(seeds).map_or_else(usage, |seeds| many(0, seeds)),
        ["--seeds", seeds, "--from", from] => match (number(seeds), number(from)) {
            (Some(seeds), Some(from)) => many(from, seeds),
            _ => usage(),
        },
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    println!("{USAGE}");
    ExitCode::from(2)
}

fn show(seed: u64) -> ExitCode {
    let report = run(&Plan::of(seed, INPUTS), Bug::none(), true);
    report.trace.iter().for_each(|line| println!("{line}"));
    verdict(seed, &report)
}

/// Says what a schedule broke, and shows the smallest one that breaks it.
fn verdict(seed: u64, report: &Report) -> ExitCode {
    let Some(first) = report.violations.first() else {
        println!("seed {seed}: every promise held");
        return ExitCode::SUCCESS;
    };
    let small = shrink(&Plan::of(seed, INPUTS), first.promise, Bug::none);
    println!("seed {seed}, as small as it gets:\n{small}");
    let shrunk = run(&small, Bug::none(), true);
    shrunk.trace.iter().for_each(|line| println!("{line}"));
    println!("seed {seed} broke:");
    report.violations.iter().for_each(|violation| println!("  {violation}"));
    println!("cargo xtask simulate --seed {seed} shows the whole schedule");
    ExitCode::FAILURE
}

/// Runs schedules on all cores until they are done or one is broken.
fn many(from: u64, seeds: u64) -> ExitCode {
    let begun = Instant::now();
    let found = search(from..from + seeds, Bug::none);
    if let Some((seed, report)) = &found.broken {
        return verdict(*seed, report);
    }
    let a_second = seeds as f64 / begun.elapsed().as_secs_f64();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{seeds} schedules of {INPUTS} inputs held every promise");
    println!("{a_second:.0} a second, {:.0} a minute on {cores} cores", 60.0 * a_second);
    situations(&found);
    let missed = found.missed();
    if seeds >= ENOUGH && !missed.is_empty() {
        println!("never reached: {missed:#?}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn situations(found: &Found) {
    println!("reached:");
    for what in SITUATIONS {
        println!("  {:>8} × {what}", found.reached.get(what).copied().unwrap_or_default());
    }
}

/// Looks for every mistake, and prints the table of `docs/guarantees.md`.
fn museum() -> ExitCode {
    let mut survivors = Vec::new();
    println!("| mistake | where it was made | promise | seeds |\n|---|---|---|---|");
    for exhibit in EXHIBITS {
        match exhibit.hunt(ENOUGH) {
            Some(death) => {
                let promise = match death.promise {
                    0 => "liveness".to_owned(),
                    promise => promise.to_string(),
                };
                let row = (exhibit.name, exhibit.thread, promise, death.seeds);
                println!("| {} | {} | {} | {} |", row.0, row.1, row.2, row.3);
            }
            None => {
                println!("| {} | {} | — | — |", exhibit.name, exhibit.thread);
                survivors.push(exhibit.name);
            }
        }
    }
    if survivors.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("not found within {ENOUGH} seeds: {survivors:#?}");
    ExitCode::FAILURE
}
