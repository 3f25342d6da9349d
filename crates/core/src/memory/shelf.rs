//! What is kept for one tenant.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use chrono::{DateTime, Utc};

use super::heads::{Heads, Place};
use crate::archive::JobState;
use crate::directory::Contact;
use crate::event::{Event, Source};
use crate::feed::Cursor;
use crate::id::{AccountId, CaseId, ChannelId, EventId, SessionId};
use crate::identity::Identity;
use crate::job::{Job, JobId, Lane};
use crate::message::Message;
use crate::session::{CaseRecord, Conversation, Session};
use crate::store::{Consent, Due, Pause};
use crate::thread::{Side, Thread};

#[derive(Default)]
pub(super) struct Shelf {
    pub(super) seen: HashSet<EventId>,
    pub(super) own: HashSet<String>,
    pub(super) sessions: HashMap<SessionId, Session>,
    pub(super) cases: HashMap<CaseId, CaseRecord>,
    pub(super) messages: HashMap<SessionId, Vec<Message>>,
    pub(super) threads: HashMap<Thread, Vec<SessionId>>,
    /// The open session on each reply thread.
    pub(super) open: HashMap<Thread, SessionId>,
    pub(super) consent: HashMap<(ChannelId, Box<str>), Consent>,
    pub(super) contacts: Vec<(Identity, Contact)>,
    pub(super) jobs: BTreeMap<JobId, Row>,
    pub(super) lanes: BTreeMap<Lane, Queue>,
    pub(super) heads: Heads,
    /// What is claimed under each token.
    pub(super) claims: HashMap<u64, Vec<JobId>>,
    pub(super) accounts: HashMap<AccountId, AccountState>,
    pub(super) cursors: HashMap<Source, Cursor>,
    pub(super) unrouted: BTreeMap<EventId, Event>,
    pub(super) last_job: u64,
    pub(super) last_token: u64,
}

/// The jobs of a lane, in order.
#[derive(Default)]
pub(super) struct Queue {
    pub(super) jobs: VecDeque<JobId>,
    /// What the index knows of the first.
    place: Option<Place>,
}

pub(super) struct Row {
    pub(super) job: Job,
    pub(super) state: JobState,
    pub(super) not_before: DateTime<Utc>,
    pub(super) token: u64,
    pub(super) lease_until: DateTime<Utc>,
    pub(super) reason: Option<Box<str>>,
}

#[derive(Default)]
pub(super) struct AccountState {
    pub(super) pause: Option<Pause>,
    /// When the budget would be whole again, had nothing more been claimed.
    pub(super) whole_at: Option<DateTime<Utc>>,
}

impl AccountState {
    pub(super) fn is_paused(&self, now: DateTime<Utc>) -> bool {
        self.pause.as_ref().is_some_and(|pause| pause.until.is_none_or(|until| until > now))
    }
}

impl Shelf {
    pub(super) fn load(&self, threads: &[Thread]) -> Vec<Conversation> {
        let mut found: Vec<SessionId> = Vec::new();
        for thread in threads {
            let on_thread = self.on(thread);
            let open = on_thread
                .iter()
                .copied()
                .filter(|id| self.is_open(*id))
                .max_by_key(|id| self.age(*id));
            let newest = on_thread.iter().copied().max_by_key(|id| self.age(*id));
            found.extend(open.into_iter().chain(newest));
        }
        for id in found.clone() {
            let reply_thread = self.sessions.get(&id).map(|session| &session.reply_thread);
            found.extend(reply_thread.and_then(|thread| self.open.get(thread)));
        }
        let mut once = HashSet::new();
        found.retain(|id| once.insert(*id));
        found.into_iter().filter_map(|id| self.conversation(id)).collect()
    }

    pub(super) fn conversation(&self, id: SessionId) -> Option<Conversation> {
        let session = self.sessions.get(&id)?.clone();
        let case = session.case.and_then(|case| self.cases.get(&case)).cloned();
        Some(Conversation { session, case })
    }

    pub(super) fn due(&self, now: DateTime<Utc>, limit: usize) -> Due {
        let wakes = || self.sessions.values().filter_map(|s| s.wake.map(|wake| (wake, s.id)));
        let mut sessions: Vec<_> = wakes().filter(|(wake, _)| *wake <= now).collect();
        sessions.sort_unstable();
        sessions.truncate(limit);
        let is_found =
            |event: &&Event| event.threads.iter().any(|thread| !self.on(thread).is_empty());
        let events = self.unrouted.values().filter(is_found).take(limit).cloned().collect();
        let pauses = self.accounts.values().filter_map(|account| account.pause.as_ref()?.until);
        let turns = wakes().map(|(wake, _)| wake).chain(self.heads.dues()).chain(pauses);
        let next = turns.filter(|at| *at > now).min();
        Due { sessions: sessions.into_iter().map(|(_, id)| id).collect(), events, next }
    }

    /// Takes in that the head of a lane is another one, or has changed.
    pub(super) fn index(&mut self, lane: &Lane) {
        let Some(queue) = self.lanes.get_mut(lane) else { return };
        let head = queue.jobs.front().and_then(|id| self.jobs.get(id));
        let place = head.and_then(Place::of);
        self.heads.replace(queue.place.as_ref(), place.as_ref());
        queue.place = place;
    }

    fn on(&self, thread: &Thread) -> Vec<SessionId> {
        if thread.side == Side::Session {
            return thread
                .as_session()
                .filter(|id| self.sessions.contains_key(id))
                .into_iter()
                .collect();
        }
        self.threads.get(thread).cloned().unwrap_or_default()
    }

    fn is_open(&self, id: SessionId) -> bool {
        self.sessions.get(&id).is_some_and(Session::is_open)
    }

    fn age(&self, id: SessionId) -> Option<(DateTime<Utc>, SessionId)> {
        self.sessions.get(&id).map(|session| (session.created_at, id))
    }
}
