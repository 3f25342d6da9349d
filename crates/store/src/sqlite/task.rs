//! One call on its way through the writer's queue.

use handover_core::error::Error;
use tokio::sync::oneshot;

use super::writing::Writing;
use crate::failure::{Failure, not_durable, stumbled};

/// A call that writes. It is answered once its transaction has ended.
pub(super) trait Task: Send {
    /// Whether anybody still waits for it.
    fn is_wanted(&self) -> bool;

    /// Does it, again if what it did before was undone. False if it failed and must be undone.
    fn run(&mut self, writing: &mut Writing<'_>) -> bool;

    /// Whether it was done, and did not fail.
    fn is_good(&self) -> bool;

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
    work: F,
    result: Option<Result<T, Error>>,
    answer: oneshot::Sender<Result<T, Error>>,
}

impl<F, T> Call<F, T> {
    /// A task that does `work`, and where its answer will be.
    pub(super) fn new(work: F) -> (Self, oneshot::Receiver<Result<T, Error>>) {
        let (answer, answered) = oneshot::channel();
        (Self { work, result: None, answer }, answered)
    }
}

impl<F, T> Task for Call<F, T>
where
    F: Fn(&mut Writing<'_>) -> Result<T, Failure> + Send,
    T: Send,
{
    fn is_wanted(&self) -> bool {
        !self.answer.is_closed()
    }

    fn run(&mut self, writing: &mut Writing<'_>) -> bool {
        // If it panics, what it answered before does not count.
        self.result = None;
        self.result = Some((self.work)(writing).map_err(Error::from));
        self.is_good()
    }

    fn is_good(&self) -> bool {
        matches!(self.result, Some(Ok(_)))
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
