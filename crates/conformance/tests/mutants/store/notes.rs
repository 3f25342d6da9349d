//! What a broken store remembers in order to be wrong.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use handover_core::event::Source;
use handover_core::feed::{Cursor, Scope};
use handover_core::id::{EventId, SessionId, TenantId};
use handover_core::job::{JobId, LaneOwner};
use handover_core::session::Conversation;
use handover_core::store::{Claim, Lease};

/// What is read of which feed.
pub(super) type Reading = (Source, Scope);

#[derive(Default)]
pub(super) struct Notes {
    /// When an event was handled, whoever's it was.
    pub(super) seen: HashMap<EventId, (TenantId, DateTime<Utc>)>,
    /// The leases that were given out: until when, and what they read.
    pub(super) leases: HashMap<Lease, (DateTime<Utc>, Option<Reading>)>,
    /// The scopes that are being read.
    pub(super) reading: HashSet<Reading>,
    /// The cursors that anybody ever told.
    pub(super) cursors: HashMap<Source, Cursor>,
    /// The conversations as they were first given out.
    pub(super) conversations: HashMap<SessionId, Conversation>,
    /// The jobs that were taken up again.
    pub(super) replayed: HashSet<JobId>,
    /// The claim that was made last.
    pub(super) last: Option<Claim>,
    /// How many cases were stored.
    pub(super) cases: u32,
}

impl Notes {
    /// Writes down a claim.
    pub(super) fn claimed(&mut self, claim: &Claim, until: DateTime<Utc>) {
        let lane = &claim.jobs[0].lane;
        let read = match (&lane.destination, &lane.owner) {
            (handover_core::job::Destination::Feed(source), LaneOwner::Feed(scope)) => {
                Some((source.clone(), scope.clone()))
            }
            _ => None,
        };
        self.reading.extend(read.clone());
        self.leases.insert(claim.lease.clone(), (until, read));
        self.last = Some(claim.clone());
    }

    /// What is read under a lease.
    pub(super) fn read_under(&self, lease: &Lease) -> Option<Reading> {
        self.leases.get(lease).and_then(|(_, read)| read.clone())
    }
}
