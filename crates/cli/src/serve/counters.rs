//! What is counted, for whoever scrapes it.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SetRecorderError, SharedString,
    Unit,
};

/// Counters by name and labels. Only counters: nothing in the relay measures anything else.
///
/// Clones share the counts. They begin at zero with the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters(Arc<Mutex<BTreeMap<String, Arc<AtomicU64>>>>);

impl Counters {
    /// Counts for the whole process from now on.
    ///
    /// # Errors
    /// When something else counts already.
    pub(crate) fn install(self) -> Result<(), SetRecorderError<Self>> {
        metrics::set_global_recorder(self)
    }

    /// All counts, in the text format of Prometheus.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let mut last = String::new();
        for (series, count) in &*self.counts() {
            let name = series.split('{').next().unwrap_or(series);
            if name != last {
                // Writing to a string does not fail.
                writeln!(text, "# TYPE {name} counter").ok();
                name.clone_into(&mut last);
            }
            writeln!(text, "{series} {}", count.load(Ordering::Relaxed)).ok();
        }
        text
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<String, Arc<AtomicU64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder for Counters {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Arc::clone(self.counts().entry(series(key)).or_default()))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// `name{label="value",…}`
fn series(key: &Key) -> String {
    let labels: Vec<String> = key
        .labels()
        .map(|label| format!("{}=\"{}\"", label.key(), escape(label.value())))
        .collect();
    match labels.as_slice() {
        [] => key.name().to_owned(),
        labels => format!("{}{{{}}}", key.name(), labels.join(",")),
    }
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
