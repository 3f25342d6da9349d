//! Searches without a fuzzer: the command of `cargo xtask fuzz` where there is none.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs};

use handover_fuzz::{Found, TARGETS, Target, corpus, random, stretched};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["--input", file, name] = words[..] {
        return replay(name, file);
    }
    match Order::read(&words) {
        Some(order) => order.search(),
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

struct Order {
    targets: Vec<Target>,
    time: Duration,
    seed: u64,
}

impl Order {
    fn read(words: &[&str]) -> Option<Self> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut order =
            Self { targets: Vec::new(), time: Duration::from_secs(30), seed: since.as_secs() };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--seconds" => order.time = Duration::from_secs(words.next()?.parse().ok()?),
                "--seed" => order.seed = words.next()?.parse().ok()?,
                name => order.targets.push(Target::named(name)?),
            }
        }
        if order.targets.is_empty() {
            order.targets = TARGETS.to_vec();
        }
        Some(order)
    }

    fn search(self) -> ExitCode {
        println!("{:<20} {:>9} {:>8}  from seed {}", "target", "inputs", "a second", self.seed);
        let mut found = 0;
        for target in self.targets {
            let (inputs, end) = run(target, self.seed, self.time);
            let rate = f64::from(inputs) / self.time.as_secs_f64().max(1.0);
            let result = if end.is_ok() { "ok" } else { "FOUND" };
            println!("{:<20} {inputs:>9} {rate:>8.0}  {result}", target.name);
            if let Err(what) = end {
                found += 1;
                println!("{what}");
            }
        }
        if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Searches for a while: how many inputs it took, and what was found.
fn run(target: Target, seed: u64, time: Duration) -> (u32, Result<(), String>) {
    let seeds = match corpus(target.name) {
        Ok(seeds) => seeds,
        Err(error) => return (0, Err(format!("  the corpus cannot be read: {error}"))),
    };
    if let Err(found) = stretched(target, &seeds, STRETCH) {
        return (0, Err(tell(target, &found)));
    }
    let (start, mut rounds) = (Instant::now(), 0);
    while start.elapsed() < time {
        if let Err(found) = random(target, &seeds, seed + u64::from(rounds), ROUND) {
            return (rounds * ROUND, Err(tell(target, &found)));
        }
        rounds += 1;
    }
    (rounds * ROUND, Ok(()))
}

fn tell(target: Target, found: &Found) -> String {
    let file = env::temp_dir().join(format!("found-{}", target.name));
    let kept = match fs::write(&file, &found.input) {
        Ok(()) => format!("cargo xtask fuzz --input {} {}", file.display(), target.name),
        Err(error) => format!("it could not be kept: {error}"),
    };
    format!("  {}\n  {}\n  again: {kept}", found.what, found.input.escape_ascii())
}

/// Runs one input, and lets the target say what is wrong.
fn replay(name: &str, file: &str) -> ExitCode {
    let (Some(target), Ok(input)) = (Target::named(name), fs::read(file)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    (target.run)(&input);
    println!("{name}: {} bytes are read as they should be", input.len());
    ExitCode::SUCCESS
}

const ROUND: u32 = 64;
const STRETCH: usize = 64 << 10;
const USAGE: &str =
    "usage: fuzz [--seconds N] [--seed N] [target…]\n       fuzz --input FILE target";
