//! PostgreSQL's programs.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::problem::Problem;
use super::user::User;

/// Where the programs are, and who runs them.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    folder: PathBuf,
    pub(super) user: User,
}

impl Programs {
    /// The newest that is installed, unless `PATH` has one.
    pub(super) fn find(user: User) -> Result<Self, Problem> {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = env::split_paths(&path).chain(installed());
        let folder = folders.into_iter().find_map(|folder| {
            // Beside a link from PATH the other programs need not be.
            let initdb = folder.join("initdb").canonicalize().ok()?;
            let folder = initdb.parent()?;
            folder.join("postgres").is_file().then(|| folder.to_path_buf())
        });
        Ok(Self { folder: folder.ok_or(Problem::Missing)?, user })
    }

    /// A name for what this installation makes.
    pub(super) fn name(&self) -> String {
        let path = self.folder.to_string_lossy().into_owned();
        path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
    }

    /// One of the programs, under the user, in a place that everybody may read.
    pub(super) fn command(&self, program: &str) -> Command {
        self.other(&self.folder.join(program))
    }

    /// Another program, under the user.
    pub(super) fn other(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        self.user.run(&mut command);
        // Neither the language nor the environment of whoever runs the tests matters.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command.env("LC_ALL", "C").env("HOME", "/").current_dir("/").stdin(Stdio::null());
        command
    }

    /// Runs a program to its end; what it printed.
    pub(super) fn run(&self, command: &mut Command) -> Result<String, Problem> {
        let done = command.output()?;
        let printed = String::from_utf8_lossy(&done.stdout).into_owned();
        if done.status.success() {
            return Ok(printed);
        }
        let program = Path::new(command.get_program()).file_name().unwrap_or_default();
        let output = printed + &String::from_utf8_lossy(&done.stderr);
        Err(Problem::Failed { program: program.to_string_lossy().into_owned(), output })
    }
}

/// Debian keeps versions side by side and out of `PATH`; the newest first.
fn installed() -> Vec<PathBuf> {
    let found = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &PathBuf| -> Option<u32> { path.file_name()?.to_str()?.parse().ok() };
    let mut found: Vec<PathBuf> = found.map(|entry| entry.path()).collect();
    found.sort_by_key(|path| std::cmp::Reverse(version(path)));
    found.into_iter().map(|path| path.join("bin")).collect()
}
