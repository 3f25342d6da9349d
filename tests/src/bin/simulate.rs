//! Runs schedules of the simulation: many, to look for a broken promise, or one, to see it.
#![expect(clippy::print_stdout, reason = "a command for people")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use handover_tests::simulation::{Report, run};

const USAGE: &str = "simulate --seed N           one schedule, step by step
simulate --seeds N [--from M]   many, on all cores";

/// How many things people do in a short schedule.
const INPUTS: u32 = 40;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<u64>().ok();
    match words.as_slice() {
        ["--seed", seed] => number(seed).map_or_else(usage, show),
        ["--seeds", seeds] => number(seeds).map_or_else(usage, |seeds| search(0, seeds)),
        ["--seeds", seeds, "--from", from] => match (number(seeds), number(from)) {
            (Some(seeds), Some(from)) => search(from, seeds),
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
    let report = run(seed, INPUTS, true);
    report.trace.iter().for_each(|line| println!("{line}"));
    verdict(seed, &report)
}

fn verdict(seed: u64, report: &Report) -> ExitCode {
    if report.violations.is_empty() {
        println!("seed {seed}: every promise held");
        return ExitCode::SUCCESS;
    }
    println!("seed {seed}: broken:");
    report.violations.iter().for_each(|violation| println!("  {violation}"));
    ExitCode::FAILURE
}

/// Runs schedules on all cores until they are done or one is broken.
fn search(from: u64, seeds: u64) -> ExitCode {
    let begun = Instant::now();
    let next = AtomicU64::new(from);
    let broken: Mutex<BTreeMap<u64, Report>> = Mutex::default();
    let reached: Mutex<BTreeMap<&'static str, u64>> = Mutex::default();
    let worker = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + seeds {
                return;
            }
            let report = run(seed, INPUTS, false);
            let mut reached = reached.lock().expect("a worker that panics ends all of them");
            for (what, times) in &report.reached {
                *reached.entry(*what).or_default() += times;
            }
            drop(reached);
            if !report.violations.is_empty() {
                next.store(u64::MAX / 2, Ordering::Relaxed);
                let mut broken = broken.lock().expect("a worker that panics ends all of them");
                broken.insert(seed, report);
                return;
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(worker);
        }
    });
    let broken = broken.into_inner().expect("all workers have ended well");
    if let Some((seed, report)) = broken.first_key_value() {
        return verdict(*seed, report);
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("{seeds} schedules of {INPUTS} inputs held every promise");
    println!("{:.0} a minute on {cores} cores", 60.0 * seeds as f64 / seconds);
    println!("reached:");
    for (what, times) in reached.into_inner().expect("all workers have ended well") {
        println!("  {times:>8} × {what}");
    }
    ExitCode::SUCCESS
}
