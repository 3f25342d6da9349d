//! One caller at a time for each address.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use event_listener::Event;

/// The addresses that somebody is at work on.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    busy: Mutex<HashSet<String>>,
    done: Event,
}

/// The right to work on an address.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    flights: &'a Flights,
    address: String,
}

impl Flights {
    /// Waits until nobody else works on `address`.
    ///
    /// # Cancel safety
    /// A dropped future or turn lets the next one in.
    pub(super) async fn enter(&self, address: &str) -> Turn<'_> {
        loop {
            let listener = {
                let mut busy = self.busy();
                if busy.insert(address.to_owned()) {
                    return Turn { flights: self, address: address.to_owned() };
                }
                self.done.listen()
            };
            listener.await;
        }
    }

    fn busy(&self) -> MutexGuard<'_, HashSet<String>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.flights.busy().remove(&self.address);
        self.flights.done.notify(usize::MAX);
    }
}
