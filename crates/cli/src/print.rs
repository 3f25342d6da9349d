//! What a command says.

use std::fmt;
use std::io::{self, Write as _};

/// A line on standard output. Whoever closes it early has read enough.
pub(crate) fn line(text: impl fmt::Display) {
    writeln!(io::stdout().lock(), "{text}").ok();
}

/// A line on standard error.
pub(crate) fn warn(text: impl fmt::Display) {
    writeln!(io::stderr().lock(), "{text}").ok();
}
