//! The one thread that writes: many calls to one transaction.

use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use handover_core::error::Error;
use handover_core::id::TenantId;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::checkpoints::Checkpoints;
use super::task::{Call, End, Task};
use super::writing::Writing;
use crate::failure::{Failure, no_thread, stopped};
use crate::wakes::Wakes;

/// The queue to the thread that writes.
///
/// Dropping it waits until everything in the queue is durable and the file is closed.
pub(super) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Box<dyn Task>>>>,
    /// Ends when the thread does.
    end: Mutex<Option<oneshot::Receiver<Infallible>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(seat: Seat) -> Result<Self, Failure> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let thread = Builder::new().name("handover-store".into());
        let (ending, end) = oneshot::channel();
        let serve = move || {
            seat.serve(waiting);
            drop(ending);
        };
        let thread = thread.spawn(serve).map_err(|error| no_thread(&error))?;
        let (queue, end) = (Mutex::new(Some(queue)), Mutex::new(Some(end)));
        Ok(Self { queue, end, thread: Some(thread) })
    }

    /// Runs `work` in a transaction, and answers once that is durable.
    ///
    /// Dropped before its turn, it does not happen.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Writing<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Error> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (call, answered) = Call::new(work);
        queue.ok_or_else(stopped)?.send(Box::new(call)).await.map_err(|_| stopped())?;
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Does what is in the queue and closes the file. Later calls are refused.
    pub(super) async fn close(&self) {
        self.stop();
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(end) = end {
            // Nothing is ever sent: the other end is dropped.
            let _: Result<Infallible, _> = end.await;
        }
    }

    fn stop(&self) {
        *self.queue.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

/// What the thread works with.
pub(super) struct Seat {
    pub(super) conn: Connection,
    pub(super) wakes: Arc<Wakes>,
    #[cfg(test)]
    pub(super) faults: Arc<super::faults::Faults>,
    /// None in memory. The lock is held until the file is closed.
    pub(super) file: Option<(Checkpoints, File)>,
}

impl Seat {
    fn serve(mut self, mut waiting: mpsc::Receiver<Box<dyn Task>>) {
        while let Some(first) = waiting.blocking_recv() {
            let mut group = Vec::new();
            let ended = self.group(first, &mut waiting, &mut group);
            if ended.is_err() && !self.conn.is_autocommit() {
                // If even this fails, the next BEGIN does, and its callers are told.
                drop(self.conn.execute_batch("ROLLBACK"));
            }
            let end = if ended.is_ok() { End::Durable } else { End::Undone };
            for tenant in ended.into_iter().flatten() {
                self.wakes.ring(&tenant);
            }
            group.into_iter().for_each(|task| task.answer(end));
            if let Some((checkpoints, _)) = &mut self.file {
                checkpoints.look(&self.conn);
            }
        }
        let Self { conn, file, .. } = self;
        let lock = file.map(|(checkpoints, lock)| {
            drop(checkpoints);
            lock
        });
        drop(conn);
        drop(lock);
    }

    /// Runs what waits as one transaction, and tells whom to wake.
    ///
    /// Nothing is prepared for a call that fails, since that would cost all others: then everything
    /// is undone, and what was good is done again.
    fn group(
        &self,
        first: Box<dyn Task>,
        waiting: &mut mpsc::Receiver<Box<dyn Task>>,
        group: &mut Vec<Box<dyn Task>>,
    ) -> Result<Vec<TenantId>, Failure> {
        let begun = Instant::now();
        let mut next = Some(first);
        let mut writing = None;
        while let Some(task) = next.take() {
            let wanted = task.is_wanted();
            group.push(task);
            if let Some(task) = group.last_mut().filter(|_| wanted) {
                let open = match &mut writing {
                    Some(writing) => writing,
                    none => none.insert(self.begin()?),
                };
                if !attempt(task.as_mut(), open) {
                    writing = self.redo(group)?;
                }
            }
            if group.len() < GROUP && begun.elapsed() < PATIENCE {
                next = waiting.try_recv().ok();
            }
        }
        let Some(mut writing) = writing else { return Ok(Vec::new()) };
        writing.store_numbers()?;
        self.plain("COMMIT")?;
        Ok(writing.woken)
    }

    /// Undoes the transaction, and does what was good in it in a new one.
    fn redo(&self, group: &mut [Box<dyn Task>]) -> Result<Option<Writing<'_>>, Failure> {
        loop {
            // Some failures have undone it already.
            if !self.conn.is_autocommit() {
                self.plain("ROLLBACK")?;
            }
            if !group.iter().any(|task| task.is_good()) {
                return Ok(None);
            }
            let mut writing = self.begin()?;
            let mut good = group.iter_mut().filter(|task| task.is_good());
            if good.all(|task| attempt(task.as_mut(), &mut writing)) {
                return Ok(Some(writing));
            }
        }
    }

    fn begin(&self) -> Result<Writing<'_>, Failure> {
        self.plain("BEGIN IMMEDIATE")?;
        Writing::begin(
            &self.conn,
            #[cfg(test)]
            &self.faults,
        )
    }

    fn plain(&self, sql: &str) -> Result<(), Failure> {
        self.conn.prepare_cached(sql)?.execute(())?;
        Ok(())
    }
}

/// Runs one task. False if it failed: then nothing of its transaction may stay.
fn attempt(task: &mut dyn Task, writing: &mut Writing<'_>) -> bool {
    catch_unwind(AssertUnwindSafe(|| task.run(writing))).unwrap_or(false)
}

/// How many calls may wait before callers do.
const QUEUE: usize = 1024;
/// The most calls in one transaction, and how long one is kept open for more.
const GROUP: usize = 256;
const PATIENCE: Duration = Duration::from_millis(20);
