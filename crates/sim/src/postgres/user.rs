//! Under whom the server runs.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::problem::Problem;

/// Another user, if this process is root's: PostgreSQL refuses to run as root.
#[derive(Clone, Copy, Debug)]
pub(super) struct User {
    /// None to run as we are.
    other: Option<(u32, u32)>,
    own: u32,
}

impl User {
    /// Who runs the server, if `ours` is a directory that we have made.
    pub(super) fn find(ours: &Path) -> Result<Self, Problem> {
        let own = fs::metadata(ours)?.uid();
        if own != 0 {
            return Ok(Self { other: None, own });
        }
        let known = fs::read_to_string("/etc/passwd")?;
        let other = ["postgres", "nobody"].iter().find_map(|name| ids(&known, name));
        Ok(Self { other: Some(other.ok_or(Problem::NoUser)?), own })
    }

    /// The user's number.
    pub(super) fn id(self) -> u32 {
        self.other.map_or(self.own, |(user, _)| user)
    }

    /// Lets a program run under the user.
    pub(super) fn run(self, command: &mut Command) {
        if let Some((user, group)) = self.other {
            command.uid(user).gid(group);
        }
    }

    /// Gives a file or a directory to the user.
    pub(super) fn give(self, path: &Path) -> Result<(), Problem> {
        if let Some((user, group)) = self.other {
            chown(path, Some(user), Some(group))?;
        }
        Ok(())
    }
}

/// The numbers of a user and its group in the text of `/etc/passwd`.
pub(super) fn ids(known: &str, name: &str) -> Option<(u32, u32)> {
    let line = known.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}
