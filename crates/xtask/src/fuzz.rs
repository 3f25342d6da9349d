//! Hostile bytes for every parser: by libFuzzer where it is, else by accidents to the seeds.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::{fs, io};

use crate::command::Task;
use crate::workspace::Workspace;

#[cfg(test)]
mod tests;

pub(crate) fn run(words: &[&str]) -> ExitCode {
    let order = match Order::read(words) {
        Some(Order { input: true, .. }) => return plain(words),
        Some(order) => order,
        None => {
            eprintln!("usage: cargo xtask fuzz [--seconds N] [target…] | --input FILE target");
            return ExitCode::from(2);
        }
    };
    if !Task::new("cargo").arg("+nightly").arg("fuzz").arg("--version").answers() {
        println!("no `cargo +nightly fuzz`: the seeds are varied at random (install cargo-fuzz)");
        return plain(words);
    }
    match search(&order) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nfailed: {error}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug, PartialEq)]
struct Order {
    seconds: u32,
    targets: Vec<String>,
    /// One input is run again.
    input: bool,
}

impl Order {
    fn read(words: &[&str]) -> Option<Self> {
        let mut order = Self { seconds: 30, targets: Vec::new(), input: false };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--seconds" => order.seconds = words.next()?.parse().ok()?,
                "--input" => order.input = words.next().is_some(),
                word if word.starts_with('-') => return None,
                target => order.targets.push(target.to_owned()),
            }
        }
        Some(order)
    }
}

/// Each target by `cargo fuzz`, up to the last: what one finds does not hide what another would.
fn search(order: &Order) -> Result<(), String> {
    let workspace = Workspace::find().map_err(|error| format!("cargo metadata: {error}"))?;
    let seeds = workspace.root.join("fuzz/corpus");
    let targets = match order.targets.is_empty() {
        false => order.targets.clone(),
        true => names(&seeds).map_err(|error| format!("reading fuzz/corpus: {error}"))?,
    };
    let package = workspace.root.join("fuzz/libfuzzer");
    let work = workspace.target.join("fuzz");
    // The versions that everything else is built with.
    fs::copy(workspace.root.join("Cargo.lock"), package.join("Cargo.lock"))
        .map_err(|error| format!("copying Cargo.lock: {error}"))?;
    if let Some(unknown) = targets.iter().find(|target| !seeds.join(target).is_dir()) {
        return Err(format!("no target is called {unknown}"));
    }
    let only = targets.iter().take(1).filter(|_| targets.len() == 1);
    only.fold(fuzz("build", &package, &work), Task::arg).run()?;
    let mut found = Vec::new();
    for target in &targets {
        let learnt = work.join("corpus").join(target);
        fs::create_dir_all(&learnt).map_err(|error| format!("making a folder: {error}"))?;
        let task = fuzz("run", &package, &work).arg(target).arg(&learnt).arg(seeds.join(target));
        let limits = limits(order.seconds, &work.join(format!("found-{target}-")));
        let task = limits.into_iter().fold(task.arg("--"), Task::arg);
        if let Err(error) = task.run() {
            eprintln!("\n{target}: {error}");
            found.push(target.as_str());
        }
    }
    println!(
        "\n{} targets, {} seconds each: {} found something",
        targets.len(),
        order.seconds,
        found.len()
    );
    if found.is_empty() { Ok(()) } else { Err(format!("{} found something", found.join(", "))) }
}

/// Everything built, learnt or found stays below `work`.
fn fuzz(what: &str, package: &Path, work: &Path) -> Task {
    let task = Task::new("cargo").arg("+nightly").arg("fuzz").arg(what).arg("--fuzz-dir");
    task.arg(package).arg("--target-dir").arg(work)
}

/// How long, how slow and how large; and where what is found goes.
fn limits(seconds: u32, found: &Path) -> [String; 6] {
    [
        format!("-max_total_time={seconds}"),
        "-timeout=20".to_owned(),
        "-rss_limit_mb=2048".to_owned(),
        "-max_len=65536".to_owned(),
        "-print_final_stats=1".to_owned(),
        format!("-artifact_prefix={}", found.display()),
    ]
}

/// The targets, which are the folders of the corpus.
fn names(corpus: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(corpus)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// The same targets without a fuzzer.
fn plain(words: &[&str]) -> ExitCode {
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--package", "handover-fuzz", "--bin", "fuzz", "--"]);
    command.args(words);
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => ExitCode::from(status.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(1)),
        Err(error) => {
            eprintln!("failed: cargo: {error}");
            ExitCode::FAILURE
        }
    }
}
