use handover_core::error::{Error, ErrorKind, Retry};

/// An error that can be told to each of those who waited for it.
#[derive(Clone)]
pub(super) struct Failure {
    kind: ErrorKind,
    retry: Retry,
    message: &'static str,
    code: Option<String>,
}

impl Failure {
    pub(super) const fn refused(message: &'static str) -> Self {
        Self { kind: ErrorKind::Unauthorized, retry: Retry::Never, message, code: None }
    }

    pub(super) fn of(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            retry: error.retry(),
            message: error.message(),
            code: error.code().map(str::to_owned),
        }
    }

    pub(super) fn error(&self) -> Error {
        let error = Error::new(self.kind, self.retry, self.message);
        match &self.code {
            Some(code) => error.with_code(code),
            None => error,
        }
    }
}
