//! What is known of one tenant.

use std::collections::{HashMap, HashSet, VecDeque};

use chrono::{DateTime, Utc};
use handover_core::event::Holder;
use handover_core::id::SessionId;
use handover_core::job::{JobId, Lane, Work};
use handover_core::message::{Delivery, DeliveryState};
use handover_core::thread::Thread;

/// What is known of one tenant.
#[derive(Debug, Default)]
pub(in crate::simulation) struct Ledger {
    pub(in crate::simulation) said: Said,
    /// Whether conversations of several customers were made one, by a person at the desk.
    pub(in crate::simulation) is_merged: bool,
    /// What customers texted in a conversation that nobody gave to the assistant by name: in which one,
    /// and what had been merged into that one by then.
    pub(in crate::simulation) after_merge: HashMap<String, (String, Vec<String>)>,
    /// Whether a worker stood still for longer than its lease, and woke.
    pub(in crate::simulation) lost_lease: bool,
    /// What was logged, by its text.
    pub(in crate::simulation) logged: HashMap<String, Vec<Logged>>,
    /// How far each part got, as we were told.
    pub(in crate::simulation) deliveries: HashMap<(SessionId, u64, u16), Delivery>,
    /// What the provider reported of each of our texts, by its own name for it.
    pub(in crate::simulation) receipts: HashMap<String, Vec<String>>,
    /// How often a text was seen on a customer's telephone.
    pub(in crate::simulation) phones: HashMap<(String, String), u32>,
    /// How often people closed a case.
    pub(in crate::simulation) closed: HashMap<String, u32>,
    /// How often a case ended a conversation.
    pub(super) ended: HashMap<String, u32>,
    /// The conversations that a desk which hosts them ended, and when the customer of each had
    /// written last.
    pub(in crate::simulation) put_away: Vec<(String, DateTime<Utc>)>,
    /// Whether a customer takes messages, as far as commits tell.
    pub(super) allowed: HashMap<Box<str>, bool>,
    pub(super) sessions: HashMap<SessionId, Known>,
    /// The open session of each customer.
    pub(super) open: HashMap<Box<str>, SessionId>,
    /// The last message of a session that was sent.
    pub(super) sent: HashMap<SessionId, u64>,
    pub(super) lanes: HashMap<Lane, Queue>,
    pub(super) claimed: HashMap<JobId, (Lane, Work)>,
}

/// Where a text stands.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulation) struct Logged {
    pub(in crate::simulation) session: SessionId,
    pub(in crate::simulation) seq: u64,
}

/// What people said, as they know it themselves.
#[derive(Debug, Default)]
pub(in crate::simulation) struct Said {
    count: u32,
    /// What customers said, and who.
    pub(in crate::simulation) customers: HashMap<String, String>,
    pub(in crate::simulation) replies: HashSet<String>,
    /// Notes and drafts.
    pub(in crate::simulation) secrets: HashSet<String>,
    /// Drafts that may still be finished: what the desk calls them, and their text.
    pub(in crate::simulation) drafts: Vec<(String, String)>,
}

/// A session as last committed.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) epoch: u64,
    pub(super) holder: Holder,
    pub(super) reply_thread: Thread,
    pub(super) customer: Box<str>,
    pub(super) is_open: bool,
    pub(super) last_seq: u64,
    /// The latest time at which somebody spoke.
    pub(super) spoken_at: DateTime<Utc>,
    /// The latest time at which the customer wrote.
    pub(super) asked_at: DateTime<Utc>,
}

/// A lane as committed.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) works: VecDeque<Work>,
    /// The lease on it, and until when.
    pub(super) lease: Option<(u64, DateTime<Utc>)>,
}

/// What a customer says to the provider, more than once.
pub(in crate::simulation) const KEYWORDS: [&str; 3] = ["STOP", "START", "HELP"];

impl Said {
    /// A text that nobody has said before.
    pub(in crate::simulation) fn unique(&mut self, kind: &str, mark: &str) -> String {
        self.count += 1;
        format!("{kind} {}{mark}", self.count)
    }

    /// A text that no customer may ever see.
    pub(in crate::simulation) fn secret(&mut self, kind: &str, mark: &str) -> String {
        let text = self.unique(kind, mark);
        self.secrets.insert(text.clone());
        text
    }

    pub(super) fn by_anybody(&self, text: &str) -> bool {
        !KEYWORDS.contains(&text)
            && (self.customers.contains_key(text)
                || self.replies.contains(text)
                || self.secrets.contains(text))
    }
}

impl Ledger {
    /// How many sends of `text` to the customer the provider is known to have taken.
    pub(in crate::simulation) fn taken(&self, customer: &str, text: &str) -> usize {
        let is_theirs = |place: &&Logged| {
            self.sessions.get(&place.session).is_some_and(|known| *known.customer == *customer)
        };
        let places = self.logged.get(text).into_iter().flatten().filter(is_theirs);
        let sends = places.filter_map(|one| self.deliveries.get(&(one.session, one.seq, 0)));
        sends.filter(|delivery| delivery.provider_id.is_some() || is_sent(delivery.state)).count()
    }

    /// Whether somebody has a lease on the lane.
    pub(super) fn is_held(&self, lane: &Lane) -> bool {
        self.lanes.get(lane).is_some_and(|queue| queue.lease.is_some())
    }
}

fn is_sent(state: DeliveryState) -> bool {
    matches!(state, DeliveryState::Accepted | DeliveryState::Sent | DeliveryState::Delivered)
}
