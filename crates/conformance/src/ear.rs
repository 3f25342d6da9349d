//! Listens to everything that is logged while a future runs.

use std::fmt::{self, Write as _};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber, dispatcher};

/// Runs `future` and tells its output with all that was logged on the way, fields and all.
pub(crate) async fn overheard<T>(future: impl Future<Output = T> + Send) -> (T, String) {
    let heard = Heard::default();
    let dispatch = Dispatch::new(Ear { heard: Arc::clone(&heard), spans: AtomicU64::new(1) });
    let output = Listening { future: Box::pin(future), dispatch }.await;
    let heard = heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (output, heard)
}

/// The same for a call that does not wait.
pub(crate) fn overheard_now<T>(call: impl FnOnce() -> T) -> (T, String) {
    let heard = Heard::default();
    let dispatch = Dispatch::new(Ear { heard: Arc::clone(&heard), spans: AtomicU64::new(1) });
    let output = dispatcher::with_default(&dispatch, call);
    let heard = heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (output, heard)
}

type Heard = Arc<Mutex<String>>;

/// A future that is polled with the ear at the door.
struct Listening<F> {
    future: Pin<Box<F>>,
    dispatch: Dispatch,
}

struct Ear {
    heard: Heard,
    spans: AtomicU64,
}

struct Pen<'a>(&'a mut String);

impl<F: Future> Future for Listening<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { future, dispatch } = &mut *self;
        dispatcher::with_default(dispatch, || pin!(future).poll(context))
    }
}

impl Ear {
    fn write(&self, record: impl FnOnce(&mut Pen<'_>)) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        record(&mut Pen(&mut heard));
        heard.push('\n');
    }
}

impl Subscriber for Ear {
    fn register_callsite(&self, _metadata: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.write(|pen| span.record(pen));
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _span: &Id, values: &Record<'_>) {
        self.write(|pen| values.record(pen));
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.write(|pen| event.record(pen));
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

impl Visit for Pen<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push_str(field.name());
        self.0.push('=');
        self.0.push_str(value);
        self.0.push(' ');
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string never fails.
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}
