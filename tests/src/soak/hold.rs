//! Keeps time from moving on while other threads work.

use std::sync::{Arc, Condvar, Mutex};

/// While anybody is in it, time stands still.
///
/// tokio's paused time moves on when the runtime has nothing to do, but not while a blocking task
/// runs: so one runs, and sleeps, for as long as the store's threads have something of ours.
#[derive(Clone, Debug, Default)]
pub(super) struct Hold(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    left: Condvar,
}

#[derive(Debug, Default)]
struct State {
    inside: usize,
    is_watched: bool,
}

/// Somebody who waits for another thread.
pub(super) struct Inside(Arc<Shared>);

impl Hold {
    /// Time stands still until the answer is dropped.
    pub(super) fn enter(&self) -> Inside {
        let mut state = self.0.state.lock().unwrap();
        state.inside += 1;
        if !std::mem::replace(&mut state.is_watched, true) {
            let shared = Arc::clone(&self.0);
            drop(tokio::task::spawn_blocking(move || shared.watch()));
        }
        Inside(Arc::clone(&self.0))
    }
}

impl Shared {
    fn watch(&self) {
        let mut state = self.state.lock().unwrap();
        while state.inside > 0 {
            state = self.left.wait(state).unwrap();
        }
        state.is_watched = false;
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let mut state = self.0.state.lock().unwrap();
        state.inside -= 1;
        if state.inside == 0 {
            self.0.left.notify_one();
        }
    }
}
