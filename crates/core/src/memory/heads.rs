//! The heads of lanes, by where they go and when they are due, so that a claim looks at a few.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::shelf::Row;
use crate::archive::JobState;
use crate::job::{Destination, JobId};

/// Where the head of a lane stands in the index: what is most urgent first.
pub(super) type Urgency = (u8, JobId);

/// The heads that are to be done at some time.
#[derive(Default)]
pub(super) struct Heads(BTreeMap<Destination, Queue>);

/// The heads of one destination.
#[derive(Default)]
struct Queue {
    /// By when they are due.
    later: BTreeSet<(DateTime<Utc>, Urgency)>,
    /// Those that were due when somebody last looked.
    ready: BTreeMap<Urgency, DateTime<Utc>>,
}

/// What the index knows of a lane's head.
#[derive(Clone)]
pub(super) struct Place {
    destination: Destination,
    due: DateTime<Utc>,
    urgency: Urgency,
}

impl Heads {
    /// Puts in `place`, in place of what was known before.
    pub(super) fn replace(&mut self, before: Option<&Place>, place: Option<&Place>) {
        if let Some(before) = before
            && let Some(queue) = self.0.get_mut(&before.destination)
        {
            queue.later.remove(&(before.due, before.urgency));
            queue.ready.remove(&before.urgency);
        }
        if let Some(place) = place {
            let queue = self.0.entry(place.destination.clone()).or_default();
            queue.later.insert((place.due, place.urgency));
        }
    }

    /// The most urgent head of a destination that is due.
    pub(super) fn first(&mut self, to: &Destination, now: DateTime<Utc>) -> Option<Urgency> {
        let queue = self.0.get_mut(to)?;
        while let Some((due, urgency)) = queue.later.first().copied().filter(|(due, _)| *due <= now)
        {
            queue.later.pop_first();
            queue.ready.insert(urgency, due);
        }
        // Clocks differ: somebody else's was further.
        queue.ready.iter().find(|(_, due)| **due <= now).map(|(urgency, _)| *urgency)
    }

    /// When each head is due.
    pub(super) fn dues(&self) -> impl Iterator<Item = DateTime<Utc>> {
        self.0.values().flat_map(|queue| {
            let later = queue.later.iter().map(|(due, _)| *due);
            later.chain(queue.ready.values().copied())
        })
    }
}

impl Place {
    /// The place of a head; none while nobody may claim it.
    pub(super) fn of(row: &Row) -> Option<Self> {
        let due = match row.state {
            JobState::Waiting => row.not_before,
            JobState::Claimed => row.lease_until,
            JobState::Parked | JobState::Uncertain => return None,
        };
        let urgency = (row.job.work.priority(&row.job.lane), row.job.id);
        Some(Self { destination: row.job.lane.destination.clone(), due, urgency })
    }
}
