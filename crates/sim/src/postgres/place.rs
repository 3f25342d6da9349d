//! Directories: one for each server, and a fresh data directory to copy for all of them.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::USER;
use super::problem::Problem;
use super::programs::Programs;
use super::user::User;

/// An empty directory that the server's user owns. Its path is short: it is part of a socket's.
pub(super) fn home() -> Result<(PathBuf, User), Problem> {
    let home = tempfile::Builder::new().prefix("handover-pg-").tempdir()?.keep();
    let user = User::find(&home)?;
    user.give(&home)?;
    Ok((home, user))
}

/// Removes `home` with the server in it, once the answer's input is closed: by us or by our end.
pub(super) fn janitor(programs: &Programs, home: &Path) -> Result<Child, Problem> {
    const SWEEP: &str = r#"read _; "$1" -D "$2/data" -m immediate -w stop; exec rm -rf "$2""#;
    let pg_ctl = programs.command("pg_ctl");
    let mut shell = programs.other(Path::new("/bin/sh"));
    shell.args(["-c", SWEEP, "sh"]).arg(pg_ctl.get_program()).arg(home);
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(shell.spawn()?)
}

/// Copies a fresh data directory to `data`: that is much faster than making one.
pub(super) fn fill(programs: &Programs, data: &Path) -> Result<(), Problem> {
    let template = template(programs)?;
    let mut copy = programs.other(Path::new("cp"));
    programs.run(copy.arg("-R").arg(&template).arg(data)).map(drop)
}

/// A fresh data directory, made once for a machine, an installation and a user.
fn template(programs: &Programs) -> Result<PathBuf, Problem> {
    let user = programs.user.id();
    let name = format!("handover-pg-fresh-{SHAPE}-{user}{}", programs.name());
    let template = env::temp_dir().join(name);
    if is_ours(&template, user)? {
        return Ok(template);
    }
    let part = tempfile::Builder::new().prefix("handover-pg-part-").tempdir()?;
    programs.user.give(part.path())?;
    let made = part.path().join("data");
    let mut initdb = programs.command("initdb");
    initdb.arg("-D").arg(&made).args(["-U", USER, "-A", "trust", "-E", "UTF8"]);
    initdb.args(["--locale=C", "--no-sync", "--wal-segsize=4"]);
    programs.run(&mut initdb)?;
    match fs::rename(&made, &template) {
        Ok(()) => Ok(template),
        // Somebody else was faster.
        Err(_) if is_ours(&template, user)? => Ok(template),
        Err(error) => Err(error.into()),
    }
}

/// Whether the template is there. What another user has put in its place is not ours.
fn is_ours(template: &Path, user: u32) -> Result<bool, Problem> {
    match fs::symlink_metadata(template) {
        Ok(found) if found.is_dir() && found.uid() == user => Ok(true),
        Ok(_) => {
            let output = format!("{} belongs to somebody else: remove it", template.display());
            Err(Problem::Failed { program: "initdb".into(), output })
        }
        Err(_) => Ok(false),
    }
}

/// Rises when a template is made in another way.
const SHAPE: u32 = 1;
