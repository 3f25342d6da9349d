use std::time::{Duration, Instant};

use crate::command::Task;
use crate::report::{End, Report, Row};
use crate::tally::{Runner, Tally};
use crate::workspace::Workspace;
use crate::{examples, lengths, postgres};

/// One row of the report.
#[derive(Debug)]
pub(crate) struct Step {
    name: &'static str,
    run: fn(&Workspace, &mut Tally) -> Result<End, String>,
}

/// Clippy and docs come first and next to each other: both use what `cargo check` leaves, as the
/// tests and the doctests share what `cargo test` leaves. All name the same features.
pub(crate) const ALL: &[Step] = &[
    Step { name: "format", run: format },
    Step { name: "clippy", run: clippy },
    Step { name: "docs", run: docs },
    Step { name: "postgres", run: postgres::run },
    Step { name: "tests", run: tests },
    Step { name: "doctests", run: doctests },
    Step { name: "simulation", run: simulation },
    Step { name: "soak", run: soak },
    Step { name: "deny", run: deny },
    Step { name: "hack", run: hack },
    Step { name: "examples", run: examples::run },
    Step { name: "lengths", run: lengths::run },
];

/// How the simulation and the soak are built: for speed, and without what only the crash loops need.
pub(crate) const FAST: &[&str] = &["--profile", "simulate", "--no-default-features"];

pub(crate) const EXAMPLES: &[Step] = &[Step { name: "examples", run: examples::run }];

/// Runs `steps` in order, up to the first that fails.
pub(crate) fn run(steps: &[Step], workspace: &Workspace) -> Report {
    let mut report = Report::default();
    for step in steps {
        if !report.is_ok() {
            let (time, end) = (Duration::ZERO, End::NotReached);
            report.rows.push(Row { name: step.name, time, end });
            continue;
        }
        let start = Instant::now();
        let end = (step.run)(workspace, &mut report.tally).unwrap_or_else(|what| {
            eprintln!("\nfailed: {what}");
            End::Failed(what)
        });
        report.rows.push(Row { name: step.name, time: start.elapsed(), end });
    }
    report
}

fn format(workspace: &Workspace, _: &mut Tally) -> Result<End, String> {
    cargo(workspace, "fmt --all --check").run()?;
    Ok(End::Done)
}

fn clippy(workspace: &Workspace, _: &mut Tally) -> Result<End, String> {
    cargo(workspace, "clippy --workspace --all-targets --all-features -- -D warnings").run()?;
    Ok(End::Done)
}

fn docs(workspace: &Workspace, _: &mut Tally) -> Result<End, String> {
    cargo(workspace, "doc --workspace --all-features --no-deps --document-private-items")
        .env("RUSTDOCFLAGS", "-Dwarnings")
        .run()?;
    Ok(End::Done)
}

fn tests(workspace: &Workspace, tally: &mut Tally) -> Result<End, String> {
    if cargo(workspace, "nextest --version").answers() {
        cargo(workspace, "nextest run --workspace --all-features --no-fail-fast")
            .count(Runner::Nextest, tally)?;
    } else {
        let all = "test --workspace --all-features --lib --bins --tests --no-fail-fast";
        cargo(workspace, all).count(Runner::Libtest, tally)?;
    }
    Ok(End::Done)
}

fn doctests(workspace: &Workspace, tally: &mut Tally) -> Result<End, String> {
    cargo(workspace, "test --workspace --all-features --doc --no-fail-fast")
        .count(Runner::Libtest, tally)?;
    Ok(End::Done)
}

/// Two thousand schedules hold every promise, and each mistake of the museum breaks one.
fn simulation(workspace: &Workspace, _: &mut Tally) -> Result<End, String> {
    for what in ["--seeds 2000", "--museum"] {
        fast(workspace, "simulate", what)?;
    }
    Ok(End::Done)
}

/// Twenty thousand messages, with a desk and a channel that are down for a while.
fn soak(workspace: &Workspace, _: &mut Tally) -> Result<End, String> {
    fast(workspace, "soak", "--messages 20000")?;
    Ok(End::Done)
}

fn fast(workspace: &Workspace, command: &str, words: &str) -> Result<(), String> {
    let run = cargo(workspace, "run --quiet --package handover-tests --bin").arg(command);
    let run = FAST.iter().fold(run, Task::arg);
    words.split(' ').fold(run.arg("--"), Task::arg).run()
}

fn deny(workspace: &Workspace, _: &mut Tally) -> Result<End, String> {
    if !cargo(workspace, "deny --version").answers() {
        let why = "no cargo-deny; install it with `cargo install --locked cargo-deny`";
        return Ok(End::LeftOut(why));
    }
    cargo(workspace, "deny check").run()?;
    Ok(End::Done)
}

fn hack(workspace: &Workspace, _: &mut Tally) -> Result<End, String> {
    if !cargo(workspace, "hack --version").answers() {
        let why = "no cargo-hack; install it with `cargo install --locked cargo-hack`";
        return Ok(End::LeftOut(why));
    }
    cargo(workspace, "hack check --workspace --each-feature --no-dev-deps").run()?;
    Ok(End::Done)
}

fn cargo(workspace: &Workspace, arguments: &str) -> Task {
    Task::cargo(&workspace.root, arguments)
}
