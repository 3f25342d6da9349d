//! Claims and deferrals.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::heads::Urgency;
use super::shelf::{Row, Shelf};
use crate::archive::JobState;
use crate::channel::Account;
use crate::event::Source;
use crate::feed::{Cursor, Scope};
use crate::id::TenantId;
use crate::job::{Destination, Job, JobId, LaneOwner, Withheld, Work};
use crate::session::Conversation;
use crate::store::{Claim, Commit, Deferral, Lease, Pause, Served};

impl Shelf {
    pub(super) fn claim(
        &mut self,
        tenant: &TenantId,
        served: &[Served],
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Option<Claim> {
        let (head, served) = self.head(served, now)?;
        self.spend(&served.account, now);
        self.last_token += 1;
        let token = self.last_token;
        let lease_until = now + TimeDelta::from_std(lease).unwrap_or(TimeDelta::MAX);
        let mut jobs: Vec<Job> = Vec::new();
        let batch = self.batch(head, served.batch);
        for id in &batch {
            // A batch is made of jobs that are in the map.
            let Some(row) = self.jobs.get_mut(id) else { continue };
            if row.state == JobState::Claimed {
                row.job.tried = true;
                row.job.last_at = Some(row.lease_until);
                let lost = row.token;
                self.claims.entry(lost).and_modify(|ids| ids.retain(|known| known != id));
            }
            row.job.attempts += 1;
            row.job.first_at.get_or_insert(now);
            row.state = JobState::Claimed;
            row.token = token;
            row.lease_until = lease_until;
            jobs.push(row.job.clone());
        }
        self.claims.insert(token, batch);
        let first = jobs.first()?;
        self.index(&first.lane);
        let conversation = first.session.and_then(|session| self.conversation(session));
        let withheld = conversation.as_ref().and_then(|c| self.withheld(first, c));
        let cursor = match (&first.lane.owner, &first.lane.destination) {
            (LaneOwner::Feed(Scope::All), Destination::Feed(source)) => self.cursor(source),
            _ => None,
        };
        let lease = Lease { tenant: tenant.clone(), token };
        Some(Claim { lease, until: lease_until, jobs, conversation, withheld, cursor })
    }

    pub(super) fn defer(&mut self, deferral: Deferral) -> Commit {
        let token = deferral.lease.token;
        let mut found = false;
        let mut lane = None;
        for id in self.claims.remove(&token).unwrap_or_default() {
            let row = self.jobs.get_mut(&id).filter(|row| row.is_claimed_under(token));
            let Some(row) = row else { continue };
            lane = Some(row.job.lane.clone());
            // One parked job holds its lane: a person takes up one.
            let is_parked = deferral.parked && !found;
            row.state = if is_parked { JobState::Parked } else { JobState::Waiting };
            row.reason.clone_from(&deferral.reason);
            found = true;
            row.not_before = deferral.until;
            row.job.tried |= deferral.tried;
            row.job.last_at = deferral.began.or(row.job.last_at);
            if !deferral.counted {
                row.job.attempts -= 1;
            }
        }
        let Some(lane) = lane else { return Commit::Lost };
        self.index(&lane);
        if let Some(pause) = deferral.pause {
            self.pause(pause);
        }
        Commit::Done
    }

    fn head<'a>(
        &mut self,
        served: &'a [Served],
        now: DateTime<Utc>,
    ) -> Option<(JobId, &'a Served)> {
        let mut best: Option<(Urgency, &Served)> = None;
        for one in served {
            if !self.may_call(&one.account, now) {
                continue;
            }
            let Some(urgency) = self.heads.first(&one.destination, now) else { continue };
            if best.is_none_or(|(known, _)| urgency < known) {
                best = Some((urgency, one));
            }
        }
        best.map(|((_, head), served)| (head, served))
    }

    fn batch(&self, head: JobId, limit: usize) -> Vec<JobId> {
        let Some(first) = self.jobs.get(&head) else { return Vec::new() };
        let behind =
            self.lanes.get(&first.job.lane).into_iter().flat_map(|queue| &queue.jobs).skip(1);
        let along = behind.take_while(|id| {
            self.jobs
                .get(id)
                .is_some_and(|row| row.state != JobState::Parked && first.job.takes_along(&row.job))
        });
        std::iter::once(head).chain(along.copied()).take(limit.max(1)).collect()
    }

    fn withheld(&self, job: &Job, conversation: &Conversation) -> Option<Withheld> {
        let session = &conversation.session;
        let address = (session.channel.clone(), session.customer.value.clone());
        let is_send = matches!(job.work, Work::Send { .. });
        if is_send && self.consent.get(&address).is_some_and(|consent| !consent.allowed) {
            return Some(Withheld::OptedOut);
        }
        let is_stale = job.fence.is_some_and(|epoch| epoch != session.control.epoch);
        is_stale.then_some(Withheld::Overtaken)
    }

    fn cursor(&self, source: &Source) -> Option<Cursor> {
        self.cursors.get(source).cloned()
    }

    fn may_call(&self, account: &Account, now: DateTime<Utc>) -> bool {
        let Some(state) = self.accounts.get(&account.id) else { return true };
        if state.is_paused(now) {
            return false;
        }
        let (Some(rate), Some(whole_at)) = (account.per_second, state.whole_at) else {
            return true;
        };
        let burst = (rate.max(1.0) - 1.0) / rate;
        whole_at <= now + seconds(burst)
    }

    fn spend(&mut self, account: &Account, now: DateTime<Utc>) {
        let Some(rate) = account.per_second else { return };
        let state = self.accounts.entry(account.id.clone()).or_default();
        let from = state.whole_at.map_or(now, |whole_at| whole_at.max(now));
        state.whole_at = Some(from + seconds(1.0 / rate));
    }

    fn pause(&mut self, pause: Pause) {
        let state = self.accounts.entry(pause.account.clone()).or_default();
        let lasts_longer =
            state.pause.as_ref().is_some_and(|known| match (known.until, pause.until) {
                (None, _) => true,
                (Some(known), Some(new)) => known > new,
                (Some(_), None) => false,
            });
        if !lasts_longer {
            state.pause = Some(pause);
        }
    }
}

impl Row {
    fn is_claimed_under(&self, token: u64) -> bool {
        self.state == JobState::Claimed && self.token == token
    }
}

fn seconds(seconds: f64) -> TimeDelta {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .and_then(|duration| TimeDelta::from_std(duration).ok())
        .unwrap_or(TimeDelta::MAX)
}
