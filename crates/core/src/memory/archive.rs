//! Reading what is kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::MemoryStore;
use super::shelf::{Row, Shelf};
use crate::archive::{Archive, Counts, JobState, JobView, Jobs};
use crate::directory::Contact;
use crate::error::Error;
use crate::id::{AccountId, EventId, SessionId, TenantId};
use crate::identity::Identity;
use crate::job::JobId;
use crate::message::{Copy, Message};
use crate::session::{Session, SessionState};
use crate::store::Pause;

#[async_trait]
impl Archive for MemoryStore {
    async fn messages(
        &self,
        tenant: &TenantId,
        session: SessionId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Message>, Error> {
        Ok(self.with(tenant, |shelf| {
            let log = shelf.messages.get(&session).into_iter().flatten();
            log.filter(|message| message.seq > after).take(limit).cloned().collect()
        }))
    }

    async fn message_of(
        &self,
        tenant: &TenantId,
        event: &EventId,
    ) -> Result<Option<(SessionId, Message)>, Error> {
        Ok(self.with(tenant, |shelf| {
            let mut all = shelf.messages.iter().flat_map(|(id, log)| log.iter().map(|m| (*id, m)));
            let found = all.find(|(_, message)| message.event.as_ref() == Some(event));
            found.map(|(session, message)| (session, message.clone()))
        }))
    }

    async fn sessions(
        &self,
        tenant: &TenantId,
        open_only: bool,
        before: Option<DateTime<Utc>>,
        limit: usize,
    ) -> Result<Vec<Session>, Error> {
        Ok(self.with(tenant, |shelf| {
            let wanted = |session: &&Session| {
                (!open_only || session.is_open())
                    && before.is_none_or(|before| session.created_at < before)
            };
            let mut found: Vec<Session> = shelf.sessions.values().filter(wanted).cloned().collect();
            found.sort_by_key(|session| (std::cmp::Reverse(session.created_at), session.id));
            found.truncate(limit);
            found
        }))
    }

    async fn jobs(
        &self,
        tenant: &TenantId,
        which: Jobs,
        limit: usize,
    ) -> Result<Vec<JobView>, Error> {
        Ok(self.with(tenant, |shelf| {
            let wanted = |row: &&Row| match which {
                Jobs::Failing => {
                    let is_held = matches!(row.state, JobState::Parked | JobState::Uncertain);
                    row.reason.is_some() && !is_held
                }
                Jobs::Parked => row.state == JobState::Parked,
                Jobs::Session(session) => row.job.session == Some(session),
                Jobs::Uncertain => row.state == JobState::Uncertain,
            };
            shelf.jobs.values().filter(wanted).take(limit).map(Row::view).collect()
        }))
    }

    async fn pauses(&self, tenant: &TenantId) -> Result<Vec<Pause>, Error> {
        Ok(self.with(tenant, |shelf| {
            let pauses = shelf.accounts.values().filter_map(|account| account.pause.clone());
            pauses.collect()
        }))
    }

    async fn replay(
        &self,
        tenant: &TenantId,
        job: JobId,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let found = self.with(tenant, |shelf| {
            let row = shelf.jobs.get_mut(&job).filter(|row| row.state == JobState::Parked);
            let Some(row) = row else { return false };
            row.state = JobState::Waiting;
            row.not_before = now;
            row.reason = None;
            row.job.attempts = 0;
            row.job.first_at = None;
            let lane = row.job.lane.clone();
            shelf.index(&lane);
            true
        });
        self.changed.notify(usize::MAX);
        Ok(found)
    }

    async fn resume(&self, tenant: &TenantId, account: &AccountId) -> Result<(), Error> {
        self.with(tenant, |shelf| {
            if let Some(state) = shelf.accounts.get_mut(account) {
                state.pause = None;
            }
        });
        self.changed.notify(usize::MAX);
        Ok(())
    }

    async fn decided(&self, tenant: &TenantId, job: JobId) -> Result<bool, Error> {
        Ok(self.with(tenant, |shelf| {
            let is_there = shelf.jobs.get(&job).is_some_and(|r| r.state == JobState::Uncertain);
            is_there && shelf.jobs.remove(&job).is_some()
        }))
    }

    async fn forget(&self, tenant: &TenantId, session: SessionId) -> Result<Vec<String>, Error> {
        Ok(self.with(tenant, |shelf| shelf.forget(session)))
    }

    async fn forget_before(
        &self,
        tenant: &TenantId,
        time: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        Ok(self.with(tenant, |shelf| {
            shelf.unrouted.retain(|_, event| event.at >= time);
            let ended = |session: &&Session| {
                matches!(session.state, SessionState::Resolved { at, .. } if at < time)
            };
            let ids: Vec<_> =
                shelf.sessions.values().filter(ended).map(|s| s.id).take(limit).collect();
            ids.into_iter().flat_map(|id| shelf.forget(id)).collect()
        }))
    }

    async fn contacts(
        &self,
        tenant: &TenantId,
        identity: &Identity,
    ) -> Result<Vec<Contact>, Error> {
        Ok(self.with(tenant, |shelf| {
            let same =
                |known: &Identity| known.scheme == identity.scheme && known.value == identity.value;
            let found = shelf.contacts.iter().filter(|(known, _)| same(known));
            found.map(|(_, contact)| contact.clone()).collect()
        }))
    }

    async fn counts(&self, tenant: &TenantId) -> Result<Counts, Error> {
        Ok(self.with(tenant, |shelf| {
            let in_state =
                |state| shelf.jobs.values().filter(|row| row.state == state).count() as u64;
            Counts {
                open_sessions: shelf.open.len() as u64,
                jobs: in_state(JobState::Waiting) + in_state(JobState::Claimed),
                parked: in_state(JobState::Parked),
                uncertain: in_state(JobState::Uncertain),
                unrouted: shelf.unrouted.len() as u64,
            }
        }))
    }
}

impl Shelf {
    fn forget(&mut self, id: SessionId) -> Vec<String> {
        let Some(session) = self.sessions.remove(&id) else { return Vec::new() };
        if self.open.get(&session.reply_thread) == Some(&id) {
            self.open.remove(&session.reply_thread);
        }
        self.threads.retain(|_, sessions| {
            sessions.retain(|session| *session != id);
            !sessions.is_empty()
        });
        if !self.sessions.values().any(|other| other.contact == session.contact) {
            let reference = session.contact.0.to_string();
            self.contacts.retain(|(_, contact)| *contact.reference != *reference);
        }
        let is_shared = |case| self.sessions.values().any(|other| other.case == Some(case));
        if let Some(case) = session.case.filter(|case| !is_shared(*case)) {
            self.cases.remove(&case);
        }
        let jobs: Vec<_> = self
            .jobs
            .values()
            .filter(|row| row.job.session == Some(id))
            .map(|row| (row.job.lane.clone(), row.job.id))
            .collect();
        for (lane, job) in jobs {
            self.jobs.remove(&job);
            self.leave(&lane, job);
        }
        let files = self.messages.remove(&id).unwrap_or_default().into_iter().flat_map(|m| m.files);
        files
            .filter_map(|file| if let Copy::Stored(name) = file.copy { Some(name) } else { None })
            .collect()
    }
}

impl Row {
    fn view(&self) -> JobView {
        JobView {
            job: self.job.clone(),
            state: self.state,
            reason: self.reason.clone(),
            not_before: self.not_before,
        }
    }
}
