//! A change as it travels to where it is written: encoded by the caller, so that the writer need not.

use handover_core::job::{Job, JobId, NewJob};
use handover_core::session::{CaseRecord, Session};
use handover_core::store::Change;

use crate::failure::Failure;
use crate::json::encode;

/// A change and its encoded parts.
pub(crate) struct Encoded {
    pub(crate) change: Change,
    pub(crate) session: Option<String>,
    pub(crate) case: Option<String>,
    pub(crate) log: Vec<String>,
    pub(crate) jobs: Vec<String>,
    pub(crate) unrouted: Option<String>,
}

impl Encoded {
    /// Encodes a change.
    pub(crate) fn new(change: Change) -> Result<Self, Failure> {
        let conversation = change.conversation.as_ref();
        let session = conversation.map(|c| encode_session(&c.session)).transpose()?;
        let case = conversation.and_then(|c| c.case.as_ref()).map(encode_case).transpose()?;
        let log = change.log.iter().map(encode).collect::<Result<_, _>>()?;
        let owner = conversation.map(|c| &c.session);
        let job = |new| encode_job(new, owner, &change);
        let jobs = change.jobs.iter().map(job).collect::<Result<_, _>>()?;
        let unrouted = change.unrouted.as_ref().map(encode).transpose()?;
        Ok(Self { session, case, log, jobs, unrouted, change })
    }
}

/// Encodes a new job.
pub(crate) fn encode_job(
    new: &NewJob,
    session: Option<&Session>,
    change: &Change,
) -> Result<String, Failure> {
    encode(&Job {
        id: JobId(0),
        session: session.map(|session| session.id),
        lane: new.lane.clone(),
        work: new.work.clone(),
        fence: new.fence,
        created_at: change.now,
        attempts: 0,
        first_at: None,
        tried: false,
        last_at: None,
    })
}

/// The version is kept beside it.
fn encode_session(session: &Session) -> Result<String, Failure> {
    encode(&Session { version: 0, ..session.clone() })
}

/// The version is kept beside it, so that equal cases have equal texts.
fn encode_case(case: &CaseRecord) -> Result<String, Failure> {
    encode(&CaseRecord { version: 0, ..case.clone() })
}
