//! PostgreSQL's programs, which the tests of the store start servers with.

use std::env;
use std::fs::{metadata, read_dir};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::command::Task;
use crate::report::End;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// The step of that name.
pub(crate) fn run(_: &Workspace, _: &mut Tally) -> Result<End, String> {
    install().map(|()| End::Done)
}

/// Sees that they are there, and installs them where that is one command.
pub(crate) fn install() -> Result<(), String> {
    println!("\n> initdb");
    if let Some(folder) = find() {
        println!("{}", folder.display());
        return Ok(());
    }
    let is_root = metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !is_root || !Path::new("/etc/debian_version").exists() {
        return Err("no PostgreSQL: install its server, on Debian with \
                    `apt-get install postgresql`, or put initdb into PATH"
            .into());
    }
    apt("update").run()?;
    apt("install").arg("--yes").arg("--no-install-recommends").arg("postgresql").run()?;
    find().map(drop).ok_or_else(|| "postgresql was installed without initdb".into())
}

fn apt(order: &str) -> Task {
    Task::new("apt-get").arg("-qq").arg(order).env("DEBIAN_FRONTEND", "noninteractive")
}

/// In `PATH`, or where Debian keeps them.
fn find() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let debian = read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    env::split_paths(&path).chain(debian).find(|folder| folder.join("initdb").is_file())
}
