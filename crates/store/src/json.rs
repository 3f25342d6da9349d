//! Core's types as stored text.

use handover_core::archive::{JobState, JobView};
use handover_core::job::{Job, JobId};
use handover_core::session::{CaseRecord, Conversation, Session};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::nanos::time;

/// Encodes a value.
pub(crate) fn encode(value: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string(value)?)
}

/// Decodes a value.
pub(crate) fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    Ok(serde_json::from_str(text)?)
}

/// A session and its case as stored: their versions lie beside them.
pub(crate) struct RawConversation {
    pub(crate) session: Versioned,
    pub(crate) case: Option<Versioned>,
}

/// An encoded value and its version.
pub(crate) struct Versioned {
    pub(crate) version: u64,
    pub(crate) data: String,
}

/// A job as stored: what changes lies beside it.
pub(crate) struct RawJob {
    pub(crate) id: u64,
    pub(crate) attempts: u32,
    pub(crate) first_at: Option<i64>,
    pub(crate) tried: bool,
    pub(crate) last_at: Option<i64>,
    pub(crate) data: String,
}

/// A job and how it stands, as stored.
pub(crate) struct RawView {
    pub(crate) job: RawJob,
    pub(crate) state: i64,
    pub(crate) reason: Option<Box<str>>,
    pub(crate) not_before: i64,
}

/// How a job stands, as stored.
pub(crate) const WAITING: i64 = 0;
pub(crate) const CLAIMED: i64 = 1;
pub(crate) const PARKED: i64 = 2;
pub(crate) const UNCERTAIN: i64 = 3;

impl RawConversation {
    /// The conversation.
    pub(crate) fn decode(&self) -> Result<Conversation, Failure> {
        let session = self.session.session()?;
        let case = self.case.as_ref().map(Versioned::case).transpose()?;
        Ok(Conversation { session, case })
    }
}

impl Versioned {
    /// The session.
    pub(crate) fn session(&self) -> Result<Session, Failure> {
        let mut session: Session = decode(&self.data)?;
        session.version = self.version;
        Ok(session)
    }

    /// The case.
    pub(crate) fn case(&self) -> Result<CaseRecord, Failure> {
        let mut case: CaseRecord = decode(&self.data)?;
        case.version = self.version;
        Ok(case)
    }
}

impl RawJob {
    /// The job.
    pub(crate) fn decode(&self) -> Result<Job, Failure> {
        let mut job: Job = decode(&self.data)?;
        job.id = JobId(self.id);
        job.attempts = self.attempts;
        job.first_at = self.first_at.map(time);
        job.tried = self.tried;
        job.last_at = self.last_at.map(time);
        Ok(job)
    }
}

impl RawView {
    /// The job and how it stands.
    pub(crate) fn decode(self) -> Result<JobView, Failure> {
        let state = match self.state {
            CLAIMED => JobState::Claimed,
            PARKED => JobState::Parked,
            UNCERTAIN => JobState::Uncertain,
            _ => JobState::Waiting,
        };
        let not_before = time(self.not_before);
        Ok(JobView { job: self.job.decode()?, state, reason: self.reason, not_before })
    }
}
