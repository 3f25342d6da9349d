//! Many calls to one transaction.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

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
        let (work, waiting) = (Arc::new(work), Arc::new(Turn::new(waiting)));
        let serve = |_| tokio::spawn(serve(Arc::clone(&work), Arc::clone(&waiting)));
        let tasks = (0..tasks.max(1)).map(serve).collect();
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

async fn serve<W: Work>(work: Arc<W>, queue: Arc<Turn<mpsc::Receiver<Waiting<W>>>>) {
    loop {
        let mut group: Vec<Waiting<W>> = Vec::new();
        {
            let mut queue = queue.lock().await;
            if queue.recv_many(&mut group, GROUP).await == 0 {
                return;
            }
            // Those who were answered together call again one after the other: without this the
            // first of them would have a transaction of its own, and all others wait for it.
            for _ in 0..GATHERING {
                tokio::task::yield_now().await;
                while group.len() < GROUP
                    && let Ok(next) = queue.try_recv()
                {
                    group.push(next);
                }
            }
        }
        group.retain(|waiting| !waiting.answer.is_closed());
        while let Some(first) = group.first() {
            let tenant = W::tenant(&first.call).clone();
            let is_ours = |waiting: &mut Waiting<W>| *W::tenant(&waiting.call) == tenant;
            let ours: Vec<Waiting<W>> = group.extract_if(.., is_ours).collect();
            let (calls, answers): (Vec<_>, Vec<_>) =
                ours.into_iter().map(|waiting| (waiting.call, waiting.answer)).unzip();
            // On a task of its own: a fault of ours ends this group and no other.
            let work = Arc::clone(&work);
            let run = tokio::spawn(async move { work.run(&tenant, &calls).await });
            // Whoever waits for one that stumbled is told so by the dropped answer.
            for (answer, result) in answers.into_iter().zip(run.await.unwrap_or_default()) {
                // Whoever no longer waits does not need to know.
                drop(answer.send(result));
            }
        }
    }
}

/// How often others have a turn before a transaction begins.
const GATHERING: usize = 4;
/// How many calls may wait before callers do.
const QUEUE: usize = 1024;
/// The most calls in one transaction. Each holds some locks, and a server has room for thousands.
const GROUP: usize = 64;
