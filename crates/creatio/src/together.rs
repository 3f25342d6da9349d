//! Reads of one kind that are asked for while another is under way, made in one call.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use event_listener::Event;
use handover_core::error::Error;

use crate::failure::Failure;

/// One read at a time. Who asks meanwhile waits for the next one, which is made for all of them: a
/// single caller loses nothing, and many at once spend few of the day's calls.
///
/// What a caller is told was read after it asked.
pub(crate) struct Together<K, V> {
    state: Mutex<State<K, V>>,
    done: Event,
}

struct State<K, V> {
    /// Those who ask next.
    next: Arc<Group<K, V>>,
    /// Somebody reads.
    busy: bool,
}

struct Group<K, V> {
    keys: Mutex<Vec<K>>,
    answer: OnceLock<Result<HashMap<K, V>, Failure>>,
}

impl<K: Clone + Eq + Hash, V: Clone> Together<K, V> {
    /// What `read` tells of `key`, if anything. Of all who wait together, one reads for all, and
    /// each is told its failure.
    ///
    /// # Cancel safety
    /// When the one that reads is dropped, another one reads.
    pub(crate) async fn ask<F>(
        &self,
        key: K,
        read: impl FnOnce(Vec<K>) -> F,
    ) -> Result<Option<V>, Error>
    where
        F: Future<Output = Result<HashMap<K, V>, Error>>,
    {
        let group = self.join(key.clone());
        loop {
            let listener = {
                let mut state = self.state();
                match group.answer.get() {
                    Some(Ok(found)) => return Ok(found.get(&key).cloned()),
                    Some(Err(failure)) => return Err(failure.error()),
                    None if state.busy => Some(self.done.listen()),
                    None => {
                        state.busy = true;
                        if Arc::ptr_eq(&state.next, &group) {
                            state.next = Arc::default();
                        }
                        None
                    }
                }
            };
            if let Some(listener) = listener {
                listener.await;
                continue;
            }
            let turn = Turn(self);
            let keys = group.keys().clone();
            let answer = read(keys).await;
            // Nobody else has read for this group: it is the turn's alone.
            let _ = group.answer.set(match &answer {
                Ok(found) => Ok(found.clone()),
                Err(error) => Err(Failure::of(error)),
            });
            drop(turn);
            return answer.map(|mut found| found.remove(&key));
        }
    }

    fn join(&self, key: K) -> Arc<Group<K, V>> {
        let mut state = self.state();
        if state.next.keys().len() >= MOST {
            state.next = Arc::default();
        }
        state.next.keys().push(key);
        Arc::clone(&state.next)
    }
}

impl<K, V> Together<K, V> {
    fn state(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> Group<K, V> {
    fn keys(&self) -> MutexGuard<'_, Vec<K>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> Default for Together<K, V> {
    fn default() -> Self {
        let state = State { next: Arc::default(), busy: false };
        Self { state: Mutex::new(state), done: Event::new() }
    }
}

impl<K, V> Default for Group<K, V> {
    fn default() -> Self {
        Self { keys: Mutex::default(), answer: OnceLock::new() }
    }
}

/// The right to read.
struct Turn<'a, K, V>(&'a Together<K, V>);

impl<K, V> Drop for Turn<'_, K, V> {
    fn drop(&mut self) {
        self.0.state().busy = false;
        self.0.done.notify(usize::MAX);
    }
}

/// How many are read for at once: as many mailboxes as fit the nodes of one filter.
pub(crate) const MOST: usize = 8;

#[cfg(test)]
mod tests;
