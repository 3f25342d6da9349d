//! Ends the process when one input takes too long, because nothing else can.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, process, thread};

/// What is being read.
#[derive(Clone, Default)]
pub(crate) struct Watch(Arc<Mutex<Option<Reading>>>);

struct Reading {
    clock: Clock,
    input: Vec<u8>,
}

impl Watch {
    /// Watches what `name` is given for as long as one of its clones lives.
    pub(crate) fn over(name: &'static str) -> Self {
        let watch = Self::default();
        let watched = Arc::downgrade(&watch.0);
        thread::spawn(move || {
            while let Some(now) = watched.upgrade() {
                let slow = Self(now).slow();
                if let Some(input) = slow {
                    tell(name, &input);
                }
                thread::sleep(LOOK);
            }
        });
        watch
    }

    /// Runs `run` on `input`, watched.
    pub(crate) fn run(&self, run: fn(&[u8]), input: &[u8]) {
        *self.now() = Some(Reading { clock: Clock::start(), input: input.to_vec() });
        let _done = Done(self);
        run(input);
    }

    fn slow(&self) -> Option<Vec<u8>> {
        let now = self.now();
        let Reading { clock, input } = now.as_ref()?;
        (clock.elapsed() > TOO_LONG).then(|| input.clone())
    }

    fn now(&self) -> MutexGuard<'_, Option<Reading>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The processor time of a thread, where the system tells it: on a machine that others use too, an hour
/// on the wall says nothing. Elsewhere the time on the wall.
struct Clock {
    task: Option<(PathBuf, Duration)>,
    since: Instant,
}

impl Clock {
    /// Starts now, for the thread that calls.
    fn start() -> Self {
        let task = fs::read_link("/proc/thread-self").ok();
        let task = task.map(|task| Path::new("/proc").join(task).join("schedstat"));
        let task = task.and_then(|task| spent(&task).map(|spent| (task, spent)));
        Self { task, since: Instant::now() }
    }

    fn elapsed(&self) -> Duration {
        let spent = self
            .task
            .as_ref()
            .and_then(|(task, before)| Some(spent(task)?.saturating_sub(*before)));
        spent.unwrap_or_else(|| self.since.elapsed())
    }
}

/// How long a thread has been on a processor.
fn spent(task: &Path) -> Option<Duration> {
    let told = fs::read_to_string(task).ok()?;
    // A system that does not count says nothing but zeros.
    let nanos = told.split(' ').next()?.parse().ok().filter(|nanos| *nanos > 0)?;
    Some(Duration::from_nanos(nanos))
}

/// Whatever way a run ends, it is no longer watched.
struct Done<'a>(&'a Watch);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        *self.0.now() = None;
    }
}

#[expect(clippy::print_stderr, reason = "it is the last thing that this process says")]
fn tell(name: &str, input: &[u8]) {
    let start = input[..input.len().min(400)].escape_ascii();
    eprintln!("{name}: {} bytes take over {TOO_LONG:?} of processor time: {start}", input.len());
    process::exit(101);
}

const LOOK: Duration = Duration::from_millis(200);
/// Far more than any input takes, also without optimisation.
const TOO_LONG: Duration = Duration::from_secs(20);
