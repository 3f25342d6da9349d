//! What all the binaries share.

use handover_fuzz::Target;

/// Runs one target.
///
/// # Panics
/// If there is none of this name, or it finds something.
pub fn run(name: &str, data: &[u8]) {
    let target = Target::named(name).expect("a target of the workspace");
    (target.run)(data);
}
