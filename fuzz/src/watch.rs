//! Ends the process when one input takes too long, because nothing else can.

use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What is being read.
#[derive(Clone, Default)]
pub(crate) struct Watch(Arc<Mutex<Option<Reading>>>);

struct Reading {
    since: Instant,
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
        *self.now() = Some(Reading { since: Instant::now(), input: input.to_vec() });
        let _done = Done(self);
        run(input);
    }

    fn slow(&self) -> Option<Vec<u8>> {
        let now = self.now();
        let Reading { since, input } = now.as_ref()?;
        (since.elapsed() > TOO_LONG).then(|| input.clone())
    }

    fn now(&self) -> MutexGuard<'_, Option<Reading>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    eprintln!("{name}: {} bytes take over {TOO_LONG:?}: {start}", input.len());
    process::exit(101);
}

const LOOK: Duration = Duration::from_millis(200);
/// Far more than any input takes, also on a busy machine and without optimisation.
const TOO_LONG: Duration = Duration::from_secs(20);
