//! Running promises.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Builder;

use crate::violation::{Checked, Verdict};

/// One promise about fixtures of type `F`: a name, and the check behind it.
pub struct Promise<F: ?Sized + 'static> {
    /// Its name: the same as that of the function and of the test.
    pub name: &'static str,
    /// Checks it.
    pub check: for<'a> fn(&'a F) -> Checking<'a>,
}

/// A check on its way.
pub type Checking<'a> = Pin<Box<dyn Future<Output = Checked> + Send + 'a>>;

/// Runs a future to its end, with a few worker threads for what it spawns.
///
/// # Panics
/// If the operating system gives no threads.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a test machine has two threads").block_on(future)
}

/// Checks one promise as a test: fails when it is broken, and prints why it was left out.
///
/// # Panics
/// When the promise is broken.
#[expect(clippy::print_stderr, reason = "a skipped promise is printed, never silent")]
pub fn check(name: &str, checking: impl Future<Output = Checked>) {
    match block_on(checking) {
        Ok(Verdict::Kept) => {}
        Ok(Verdict::Skipped(why)) => eprintln!("skipped: {name}: {why}"),
        Err(violation) => panic!("broken promise: {name}: {violation}"),
    }
}

/// Polls `future` at most `polls` times, each time it asks for it, and then drops it.
pub(crate) async fn dropped_after<T>(
    polls: u32,
    future: impl Future<Output = T> + Send,
) -> Option<T> {
    DroppedAfter { polls, future: Some(Box::pin(future)) }.await
}

struct DroppedAfter<F> {
    polls: u32,
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> Future for DroppedAfter<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            self.future = None;
            return Poll::Ready(None);
        }
        self.polls -= 1;
        let last = self.polls == 0;
        let Some(future) = &mut self.future else { return Poll::Ready(None) };
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if last => {
                self.future = None;
                Poll::Ready(None)
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<F: ?Sized> fmt::Debug for Promise<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The table and the macro behind a list of promises.
macro_rules! promises {
    ($kind:ident [$fixture:ty] $($name:ident)*) => {
        /// Every promise, in the order in which the tests are listed.
        pub const PROMISES: &[$crate::Promise<$fixture>] = &[
            $($crate::Promise {
                name: stringify!($name),
                check: |fixture| Box::pin($name(fixture)),
            },)*
        ];
    };
}

/// One test for each name.
#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    ($kind:ident [$fixture:expr] $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                $crate::check(stringify!($name), async {
                    let fixture = $fixture;
                    $crate::$kind::$name(&fixture).await
                });
            }
        )*
    };
}

pub(crate) use promises;
