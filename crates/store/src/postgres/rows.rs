//! The rows that a group of changes writes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use handover_core::event::Event;
use handover_core::session::Session;
use handover_core::store::Consent;
use uuid::Uuid;

/// Rows by their table. Those that others may write too are sorted, so that all write them in one
/// order.
#[derive(Debug, Default)]
pub(super) struct Rows<'a> {
    pub(super) cases: BTreeMap<Uuid, (i64, &'a str)>,
    pub(super) new_sessions: Vec<SessionRow<'a>>,
    pub(super) old_sessions: BTreeMap<Uuid, SessionRow<'a>>,
    pub(super) threads: BTreeMap<(String, Uuid), i64>,
    /// Names under which a session is found from now on.
    pub(super) found: BTreeSet<String>,
    pub(super) log: BTreeMap<(Uuid, i64), Cow<'a, str>>,
    pub(super) updated: BTreeMap<(Uuid, i64), String>,
    pub(super) marks: BTreeMap<&'a str, Mark>,
    pub(super) consents: BTreeMap<(&'a str, &'a str), &'a Consent>,
    pub(super) jobs: Vec<JobRow<'a>>,
    /// Jobs that end.
    pub(super) done: Vec<i64>,
    /// Jobs that leave their lane, uncertain.
    pub(super) aside: Vec<i64>,
    /// Lanes in which a job has ended, and when.
    pub(super) freed: BTreeMap<String, i64>,
    pub(super) cursors: BTreeMap<String, &'a str>,
    pub(super) handled: Vec<&'a str>,
    pub(super) stranded: BTreeMap<&'a str, (&'a Event, &'a str)>,
}

/// A session.
#[derive(Debug)]
pub(super) struct SessionRow<'a> {
    pub(super) id: Uuid,
    pub(super) version: i64,
    pub(super) created: i64,
    pub(super) ended: Option<i64>,
    pub(super) wake: Option<i64>,
    pub(super) case: Option<Uuid>,
    pub(super) reply: String,
    pub(super) session: &'a Session,
    pub(super) data: &'a str,
}

/// What is known about an event's id.
#[derive(Debug, Default)]
pub(super) struct Mark {
    pub(super) kinds: i16,
    pub(super) message: Option<(Uuid, i64)>,
}

/// A new job.
#[derive(Debug)]
pub(super) struct JobRow<'a> {
    pub(super) session: Option<Uuid>,
    pub(super) lane: String,
    pub(super) destination: String,
    pub(super) priority: i16,
    pub(super) alike: i16,
    pub(super) fence: Option<i64>,
    pub(super) head: bool,
    pub(super) now: i64,
    pub(super) data: Cow<'a, str>,
}

impl<'a> Rows<'a> {
    /// Gives a session a name.
    pub(super) fn name(&mut self, thread: String, created: i64, session: Uuid) {
        self.found.insert(thread.clone());
        self.threads.insert((thread, session), created);
    }

    /// Replaces a message, which may be new itself.
    pub(super) fn update(&mut self, key: (Uuid, i64), data: String) {
        match self.log.get_mut(&key) {
            Some(fresh) => *fresh = data.into(),
            None => drop(self.updated.insert(key, data)),
        }
    }

    /// Drops an event from those that belong nowhere.
    pub(super) fn handled(&mut self, event: &'a str) {
        self.stranded.remove(event);
        self.handled.push(event);
    }

    /// Stores an event that belongs nowhere.
    pub(super) fn strand(&mut self, event: &'a Event, data: &'a str) {
        self.stranded.insert(event.id.as_str(), (event, data));
    }
}
