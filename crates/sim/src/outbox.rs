use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Uri};
use tokio::sync::Notify;

/// A webhook a provider wants to send.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outgoing {
    /// When it is to be sent.
    pub due: DateTime<Utc>,
    /// The request as the receiver sees it; its URI is the public (signed) URL.
    pub request: Request<Bytes>,
    /// Where a server really connects to, when that is not the public URL.
    pub connect: Option<Uri>,
    /// How long a server waits for the answer.
    pub timeout: Duration,
    /// How often a server tries again.
    pub retries: u32,
    /// What counts as a failed attempt.
    pub retry_on: RetryOn,
    pub(crate) listener: Option<Listener>,
}

impl Outgoing {
    pub(crate) fn new(due: DateTime<Utc>, request: Request<Bytes>) -> Self {
        Self {
            due,
            request,
            connect: None,
            timeout: Duration::from_secs(5),
            retries: 0,
            retry_on: RetryOn::Connect,
            listener: None,
        }
    }

    /// Tells the provider what the receiver answered in the end, `None` being no answer in time.
    /// Some calls have no effect before that. A server does it itself.
    pub fn answered(&self, status: Option<u16>, body: &[u8], now: DateTime<Utc>) {
        if let Some(listener) = &self.listener {
            (listener.0)(status, body, now);
        }
    }
}

/// Who wants to know what a receiver answered.
#[derive(Clone)]
pub(crate) struct Listener(Arc<Heard>);

type Heard = dyn Fn(Option<u16>, &[u8], DateTime<Utc>) + Send + Sync;

impl Listener {
    pub(crate) fn new(
        heard: impl Fn(Option<u16>, &[u8], DateTime<Utc>) + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(heard))
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}

/// What makes a provider send a webhook again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryOn {
    /// Anything but a 2xx.
    All,
    /// Only a connection that could not be made.
    Connect,
    /// Status 5xx, and no answer at all.
    ServerError,
}

/// One attempt of a server at sending a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempted {
    /// The public URL.
    pub url: String,
    /// The receiver's status; `None` when there was no answer.
    pub status: Option<u16>,
}

/// How webhooks travel: faithfully until told otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Delivery {
    doubled: u32,
    lost: u32,
    held: usize,
    delay: Duration,
    parallel: bool,
}

impl Delivery {
    /// Every webhook once, in order, at once.
    pub fn faithful() -> Self {
        Self::default()
    }

    /// Every `n`-th webhook is sent twice.
    #[must_use]
    pub fn doubled(mut self, n: u32) -> Self {
        self.doubled = n;
        self
    }

    /// Every `n`-th webhook is never sent.
    #[must_use]
    pub fn lost(mut self, n: u32) -> Self {
        self.lost = n;
        self
    }

    /// `k` webhooks are held back, then released in reverse order.
    #[must_use]
    pub fn reordered(mut self, k: usize) -> Self {
        self.held = k;
        self
    }

    /// Every webhook is sent this much later.
    #[must_use]
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// A server sends webhooks side by side instead of one after the other.
    #[must_use]
    pub fn parallel(mut self) -> Self {
        self.parallel = true;
        self
    }
}

/// The webhooks a simulator has not sent yet.
///
/// Clones share the content.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    state: Arc<Mutex<State>>,
    queued: Arc<Notify>,
    settled: Arc<Notify>,
}

impl Outbox {
    /// Changes how webhooks travel from now on; what is held back is released.
    pub fn deliver(&self, delivery: Delivery) {
        self.release();
        self.state().delivery = delivery;
    }

    /// Releases what [`Delivery::reordered`] holds back.
    pub fn release(&self) {
        self.state().release();
        self.queued.notify_one();
    }

    /// Takes all webhooks, in the order they travel, whatever their time.
    pub fn take(&self) -> Vec<Outgoing> {
        self.state().queue.drain(..).collect()
    }

    /// Takes the webhooks due at `now`.
    pub fn take_due(&self, now: DateTime<Utc>) -> Vec<Outgoing> {
        let mut state = self.state();
        let (due, later): (Vec<_>, Vec<_>) =
            state.queue.drain(..).partition(|outgoing| outgoing.due <= now);
        state.queue = later.into();
        due
    }

    /// What a server did with the webhooks, attempt by attempt.
    pub fn attempts(&self) -> Vec<Attempted> {
        self.state().attempts.clone()
    }

    /// Releases what is held back and waits until a server has sent everything. Without a server
    /// that never comes.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn settled(&self) {
        self.release();
        loop {
            let settled = self.settled.notified();
            if self.state().is_settled() {
                return;
            }
            settled.await;
        }
    }

    pub(crate) fn push(&self, outgoing: Outgoing) {
        self.state().push(outgoing);
        self.queued.notify_one();
    }

    /// The next webhook by time; it counts as unsettled until [`Outbox::finished`].
    pub(crate) fn next(&self) -> Option<(Outgoing, bool)> {
        let mut state = self.state();
        let first = (0..state.queue.len()).min_by_key(|&index| state.queue[index].due)?;
        let outgoing = state.queue.remove(first)?;
        state.in_flight += 1;
        Some((outgoing, state.delivery.parallel))
    }

    /// Waits for [`Outbox::push`] or [`Outbox::release`].
    pub(crate) async fn changed(&self) {
        self.queued.notified().await;
    }

    /// Puts a webhook back whose time has not come.
    pub(crate) fn put_back(&self, outgoing: Outgoing) {
        let mut state = self.state();
        state.in_flight -= 1;
        state.queue.push_front(outgoing);
    }

    pub(crate) fn attempted(&self, url: String, status: Option<u16>) {
        self.state().attempts.push(Attempted { url, status });
    }

    pub(crate) fn finished(&self) {
        let mut state = self.state();
        state.in_flight -= 1;
        if state.is_settled() {
            self.settled.notify_waiters();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct State {
    delivery: Delivery,
    count: u32,
    held: Vec<Outgoing>,
    queue: VecDeque<Outgoing>,
    in_flight: usize,
    attempts: Vec<Attempted>,
}

impl State {
    fn push(&mut self, mut outgoing: Outgoing) {
        self.count += 1;
        if every(self.delivery.lost, self.count) {
            return;
        }
        outgoing.due += self.delivery.delay;
        if every(self.delivery.doubled, self.count) {
            self.held.push(outgoing.clone());
        }
        self.held.push(outgoing);
        if self.delivery.held == 0 {
            self.queue.extend(self.held.drain(..));
        } else if self.held.len() >= self.delivery.held {
            self.release();
        }
    }

    /// The released webhooks share the latest time, so that sorting by time keeps the new order.
    fn release(&mut self) {
        let latest = self.held.iter().map(|outgoing| outgoing.due).max();
        for mut outgoing in self.held.drain(..).rev() {
            outgoing.due = latest.unwrap_or(outgoing.due);
            self.queue.push_back(outgoing);
        }
    }

    fn is_settled(&self) -> bool {
        self.queue.is_empty() && self.held.is_empty() && self.in_flight == 0
    }
}

fn every(n: u32, count: u32) -> bool {
    n != 0 && count.is_multiple_of(n)
}
