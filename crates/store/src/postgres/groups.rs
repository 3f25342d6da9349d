//! Many calls to one transaction.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use handover_core::error::Error;
use handover_core::id::TenantId;
use tokio::sync::{Mutex as Turn, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::failure::{stopped, stumbled};

/// What is done with calls that have come together.
#[async_trait]
pub(super) trait Work: Send + Sync + 'static {
    /// A call.
    type Call: Send + Sync + 'static;
    /// Its answer.
    type Answer: Send + 'static;

    /// Whose a call is. One transaction is of one tenant.
    fn tenant(call: &Self::Call) -> &TenantId;

    /// Does calls of one tenant; the answer to each, in order.
    async fn run(
        &self,
        tenant: &TenantId,
        calls: &[Self::Call],
    ) -> Vec<Result<Self::Answer, Error>>;
}

/// A queue of calls, and tasks that take what waits in it together.
///
/// While one transaction is under way, the calls for the next one come together: so the more there
/// is to do, the less each costs.
pub(super) struct Groups<W: Work> {
    queue: Mutex<Option<mpsc::Sender<Waiting<W>>>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

struct Waiting<W: Work> {
    call: W::Call,
    answer: oneshot::Sender<Result<W::Answer, Error>>,
}

impl<W: Work> Groups<W> {
    /// Starts `tasks` tasks, each of which has one transaction under way at a time.
    pub(super) fn start(work: W, tasks: usize) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let tasks = tasks.max(1);
        let running = AtomicUsize::new(0);
        let shared = Arc::new(Shared { work, queue: Turn::new(waiting), tasks, running });
        let tasks = (0..tasks).map(|_| tokio::spawn(serve(Arc::clone(&shared)))).collect();
        Self { queue: Mutex::new(Some(queue)), tasks: Mutex::new(tasks) }
    }

    /// Makes a call, and answers once its transaction has ended.
    ///
    /// Dropped before its turn, it does not happen.
    pub(super) async fn call(&self, call: W::Call) -> Result<W::Answer, Error> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (answer, answered) = oneshot::channel();
        queue.ok_or_else(stopped)?.send(Waiting { call, answer }).await.map_err(|_| stopped())?;
        answered.await.unwrap_or_else(|_| Err(stumbled()))
    }

    /// Does what is in the queue. Later calls are refused.
    pub(super) async fn close(&self) {
        *self.queue.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            // One that stumbled has ended too.
            drop(task.await);
        }
    }
}

impl<W: Work> fmt::Debug for Groups<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Groups").finish_non_exhaustive()
    }
}

/// What the tasks share.
struct Shared<W: Work> {
    work: W,
    queue: Turn<mpsc::Receiver<Waiting<W>>>,
    tasks: usize,
    /// How many calls are in transactions now.
    running: AtomicUsize,
}

impl<W: Work> Shared<W> {
    /// The calls of the next transaction, about as many as the last one had; none at the end.
    async fn next(&self, last: usize) -> Vec<Waiting<W>> {
        let (mut group, answered) = (Vec::new(), Instant::now());
        let mut queue = self.queue.lock().await;
        queue.recv_many(&mut group, 1).await;
        // Those who were answered together call again one after the other: without this the first of
        // them would have a transaction of its own, and all others wait for it.
        let mut turns = 0;
        while !group.is_empty() {
            // No more than its share: the other tasks would have nothing to do meanwhile.
            let all = self.running.load(Ordering::Relaxed) + queue.len() + group.len();
            let share = all.div_ceil(self.tasks).clamp(FEW, GROUP);
            while group.len() < share
                && let Ok(next) = queue.try_recv()
            {
                group.push(next);
            }
            if turns >= TURNS && (group.len() >= last || answered.elapsed() >= GATHERING) {
                break;
            }
            turns += 1;
            tokio::task::yield_now().await;
        }
        self.running.fetch_add(group.len(), Ordering::Relaxed);
        group
    }
}

async fn serve<W: Work>(shared: Arc<Shared<W>>) {
    let mut last = 0;
    loop {
        let mut group = shared.next(last).await;
        last = group.len();
        if group.is_empty() {
            return;
        }
        group.retain(|waiting| !waiting.answer.is_closed());
        shared.running.fetch_sub(last - group.len(), Ordering::Relaxed);
        while let Some(first) = group.first() {
            let tenant = W::tenant(&first.call).clone();
            let is_ours = |waiting: &mut Waiting<W>| *W::tenant(&waiting.call) == tenant;
            let ours: Vec<Waiting<W>> = group.extract_if(.., is_ours).collect();
            let (calls, answers): (Vec<_>, Vec<_>) =
                ours.into_iter().map(|waiting| (waiting.call, waiting.answer)).unzip();
            // On a task of its own: a fault of ours ends this group and no other.
            let of = Arc::clone(&shared);
            let run = tokio::spawn(async move { of.work.run(&tenant, &calls).await });
            // Whoever waits for one that stumbled is told so by the dropped answer.
            let results = run.await.unwrap_or_default();
            shared.running.fetch_sub(answers.len(), Ordering::Relaxed);
            for (answer, result) in answers.into_iter().zip(results) {
                // Whoever no longer waits does not need to know.
                drop(answer.send(result));
            }
        }
    }
}

/// How often others have a turn before a transaction begins.
const TURNS: usize = 4;
/// How long after an answer as many are waited for as were answered.
const GATHERING: Duration = Duration::from_micros(200);
/// So many share a transaction even if another task is idle: each costs as much as some calls do.
const FEW: usize = 4;
/// How many calls may wait before callers do.
const QUEUE: usize = 1024;
/// The most calls in one transaction. Each holds some locks, and a server has room for thousands.
const GROUP: usize = 64;
