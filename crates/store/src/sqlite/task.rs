//! One call on its way through the writer's queue.

use handover_core::error::Error;
use tokio::sync::oneshot;

use super::writing::Writing;
use crate::failure::{Failure, not_durable, stumbled};

/// A call that writes. It is answered once its transaction has ended.
pub(super) trait Task: Send {
    /// Whether anybody still waits for it.
    fn is_wanted(&self) -> bool;

    /// Does it. False if it failed and must be undone.
    fn run(&mut self, writing: &mut Writing<'_>) -> bool;

    /// Tells the result to whoever waits.
    fn answer(self: Box<Self>, end: End);
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is durable.
    Durable,
    /// Nothing of it happened.
    Undone,
}

/// A task from a function.
pub(super) struct Call<F, T> {
    work: Option<F>,
    result: Option<Result<T, Error>>,
    answer: oneshot::Sender<Result<T, Error>>,
}

impl<F, T> Call<F, T> {
    /// A task that does `work`, and where its answer will be.
    pub(super) fn new(work: F) -> (Self, oneshot::Receiver<Result<T, Error>>) {
        let (answer, answered) = oneshot::channel();
        (Self { work: Some(work), result: None, answer }, answered)
    }
}

impl<F, T> Task for Call<F, T>
where
    F: FnOnce(&mut Writing<'_>) -> Result<T, Failure> + Send,
    T: Send,
{
    fn is_wanted(&self) -> bool {
        !self.answer.is_closed()
    }

    fn run(&mut self, writing: &mut Writing<'_>) -> bool {
        let Some(work) = self.work.take() else { return false };
        let result = work(writing).map_err(Error::from);
        let is_good = result.is_ok();
        self.result = Some(result);
        is_good
    }

    fn answer(self: Box<Self>, end: End) {
        let result = match (self.result, end) {
            (Some(Ok(_)), End::Undone) => Err(not_durable()),
            (Some(result), _) => result,
            (None, _) => Err(stumbled()),
        };
        // Whoever no longer waits does not need to know.
        drop(self.answer.send(result));
    }
}
