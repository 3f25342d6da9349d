//! No Rust file is longer than a person reads in one go.

use std::ffi::OsStr;
use std::path::Path;
use std::{fs, io};

use crate::report::End;
use crate::tally::Tally;
use crate::workspace::Workspace;

#[cfg(test)]
mod tests;

pub(crate) fn run(workspace: &Workspace, _: &mut Tally) -> Result<End, String> {
    println!("\n> Rust files of more than {LONG} lines");
    let mut too_long = Vec::new();
    for folder in FOLDERS {
        let files = long_files(&workspace.root.join(folder))
            .map_err(|error| format!("reading {folder}: {error}"))?;
        for (file, lines) in files {
            println!("{lines:>6} {folder}/{file}");
            if lines > STOP {
                too_long.push(format!("{folder}/{file}"));
            }
        }
    }
    if too_long.is_empty() {
        return Ok(End::Done);
    }
    Err(format!("over {STOP} lines: {}", too_long.join(", ")))
}

/// The `.rs` files below `folder` that are long, with their number of lines.
fn long_files(folder: &Path) -> io::Result<Vec<(String, usize)>> {
    let mut found = Vec::new();
    // Git keeps no empty folder, so a fresh clone may lack one.
    let mut folders: Vec<_> = folder.is_dir().then(|| folder.to_owned()).into_iter().collect();
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() && path.file_name() != Some(OsStr::new("target")) {
                folders.push(path);
            } else if path.extension() == Some(OsStr::new("rs")) {
                let lines = fs::read_to_string(&path)?.lines().count();
                if lines > LONG {
                    let name = path.strip_prefix(folder).unwrap_or(&path);
                    found.push((name.display().to_string(), lines));
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

const FOLDERS: [&str; 5] = ["benches", "crates", "examples", "fuzz", "tests"];
const LONG: usize = 400;
const STOP: usize = 600;
