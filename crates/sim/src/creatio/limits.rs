//! What a tenant allows, and how far it lags behind.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use http::StatusCode;

use super::config::Builder;
use super::fail::Fail;
use super::{Creatio, Quirk, State};

/// What a user does with the rows of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Operation {
    /// Removing.
    Delete,
    /// Adding.
    Insert,
    /// Reading.
    Read,
    /// Changing.
    Update,
}

/// What may be uploaded: the system setting `FileSecurityMode`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileSecurity {
    /// Only these extensions, in lower case.
    Allow(Vec<String>),
    /// All but these extensions, in lower case.
    Deny(Vec<String>),
    /// Anything.
    #[default]
    Off,
}

#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) rows: usize,
    pub(crate) ram_rows: Option<usize>,
    pub(crate) body: Option<usize>,
    pub(crate) daily: Option<(u64, u16)>,
    pub(crate) file: usize,
    pub(crate) security: FileSecurity,
    pub(crate) skew: TimeDelta,
    pub(crate) lag: Duration,
    pub(crate) denied: BTreeSet<(String, Operation)>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rows: 20_000,
            ram_rows: None,
            body: None,
            daily: None,
            file: 10 * 1024 * 1024,
            security: FileSecurity::Off,
            skew: TimeDelta::zero(),
            lag: Duration::ZERO,
            denied: BTreeSet::new(),
        }
    }
}

impl Builder {
    /// The most rows of one answer, `MaxEntityRowCount`; 20,000 when not called. What is over it is
    /// cut off without a word, or see [`Quirk::RowCapIsError`].
    #[must_use]
    pub fn max_rows(mut self, rows: usize) -> Self {
        self.limits.rows = rows;
        self
    }

    /// A list of more rows than this needs more memory than allowed, and is a 500 that says so.
    #[must_use]
    pub fn ram_limit(mut self, rows: usize) -> Self {
        self.limits.ram_rows = Some(rows);
        self
    }

    /// A request with a longer body, in bytes, is a 413; no limit when not called.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.limits.body = Some(bytes);
        self
    }

    /// The system setting `MaxFileSize`, in bytes; 10 MiB when not called.
    #[must_use]
    pub fn max_file(mut self, bytes: usize) -> Self {
        self.limits.file = bytes;
        self
    }

    /// What may be uploaded; anything when not called.
    #[must_use]
    pub fn file_security(mut self, security: FileSecurity) -> Self {
        self.limits.security = security;
        self
    }

    /// The server's clock is this much ahead of everybody's: in `ModifiedOn` and the like, and in
    /// the header `Date`.
    #[must_use]
    pub fn clock_skew(mut self, ahead: TimeDelta) -> Self {
        self.limits.skew = ahead;
        self
    }

    /// A tenant with a quirk from the start.
    #[must_use]
    pub fn quirk(mut self, quirk: Quirk) -> Self {
        self.quirks.insert(quirk);
        self
    }
}

impl Creatio {
    /// Switches a quirk on or off.
    pub fn quirk(&self, quirk: Quirk, is_on: bool) {
        let quirks = &mut self.state().tenant.quirks;
        if is_on {
            quirks.insert(quirk);
        } else {
            quirks.remove(&quirk);
        }
    }

    /// Refuses an operation on an object to the integration's user: 403.
    pub fn deny(&self, entity: &str, operation: Operation) {
        self.state().tenant.limits.denied.insert((entity.to_owned(), operation));
    }

    /// Grants everything again that [`Creatio::deny`] took.
    pub fn grant(&self) {
        self.state().tenant.limits.denied.clear();
    }

    /// OData calls a day, each item of a batch being one, and the status beyond; `None` is no
    /// limit. The day is UTC's. A batch that begins below the limit is performed whole.
    pub fn limit_calls(&self, limit: Option<(u64, u16)>) {
        self.state().tenant.limits.daily = limit;
    }

    /// From now on no read sees a write before this time has passed; it sees the row as it was.
    pub fn set_read_lag(&self, lag: Duration) {
        self.state().tenant.limits.lag = lag;
    }
}

impl State {
    /// Counts a call of OData, unless the day's calls are used up.
    pub(crate) fn meter(
        &mut self,
        calls: usize,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), Fail> {
        let counted = self.meter.entry(now.date_naive()).or_default();
        if let Some((limit, status)) = self.tenant.limits.daily
            && *counted >= limit
        {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::TOO_MANY_REQUESTS);
            return Err(Fail::plain(status, "The daily limit of OData requests is exceeded."));
        }
        *counted += u64::try_from(calls).unwrap_or(u64::MAX);
        Ok(())
    }
}

impl Limits {
    pub(crate) fn check(&self, entity: &str, operation: Operation) -> Result<(), Fail> {
        if !self.denied.contains(&(entity.to_owned(), operation)) {
            return Ok(());
        }
        let verb = match operation {
            Operation::Delete => "delete",
            Operation::Insert => "insert",
            Operation::Read => "read",
            Operation::Update => "update",
        };
        Err(Fail::forbidden(format!(
            "Current user does not have permissions for the \"{verb}\" operation over the \
             \"{entity}\" object"
        )))
    }

    /// Why a file of this name and size is not taken, in the words of the server.
    pub(crate) fn refuse_file(&self, name: &str, size: usize) -> Option<(&'static str, String)> {
        if size > self.file {
            let megabytes = self.file / (1024 * 1024);
            return Some((
                "MaxFileSizeExceededException",
                format!("The file exceeds the maximum size of {megabytes} MB."),
            ));
        }
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
        let extension = extension.unwrap_or_default();
        let is_taken = match &self.security {
            FileSecurity::Allow(list) => list.contains(&extension),
            FileSecurity::Deny(list) => !list.contains(&extension),
            FileSecurity::Off => true,
        };
        (!is_taken).then(|| {
            ("FileSecurityException", format!("Files of the type \"{extension}\" are forbidden."))
        })
    }
}
