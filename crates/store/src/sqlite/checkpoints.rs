//! Carrying pages from the log over into the file, beside the thread that writes.
//!
//! Left to SQLite, every so many pages one commit would wait until all of them are in the file. Here
//! a thread of its own carries them over while the writer goes on. What the writer appends
//! meanwhile is left; once that is little, the writer carries it over itself, and the log begins
//! anew.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;

use super::open;
use crate::failure::{Failure, no_thread};

/// The thread that carries pages over, as the writer sees it.
pub(super) struct Checkpoints {
    /// How long the log is, in pages.
    log: Arc<AtomicUsize>,
    /// How long it was when the thread was last sent.
    carried: usize,
    is_busy: Arc<AtomicBool>,
    send: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Takes over the checkpoints of `writer`.
    pub(super) fn start(writer: &mut Connection, path: &Path) -> Result<Self, Failure> {
        let log = Arc::new(AtomicUsize::new(0));
        let length = Arc::clone(&log);
        writer.wal_hook(Some(move |_: &mut _, pages| {
            length.store(usize::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        let conn = open::checkpointer(path)?;
        let (send, sent) = sync_channel(1);
        let is_busy = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&is_busy);
        let thread = Builder::new().name("handover-log".into());
        let thread = thread.spawn(move || serve(&conn, &sent, &ended));
        let thread = thread.map_err(|error| no_thread(&error))?;
        Ok(Self { log, carried: 0, is_busy, send: Some(send), thread: Some(thread) })
    }

    /// Looks after the log, between two transactions of the writer.
    pub(super) fn look(&mut self, writer: &Connection) {
        let log = self.log.load(Ordering::Relaxed);
        if self.is_busy.load(Ordering::Acquire) {
            return;
        }
        if log < self.carried {
            self.carried = 0;
        }
        let left = log - self.carried;
        if log >= LONG && (left <= FEW || log >= TOO_LONG) {
            self.carried = log;
            carry(writer);
        } else if left >= MANY || log >= LONG {
            self.carried = log;
            self.is_busy.store(true, Ordering::Release);
            if let Some(send) = &self.send {
                // Full only if the thread has not begun; then it is on its way.
                let _: Result<(), _> = send.try_send(());
            }
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.send = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn serve(conn: &Connection, sent: &Receiver<()>, is_busy: &AtomicBool) {
    while sent.recv().is_ok() {
        carry(conn);
        is_busy.store(false, Ordering::Release);
    }
}

/// Carries over what can be without waiting for anybody. What fails is tried again the next time.
fn carry(conn: &Connection) {
    drop(conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(())));
}

/// Pages of the log that are worth a round.
const MANY: usize = 2000;
/// Pages that the writer carries over itself.
const FEW: usize = 500;
/// Pages after which the log is to begin anew: 32 MiB.
const LONG: usize = 8000;
/// Pages at which the writer no longer waits for a good moment: 128 MiB.
const TOO_LONG: usize = 32_000;
