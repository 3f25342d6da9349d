//! The inputs that a search begins with.

use std::path::PathBuf;
use std::{fs, io};

/// The files of `corpus/{name}`, by name.
///
/// # Errors
/// Any that reading the folder gives; that it is empty is one.
pub fn corpus(name: &str) -> io::Result<Vec<Vec<u8>>> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/corpus")).join(name);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.sort();
    if files.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "an empty corpus"));
    }
    files.into_iter().map(fs::read).collect()
}
