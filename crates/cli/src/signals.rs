//! What tells the process to stop.

use crate::failure::Failure;

/// Waits for SIGINT or SIGTERM.
///
/// # Errors
/// When they cannot be listened for.
pub(crate) fn stop() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let refused = |error| Failure::broken(format_args!("signals cannot be received: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(refused)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(refused)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
