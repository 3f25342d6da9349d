//! Builds the examples the way a stranger meets them: copied out of the repository, against the
//! packages that would be published.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::command::Task;
use crate::report::End;
use crate::tally::{Runner, Tally};
use crate::workspace::{Published, Workspace};

pub(crate) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<End, String> {
    let examples = folders(&workspace.root.join("examples"))
        .map_err(|error| format!("reading examples: {error}"))?;
    if examples.is_empty() {
        return Ok(End::LeftOut("examples/ is empty"));
    }
    let work = workspace.target.join("examples");
    package(workspace)?;
    let patches = patch(workspace, &work)?;
    for example in examples {
        let copy = copy(workspace, &example, &work.join("copies"))
            .map_err(|error| format!("copying {}: {error}", example.display()))?;
        let manifest = copy.join("Cargo.toml");
        let cargo =
            |command| Task::cargo(&workspace.root, command).arg("--manifest-path").arg(&manifest);
        cargo("fmt --check").run()?;
        cargo("test --no-fail-fast")
            .arg("--config")
            .arg(&patches)
            .env("CARGO_TARGET_DIR", work.join("build"))
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .count(Runner::Libtest, tally)?;
    }
    Ok(End::Done)
}

/// Writes `target/package/<name>-<version>.crate` for every published package.
fn package(workspace: &Workspace) -> Result<(), String> {
    let all = Task::cargo(&workspace.root, "package --workspace --no-verify --allow-dirty");
    workspace.private.iter().fold(all, |task, name| task.arg("--exclude").arg(name)).run()
}

/// Unpacks every package below `work`; the file that tells cargo to take these for the published
/// ones.
fn patch(workspace: &Workspace, work: &Path) -> Result<PathBuf, String> {
    let mut patches = "[patch.crates-io]\n".to_owned();
    for package in &workspace.published {
        let folder = unpack(workspace, package, &work.join("packages"))?;
        patches += &format!("{}.path = '{}'\n", package.name, folder.display());
    }
    let file = work.join("patches.toml");
    fs::write(&file, patches).map_err(|error| format!("writing {}: {error}", file.display()))?;
    Ok(file)
}

/// Unpacks a package below `folder`, unless the same bytes are unpacked there already. Files in a
/// package carry an old date, so `tar` sets a new one: else cargo would miss the change.
fn unpack(workspace: &Workspace, package: &Published, folder: &Path) -> Result<PathBuf, String> {
    let name = format!("{}-{}", package.name, package.version);
    let file = format!("{name}.crate");
    let (packed, seen) = (workspace.target.join("package").join(&file), folder.join(&file));
    let unpacked = folder.join(name);
    let explain = |error: io::Error| format!("unpacking {file}: {error}");
    if unpacked.is_dir() && same(&packed, &seen) {
        return Ok(unpacked);
    }
    empty(&unpacked).map_err(explain)?;
    Task::new("tar").arg("-xzmf").arg(&packed).arg("-C").arg(folder).run()?;
    fs::copy(&packed, &seen).map_err(explain)?;
    Ok(unpacked)
}

fn same(one: &Path, other: &Path) -> bool {
    fs::read(one).is_ok_and(|bytes| fs::read(other).is_ok_and(|others| bytes == others))
}

/// Copies an example into an empty folder, with the workspace's lock file if it has none.
fn copy(workspace: &Workspace, example: &Path, folder: &Path) -> io::Result<PathBuf> {
    let copy = folder.join(example.file_name().unwrap_or_default());
    empty(&copy)?;
    fs::copy(workspace.root.join("Cargo.lock"), copy.join("Cargo.lock"))?;
    copy_files(example, &copy)?;
    Ok(copy)
}

fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name() == "target" {
            continue;
        }
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_files(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

fn empty(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)
}

/// The folders directly below `folder`, by name. Git keeps no empty folder, so none is no error.
fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
