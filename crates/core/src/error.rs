//! One error for every call to the outside.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// Why a call to a provider, a store or a blob folder failed, and whether it is worth another try.
///
/// The text of an error is a fixed sentence of ours plus the provider's short code. It never holds
/// a body, an address, a phone number or a secret, so it may be logged and shown on a case.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    retry: Retry,
    code: Option<Box<str>>,
    request_id: Option<Box<str>>,
    message: &'static str,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What went wrong, in terms the relay acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The case or conversation is closed and takes nothing more. An input, not a failure.
    Closed,
    /// Something in our configuration is wrong: an id, a column, a URL.
    Config,
    /// Our login is good but lacks a right.
    Forbidden,
    /// The provider refuses what we said: a bad number, an empty text.
    Invalid,
    /// The connection failed or ran out of time.
    Network,
    /// The addressed thing does not exist.
    NotFound,
    /// The recipient has opted out at the provider.
    OptedOut,
    /// The answer could not be understood.
    Protocol,
    /// A limit was hit.
    RateLimited,
    /// A person holds the case. An input, not a failure.
    Taken,
    /// The text is longer than the channel carries.
    TooLong,
    /// Our login was refused.
    Unauthorized,
    /// The provider is out of order.
    Unavailable,
    /// The recipient cannot be reached: a landline, a closed number.
    Unreachable,
}

/// Whether the same call may be made again.
///
/// Complete: every failure is one of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The call had no effect; make it again.
    Later {
        /// How long the provider asks us to wait, if it said so.
        after: Option<Duration>,
        /// What has to wait.
        scope: RetryScope,
    },
    /// The same call will fail again.
    Never,
    /// The call may have had its effect.
    Unsure,
}

/// How much has to wait before a retry. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryScope {
    /// Everything on the provider's account.
    Account,
    /// This job alone.
    Job,
    /// Everything that touches the same conversation or case: the lane.
    Resource,
}

impl Error {
    /// An error with a fixed sentence that says what to do about it.
    pub fn new(kind: ErrorKind, retry: Retry, message: &'static str) -> Self {
        Self { kind, retry, code: None, request_id: None, message, source: None }
    }

    /// An error that will come again unless something changes.
    pub fn never(kind: ErrorKind, message: &'static str) -> Self {
        Self::new(kind, Retry::Never, message)
    }

    /// An error after which the same job may be tried again, without a delay asked for.
    pub fn later(kind: ErrorKind, message: &'static str) -> Self {
        Self::new(kind, Retry::Later { after: None, scope: RetryScope::Job }, message)
    }

    /// An error after which nobody knows whether the call had its effect.
    pub fn unsure(kind: ErrorKind, message: &'static str) -> Self {
        Self::new(kind, Retry::Unsure, message)
    }

    /// Adds the provider's short code. Anything but 64 plain characters is cut or dropped, so that
    /// a body cannot slip in.
    #[must_use]
    pub fn with_code(mut self, code: impl AsRef<str>) -> Self {
        self.code = plain(code.as_ref());
        self
    }

    /// Adds the provider's or our own id of the request, under the same rule as the code.
    #[must_use]
    pub fn with_request_id(mut self, id: impl AsRef<str>) -> Self {
        self.request_id = plain(id.as_ref());
        self
    }

    /// Adds the cause. It must keep the promise of this type: no body, address or secret.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether to try again.
    pub fn retry(&self) -> Retry {
        self.retry
    }

    /// The provider's short code, if it gave one.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The id of the request, for the provider's support.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The fixed sentence.
    pub fn message(&self) -> &'static str {
        self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)?;
        if let Some(code) = &self.code {
            write!(f, " (code {code})")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " [request {id}]")?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// The first 64 characters, if all are plain; a code that holds anything else is no code.
fn plain(text: &str) -> Option<Box<str>> {
    let short: String = text.chars().take(64).collect();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '/');
    (!short.is_empty() && short.chars().all(is_plain)).then(|| short.into_boxed_str())
}
