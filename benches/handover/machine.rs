//! What the figures were measured on.

use std::fs;
use std::path::PathBuf;

use crate::Done;

/// One line about the machine.
pub(crate) fn facts() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpu = line("/proc/cpuinfo", "model name").unwrap_or_else(|| "an unknown processor".into());
    let memory = line("/proc/meminfo", "MemTotal").unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(1).collect();
    format!(
        "machine: {cores} cores, {cpu}, memory {memory}, kernel {}, load {} before the run",
        kernel.trim(),
        load.concat()
    )
}

/// A folder for files that are measured on, under the target directory.
pub(crate) fn data() -> Done<PathBuf> {
    let tmp = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let folder = tmp.parent().ok_or("the target directory has no parent")?.join("bench-data");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A path in the folder of [`data`] where no database is.
pub(crate) fn fresh(name: &str) -> Done<PathBuf> {
    let path = data()?.join(name);
    for suffix in ["", "-wal", "-shm", "-journal", ".lock"] {
        let mut file = path.clone().into_os_string();
        file.push(suffix);
        match fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(path)
}

fn line(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
