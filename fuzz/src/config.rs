//! The configuration.

use std::path::Path;

use crate::check::{self, CANARY};

/// A configuration is read or refused in words that name the place, and no secret is among them.
pub(crate) fn config(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // A secret may be in a file, and a device is one that never ends.
    if check::is_tainted(data) || text.contains("/dev") || text.contains("/proc") {
        return;
    }
    let env = |variable: &str| Some(format!("{CANARY}-of-{}", variable.len()));
    match handover_cli::check(&text, Path::new("/nowhere"), &env) {
        Ok(lines) => {
            lines.iter().for_each(|line| check::hides(line));
            let again = handover_cli::check(&text, Path::new("/nowhere"), &env).unwrap();
            assert_eq!(lines, again);
        }
        Err(problem) => {
            check::hides(&problem);
            assert!(problem.starts_with("handover.toml"), "a problem names the file");
            assert!(problem.len() <= 4 * text.len() + 4_096, "a problem longer than its file");
        }
    }
}
