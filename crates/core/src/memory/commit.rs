//! One atomic change: everything is checked before anything is changed.

use chrono::{DateTime, Utc};

use super::shelf::{Row, Shelf};
use crate::archive::JobState;
use crate::directory::Contact;
use crate::feed::Scope;
use crate::id::{EventId, SessionId};
use crate::job::{Destination, Job, JobId, Lane, LaneOwner, NewJob, Work};
use crate::session::{CaseRecord, Conversation, Session};
use crate::store::{Change, Commit, Consent, Settle};

impl Shelf {
    pub(super) fn commit(&mut self, change: Change) -> Commit {
        if let Some(refusal) = self.refusal(&change) {
            return refusal;
        }
        let now = change.now;
        if let Some(event) = change.event {
            self.unrouted.remove(&event);
            self.seen.insert(event);
        }
        self.own.extend(change.own.iter().map(|row| row.row().to_owned()));
        if let Some(Conversation { session, case }) = change.conversation {
            let log = self.messages.entry(session.id).or_default();
            log.extend(change.log);
            for update in &change.updates {
                if let Some(message) = log.iter_mut().find(|message| message.seq == update.seq) {
                    message.apply(&update.what);
                }
            }
            for thread in change.threads {
                let on_thread = self.threads.entry(thread).or_default();
                if !on_thread.contains(&session.id) {
                    on_thread.push(session.id);
                }
            }
            let id = session.id;
            self.put_session(session);
            case.into_iter().for_each(|case| self.put_case(case));
            for job in change.jobs {
                self.add(job, Some(id), now);
            }
        }
        change.consent.into_iter().for_each(|consent| self.put_consent(consent));
        for (source, scope) in change.pokes {
            self.poke(Lane::feed(&source, scope), now);
        }
        if let Some(settle) = change.settle {
            self.settle(&settle);
        }
        if let Some(event) = change.unrouted.filter(|event| !self.is_seen(&event.id)) {
            self.unrouted.insert(event.id.clone(), event);
        }
        Commit::Done
    }

    fn refusal(&self, change: &Change) -> Option<Commit> {
        if change.event.as_ref().is_some_and(|event| self.is_seen(event)) {
            return Some(Commit::Seen);
        }
        if let Some(settle) = &change.settle {
            let is_ours = |id: &JobId| {
                self.jobs.get(id).is_some_and(|row| {
                    row.state == JobState::Claimed && row.token == settle.lease.token
                })
            };
            if !settle.jobs.iter().all(is_ours) {
                return Some(Commit::Lost);
            }
        }
        let conversation = change.conversation.as_ref()?;
        (!self.is_current(conversation)).then_some(Commit::Stale)
    }

    fn is_seen(&self, event: &EventId) -> bool {
        self.seen.contains(event) || self.own.contains(event.row())
    }

    fn is_current(&self, Conversation { session, case }: &Conversation) -> bool {
        let stored = self.sessions.get(&session.id).map_or(0, |stored| stored.version);
        if stored != session.version {
            return false;
        }
        let other = self.open.get(&session.reply_thread).filter(|open| **open != session.id);
        if session.is_open() && other.is_some() {
            return false;
        }
        let Some(case) = case else { return true };
        self.cases.get(&case.id).map_or(0, |stored| stored.version) == case.version
    }

    fn put_session(&mut self, mut session: Session) {
        if session.version == 0 {
            let reference = session.contact.0.to_string();
            if !self.contacts.iter().any(|(_, contact)| *contact.reference == *reference) {
                self.contacts.push((session.customer.clone(), Contact::new(reference, None)));
            }
        }
        session.version += 1;
        if session.is_open() {
            self.open.insert(session.reply_thread.clone(), session.id);
        } else if self.open.get(&session.reply_thread) == Some(&session.id) {
            self.open.remove(&session.reply_thread);
        }
        self.sessions.insert(session.id, session);
    }

    fn put_case(&mut self, mut case: CaseRecord) {
        if self.cases.get(&case.id) == Some(&case) {
            return;
        }
        case.version += 1;
        self.cases.insert(case.id, case);
    }

    fn put_consent(&mut self, consent: Consent) {
        let address = (consent.channel.clone(), consent.address.clone());
        if self.consent.get(&address).is_none_or(|known| known.at <= consent.at) {
            self.consent.insert(address, consent);
        }
    }

    fn add(&mut self, new: NewJob, session: Option<SessionId>, now: DateTime<Utc>) {
        self.last_job += 1;
        let id = JobId(self.last_job);
        let lane = new.lane.clone();
        self.lanes.entry(lane.clone()).or_default().jobs.push_back(id);
        let job = Job {
            id,
            session,
            lane: new.lane,
            work: new.work,
            fence: new.fence,
            created_at: now,
            attempts: 0,
            first_at: None,
            tried: false,
            last_at: None,
        };
        let row = Row {
            job,
            state: JobState::Waiting,
            not_before: now,
            token: 0,
            lease_until: now,
            reason: None,
        };
        self.jobs.insert(id, row);
        self.index(&lane);
    }

    fn poke(&mut self, lane: Lane, now: DateTime<Utc>) {
        let waits =
            |id: &JobId| self.jobs.get(id).is_some_and(|row| row.state == JobState::Waiting);
        if !self.lanes.get(&lane).is_some_and(|queue| queue.jobs.iter().any(waits)) {
            self.add(NewJob::new(lane, Work::Pull), None, now);
        }
    }

    fn settle(&mut self, settle: &Settle) {
        if let Some(claimed) = self.claims.get_mut(&settle.lease.token) {
            claimed.retain(|id| !settle.jobs.contains(id));
        }
        self.claims.retain(|_, claimed| !claimed.is_empty());
        for id in &settle.jobs {
            let Some(row) = self.jobs.get_mut(id) else { continue };
            let lane = row.job.lane.clone();
            if let (Some(cursor), Destination::Feed(source), LaneOwner::Feed(Scope::All)) =
                (&settle.cursor, &lane.destination, &lane.owner)
            {
                self.cursors.insert(source.clone(), cursor.clone());
            }
            if settle.uncertain {
                row.state = JobState::Uncertain;
            } else {
                self.jobs.remove(id);
            }
            self.leave(&lane, *id);
        }
    }

    /// Takes a job out of its lane.
    pub(super) fn leave(&mut self, lane: &Lane, id: JobId) {
        if let Some(queue) = self.lanes.get_mut(lane) {
            queue.jobs.retain(|job| *job != id);
            self.index(lane);
        }
        if self.lanes.get(lane).is_some_and(|queue| queue.jobs.is_empty()) {
            self.lanes.remove(lane);
        }
    }
}
