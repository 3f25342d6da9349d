//! What the disk takes for a flush.

use std::fs::File;
use std::io::Write;
use std::time::Instant;

use crate::Done;
use crate::machine;
use crate::stats::millis;

/// Milliseconds of each of `times` appends of 4 KiB with `fdatasync`.
pub(crate) fn flushes(times: usize) -> Done<Vec<f64>> {
    let path = machine::fresh("flush")?;
    let mut file = File::create(&path)?;
    let page = [7; 4096];
    let mut taken = Vec::with_capacity(times);
    for _ in 0..times {
        let begun = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        taken.push(millis(begun.elapsed()));
    }
    drop(file);
    std::fs::remove_file(path)?;
    Ok(taken)
}
