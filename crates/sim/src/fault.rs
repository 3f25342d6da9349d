use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, Method, Response, StatusCode};

use crate::{Outcome, Reply};

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The request takes effect, then this status is answered.
    AfterWrite {
        /// The status answered, 500 for instance.
        status: u16,
    },
    /// The answer begins with a byte order mark.
    Bom,
    /// The request takes effect, then the connection is closed with no answer.
    DropAfterWrite,
    /// The connection is closed before anything happened.
    DropBeforeWrite,
    /// The credentials of the request stop being accepted, from this request on.
    ExpireToken,
    /// Nothing happens; a login page is answered with status 200.
    Html,
    /// The request takes effect; the answer is this many blanks.
    Huge {
        /// The length of the answer.
        bytes: usize,
    },
    /// Nothing happens; the answer sends the caller to another host.
    Redirect,
    /// The request is answered as usual, but later.
    Slow {
        /// How much later.
        delay: Duration,
    },
    /// Nothing happens; this status is answered.
    Status {
        /// The status answered, 429 or 503 for instance.
        code: u16,
        /// `Retry-After`, in seconds.
        retry_after: Option<u32>,
    },
    /// The request takes effect; the second half of the answer's body is missing.
    Truncate,
    /// There is no connection to be had. A server, which has one by then, closes it.
    Unreachable,
    /// Nothing happens; a firewall in front answers its page with status 403.
    Waf,
    /// The answer says that it is plain text.
    WrongType,
}

/// A [`Fault`] and the requests it strikes: all of them until told otherwise.
#[derive(Clone, Debug)]
pub struct Rule {
    fault: Fault,
    method: Option<Method>,
    path: Option<String>,
    items: bool,
    skip: u32,
    times: Option<u32>,
}

impl Rule {
    /// Strikes every request.
    pub fn new(fault: Fault) -> Self {
        Self { fault, method: None, path: None, items: false, skip: 0, times: None }
    }

    /// Only requests of this method.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Only requests whose path and query contain this text.
    #[must_use]
    pub fn path(mut self, part: impl Into<String>) -> Self {
        self.path = Some(part.into());
        self
    }

    /// Strikes the items inside a `$batch` instead of whole requests. Only [`Fault::Status`] and
    /// [`Fault::AfterWrite`] have a meaning there, and [`Fault::DropBeforeWrite`] and
    /// [`Fault::DropAfterWrite`]: the server dies at that item.
    #[must_use]
    pub fn batch_items(mut self) -> Self {
        self.items = true;
        self
    }

    /// Lets the first `n` matching requests pass.
    #[must_use]
    pub fn after(mut self, n: u32) -> Self {
        self.skip = n;
        self
    }

    /// Strikes `n` times, then is spent.
    #[must_use]
    pub fn times(mut self, n: u32) -> Self {
        self.times = Some(n);
        self
    }

    /// Strikes once.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }

    fn strikes(&mut self, items: bool, method: &Method, target: &str) -> bool {
        let matches = self.items == items
            && self.method.as_ref().is_none_or(|wanted| wanted == method)
            && self.path.as_ref().is_none_or(|part| target.contains(part.as_str()))
            && self.times != Some(0);
        if !matches {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.times = self.times.map(|left| left - 1);
        true
    }
}

/// The script of faults of one simulator, asked in order: the first rule that matches strikes,
/// and every [`Fault::Slow`] that matches adds up.
///
/// Clones share the script.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<VecDeque<Rule>>>);

impl Faults {
    /// Adds a rule behind the others.
    pub fn add(&self, rule: Rule) {
        self.rules().push_back(rule);
    }

    /// Strikes the next request, whatever it is, and no other.
    pub fn once(&self, fault: Fault) {
        self.add(Rule::new(fault).once());
    }

    /// Forgets all rules.
    pub fn clear(&self) {
        self.rules().clear();
    }

    /// How many rules can still strike.
    pub fn left(&self) -> usize {
        self.rules().iter().filter(|rule| rule.times != Some(0)).count()
    }

    pub(crate) fn strike_item(&self, method: &Method, target: &str) -> Option<Fault> {
        self.strike(true, method, target).0
    }

