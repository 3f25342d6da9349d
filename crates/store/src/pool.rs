//! Threads for blocking work, fed from async code without a runtime.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use tokio::sync::{mpsc, oneshot};

type Work<S> = Box<dyn FnOnce(&mut S) + Send>;

/// A few threads, each with a state of its own, that share one bounded queue.
///
/// Dropping the pool waits for what is in the queue.
pub(crate) struct Pool<S> {
    queue: Option<mpsc::Sender<Work<S>>>,
    threads: Vec<JoinHandle<()>>,
}

impl<S: Send + 'static> Pool<S> {
    /// One thread for each state.
    pub(crate) fn new(name: &str, states: Vec<S>) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let waiting = Arc::new(Mutex::new(waiting));
        let mut threads = Vec::new();
        for state in states {
            let waiting = Arc::clone(&waiting);
            let thread = Builder::new().name(name.to_owned());
            threads.push(thread.spawn(move || serve(state, &waiting))?);
        }
        Ok(Self { queue: Some(queue), threads })
    }

    /// Runs `work` on one of the threads. `None` if it panicked or the pool has stopped.
    ///
    /// Dropped after it was queued, the work is done all the same.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let work: Work<S> = Box::new(move |state| drop(answer.send(work(state))));
        self.queue.as_ref()?.send(work).await.ok()?;
        answered.await.ok()
    }
}

impl<S> Drop for Pool<S> {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

impl<S> fmt::Debug for Pool<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("threads", &self.threads.len()).finish_non_exhaustive()
    }
}

fn serve<S>(mut state: S, waiting: &Mutex<mpsc::Receiver<Work<S>>>) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(work) = next else { return };
        // Whoever waits for work that panics is told so by the dropped answer.
        drop(catch_unwind(AssertUnwindSafe(|| work(&mut state))));
    }
}

/// How much may wait before callers do.
const QUEUE: usize = 256;
