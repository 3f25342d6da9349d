//! Points at which the scheduler may do something else, and clocks that differ.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::clock::Clock;
use handover_core::transport::{Body, Transport, TransportError};
use http::{Request, Response};

use super::notes::SharedNotes;

/// Is pending once.
pub(crate) async fn point() {
    Point(false).await;
}

struct Point(bool);

impl Future for Point {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        // The scheduler goes on when it likes; whoever waits for another thread, at once.
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Waits for what another thread answers: SQLite's writer. Time stands still meanwhile.
pub(super) fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut future = pin!(future);
    // What is in memory is ready at once.
    if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        return value;
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

/// The true time, as one party's clock tells it.
#[derive(Clone, Debug)]
pub(super) struct Skewed {
    pub(super) now: Arc<AtomicI64>,
    /// How far it is ahead, in milliseconds.
    pub(super) ahead: i64,
}

impl Clock for Skewed {
    fn now(&self) -> DateTime<Utc> {
        at(self.now.load(Ordering::Relaxed) + self.ahead)
    }
}

pub(super) fn at(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap()
}

/// A network with a point before and after each request: a crash at the second loses the answer.
///
/// As any transport, it gives up in finite time: what has waited longer is not sent any more.
#[derive(Debug)]
pub(super) struct Gated {
    pub(super) inner: Arc<dyn Transport>,
    pub(super) clock: Skewed,
    pub(super) notes: SharedNotes,
}

/// How long a request may take in all.
const LONGEST: TimeDelta = TimeDelta::seconds(130);

#[async_trait]
impl Transport for Gated {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let begun = self.clock.now();
        point().await;
        if self.clock.now() - begun > LONGEST {
            return Err(TransportError::Connect);
        }
        let call = Call::of(&request);
        let line = self.notes.lock().lines.is_some().then(|| shown(&request));
        let answer = self.inner.send(request).await;
        if let Some(line) = line {
            let end = answer.as_ref().map(|answer| answer.status());
            self.notes.lock().line(|| format!("{line}: {end:?}"));
        }
        self.notes.lock().called(call);
        point().await;
        if self.clock.now() - begun > LONGEST {
            return Err(TransportError::Timeout);
        }
        answer
    }
}

/// What a request may have done, where a crash right after it is of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Contact,
    Entry,
    Open,
    Other,
    Send,
}

impl Call {
    fn of(request: &Request<Bytes>) -> Self {
        if request.method() != http::Method::POST {
            return Self::Other;
        }
        let path = request.uri().path();
        let ends = |end: &str| path.ends_with(end);
        match path {
            _ if ends("/Messages.json") || ends("/messages") => Self::Send,
            _ if ends("/Case") => Self::Open,
            _ if ends("/$batch") || ends("/Activity") || ends("/comments") => Self::Entry,
            _ if ends("/Contact") || ends("/contacts") => Self::Contact,
            _ => Self::Other,
        }
    }
}

/// A request in a line.
fn shown(request: &Request<Bytes>) -> String {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let cut: String = target.chars().take(100).collect();
    format!("  {} {cut}", request.method())
}
