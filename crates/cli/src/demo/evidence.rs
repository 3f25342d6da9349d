//! Waiting until something is seen at a provider.

use std::fmt;
use std::time::{Duration, Instant};

use crate::failure::Failure;

/// Waits until `look` sees what is `expected`; it says what it sees instead.
///
/// # Errors
/// What was expected and what was seen, once the patience is at its end.
pub(super) async fn see<T>(
    expected: impl fmt::Display,
    look: impl Fn() -> Result<T, String>,
) -> Result<T, Failure> {
    let started = Instant::now();
    loop {
        match look() {
            Ok(seen) => return Ok(seen),
            Err(instead) if started.elapsed() > PATIENCE => {
                return Err(Failure::broken(format_args!(
                    "not seen within {} s\n  expected: {expected}\n  seen:     {instead}",
                    PATIENCE.as_secs()
                )));
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Waits until `count` no longer changes: nothing is under way any more.
///
/// # Errors
/// When it never stands still.
pub(super) async fn quiet(count: impl Fn() -> usize) -> Result<(), Failure> {
    let started = Instant::now();
    let (mut last, mut since) = (count(), Instant::now());
    while since.elapsed() < STILL {
        if started.elapsed() > PATIENCE {
            return Err(Failure::broken("expected: calm at the providers\n  seen:     more calls"));
        }
        tokio::time::sleep(PAUSE).await;
        let now = count();
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
    Ok(())
}

/// Fails unless `seen` equals `expected`.
///
/// # Errors
/// Both.
pub(super) fn same<T: PartialEq + fmt::Debug>(
    what: &str,
    expected: &T,
    seen: &T,
) -> Result<(), Failure> {
    if expected == seen {
        return Ok(());
    }
    let text = format_args!("{what}\n  expected: {expected:?}\n  seen:     {seen:?}");
    Err(Failure::broken(text))
}

const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(10);
/// How long nothing must happen before nothing more is expected to.
const STILL: Duration = Duration::from_millis(300);
