//! Failures that several callers are told.

use handover_core::error::{Error, ErrorKind, Retry};

/// An error that can be told to each of those who waited for it.
#[derive(Clone)]
pub(crate) struct Failure {
    kind: ErrorKind,
    retry: Retry,
    message: &'static str,
    code: Option<String>,
    request_id: Option<String>,
}

impl Failure {
    pub(crate) const fn refused(message: &'static str) -> Self {
        Self {
            kind: ErrorKind::Unauthorized,
            retry: Retry::Never,
            message,
            code: None,
            request_id: None,
        }
    }

    pub(crate) fn of(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            retry: error.retry(),
            message: error.message(),
            code: error.code().map(str::to_owned),
            request_id: error.request_id().map(str::to_owned),
        }
    }

    pub(crate) fn error(&self) -> Error {
        let mut error = Error::new(self.kind, self.retry, self.message);
        if let Some(code) = &self.code {
            error = error.with_code(code);
        }
        if let Some(id) = &self.request_id {
            error = error.with_request_id(id);
        }
        error
    }
}