    /// Runs one request through the script: `expire` ends the credentials, `apply` has the effect.
    pub(crate) fn run(
        &self,
        method: &Method,
        target: &str,
        page: Page,
        expire: impl FnOnce(),
        apply: impl FnOnce() -> (Response<Bytes>, Duration),
    ) -> Reply {
        let (fault, slow) = self.strike(false, method, target);
        let outcome = match fault {
            Some(Fault::DropBeforeWrite) => Outcome::Dropped { effect: false },
            Some(Fault::Unreachable) => Outcome::Unreachable,
            Some(Fault::Html) => Outcome::Answer(login_page()),
            Some(Fault::Redirect) => Outcome::Answer(elsewhere()),
            Some(Fault::Waf) => Outcome::Answer(firewall()),
            Some(Fault::Status { code, retry_after }) => {
                Outcome::Answer(refusal(page, code, retry_after))
            }
            Some(Fault::ExpireToken) => {
                expire();
                let (response, delay) = apply();
                return Reply::new(slow + delay, Outcome::Answer(response));
            }
            Some(
                Fault::AfterWrite { .. }
                | Fault::Bom
                | Fault::DropAfterWrite
                | Fault::Huge { .. }
                | Fault::Slow { .. }
                | Fault::Truncate
                | Fault::WrongType,
            )
            | None => {
                let (response, delay) = apply();
                return Reply::new(slow + delay, after(fault, page, response));
            }
        };
        Reply::new(slow, outcome)
    }

    fn strike(&self, items: bool, method: &Method, target: &str) -> (Option<Fault>, Duration) {
        let mut slow = Duration::ZERO;
        for rule in self.rules().iter_mut() {
            if !rule.strikes(items, method, target) {
                continue;
            }
            match rule.fault {
                Fault::Slow { delay } => slow += delay,
                fault => return (Some(fault), slow),
            }
        }
        (None, slow)
    }

    fn rules(&self) -> MutexGuard<'_, VecDeque<Rule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn login_page() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(LOGIN.as_bytes()));
    response.headers_mut().insert(CONTENT_TYPE, HTML);
    response
}

/// What a provider shows with a status.
pub(crate) type Page = fn(u16) -> Response<Bytes>;

/// The page of a web server.
pub(crate) fn page(code: u16) -> Response<Bytes> {
    let code = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Bytes::from(format!(
        "<html><head><title>{code}</title></head><body><h1>{code}</h1></body></html>"
    )));
    *response.status_mut() = code;
    response.headers_mut().insert(CONTENT_TYPE, HTML);
    response
}

pub(crate) fn refusal(page: Page, code: u16, retry_after: Option<u32>) -> Response<Bytes> {
    let mut response = page(code);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn after(fault: Option<Fault>, page: Page, response: Response<Bytes>) -> Outcome {
    match fault {
        Some(Fault::AfterWrite { status }) => Outcome::Answer(page(status)),
        Some(Fault::Bom) => {
            Outcome::Answer(response.map(|body| [b"\xEF\xBB\xBF", body.as_ref()].concat().into()))
        }
        Some(Fault::DropAfterWrite) => Outcome::Dropped { effect: true },
        Some(Fault::Huge { bytes }) => Outcome::Answer(response.map(|_| vec![b' '; bytes].into())),
        Some(Fault::Truncate) => Outcome::Answer(response.map(|body| body.slice(..body.len() / 2))),
        Some(Fault::WrongType) => {
            let mut response = response;
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            Outcome::Answer(response)
        }
        _ => Outcome::Answer(response),
    }
}

fn elsewhere() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    let other = HeaderValue::from_static("https://elsewhere.example/odata");
    response.headers_mut().insert(LOCATION, other);
    response
}

fn firewall() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(WAF.as_bytes()));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().insert(CONTENT_TYPE, HTML);
    response
}

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

pub(crate) const LOGIN: &str = "<!DOCTYPE html><html><head><title>Login</title>\
<script src=\"/Login/bootstrap.login.js\"></script></head>\
<body><form action=\"/Login/NuiLogin.aspx\"></form></body></html>";

const WAF: &str = "<html><head><meta name=\"robots\" content=\"noindex\"></head><body>\
<iframe src=\"/_Incapsula_Resource?CWUDNSAI=9\">Request unsuccessful. \
Incapsula incident ID: 0-0</iframe></body></html>";
