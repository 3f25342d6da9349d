//! Runs a command, shows what it prints, and counts its tests.

use std::env;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use crate::tally::{Runner, Tally};

/// A command, and the line that names it in a failure.
#[derive(Debug)]
pub(crate) struct Task {
    command: Command,
    line: String,
}

impl Task {
    pub(crate) fn new(program: &str) -> Self {
        let mut command = Command::new(program);
        // `cargo run` describes the xtask package here; build scripts that watch these variables
        // would run again in every step.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        Self { command, line: program.to_owned() }
    }

    /// `cargo` in `folder` with `arguments`, separated by spaces.
    pub(crate) fn cargo(folder: &Path, arguments: &str) -> Self {
        let mut task = Self::new("cargo");
        task.command.current_dir(folder);
        arguments.split_whitespace().fold(task, Self::arg)
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.line.push(' ');
        self.line.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Whether it runs and succeeds, with its output thrown away.
    pub(crate) fn answers(mut self) -> bool {
        self.command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    pub(crate) fn run(mut self) -> Result<(), String> {
        self.announce();
        let status = self.command.status();
        self.judge(status)
    }

    /// Runs tests: adds what `runner` reports to `tally`, also when a test fails.
    pub(crate) fn count(mut self, runner: Runner, tally: &mut Tally) -> Result<(), String> {
        self.announce();
        self.command.env("CARGO_TERM_COLOR", "never").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut counted = None;
        let status = self.command.spawn().and_then(|mut child| {
            let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
            let totals = thread::scope(|scope| {
                let stderr = scope.spawn(|| pass_on(stderr, io::stderr(), runner));
                let stdout = pass_on(stdout, io::stdout(), runner);
                [stdout, stderr.join().unwrap_or_default()]
            });
            counted = totals.into_iter().flatten().reduce(Tally::plus);
            child.wait()
        });
        *tally = tally.plus(counted.unwrap_or_default());
        self.judge(status)?;
        match counted {
            Some(_) => Ok(()),
            None => Err(format!("{}: its output names no number of tests", self.line)),
        }
    }

    fn announce(&self) {
        println!("\n> {}", self.line);
    }

    fn judge(&self, status: io::Result<ExitStatus>) -> Result<(), String> {
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("{} ({status})", self.line)),
            Err(error) => Err(format!("{} ({error})", self.line)),
        }
    }
}

/// Copies `from` to `to` line by line; the sum of the summary lines seen, if there were any.
fn pass_on(from: Option<impl Read>, mut to: impl Write, runner: Runner) -> Option<Tally> {
    let mut from = BufReader::new(from?);
    let (mut line, mut total) = (Vec::new(), None::<Tally>);
    while from.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        // A closed terminal must not lose the count.
        let _ = to.write_all(&line).and_then(|()| to.flush());
        let found = runner.read(&String::from_utf8_lossy(&line));
        total = [total, found].into_iter().flatten().reduce(Tally::plus);
        line.clear();
    }
    total
}
