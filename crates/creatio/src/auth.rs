//! The login: done by one caller at a time, kept, renewed ahead of its end, given up when refused.

mod cookies;
mod forms;
mod oauth;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use event_listener::Event;
use handover_core::clock::Clock;
use handover_core::error::{Error, ErrorKind};
use handover_core::transport::{Transport, TransportError};
use http::{HeaderMap, Request};

use crate::config::{Config, ConfigError, Login};
use crate::failure::Failure;
use crate::problem::Answer;

use cookies::Jar;
use forms::Forms;
use oauth::OAuth;

/// Logs in and keeps what that gave.
pub(crate) struct Auth {
    way: Way,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    done: Event,
}

/// What a request carries, and which login it is from.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) headers: HeaderMap,
    pub(crate) generation: u64,
}

enum Way {
    Forms(Forms),
    OAuth(OAuth),
}

/// What a login gave.
struct Grant {
    pass: Pass,
    life: Option<Life>,
}

enum Pass {
    /// Fixed headers.
    Headers(HeaderMap),
    /// Cookies, which later answers may change.
    Session(Jar),
}

/// For how long a grant is good, and how long before its end it is renewed.
struct Life {
    whole: Duration,
    margin: Duration,
}

#[derive(Default)]
struct State {
    pass: Option<Pass>,
    /// Which login the pass is from.
    generation: u64,
    renew_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
    renewing: bool,
    /// How many attempts have ended, and how the last one failed if it did.
    ended: u64,
    failure: Option<Failure>,
    closed: Closed,
    /// How many logins in a row were refused.
    refusals: u32,
}

/// Whether a login may be tried. Creatio locks accounts, so a refused one is not repeated.
#[derive(Default)]
enum Closed {
    #[default]
    Open,
    /// Until a person says that it was mended.
    ForGood,
    Until(DateTime<Utc>),
}

impl Auth {
    pub(crate) fn new(
        config: &Config,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        let way = match &config.login {
            Login::Application { id, secret } => {
                Way::OAuth(OAuth::new(config.token_url()?, id, secret))
            }
            Login::User { name, password } => {
                Way::Forms(Forms::new(config.base_url(), name, password))
            }
        };
        Ok(Self { way, transport, clock, state: Mutex::default(), done: Event::new() })
    }

    /// Credentials that are not those of generation `refused`.
    ///
    /// Callers that come while somebody logs in wait for that one. The generation is that of the
    /// credentials which were actually sent, so a renewal that has happened meanwhile is not repeated.
    /// While what is due for renewal is still good, nobody waits for the one who renews it.
    ///
    /// # Cancel safety
    /// Dropping the future of the one that logs in hands the task to one of those who wait.
    pub(crate) async fn credentials(&self, refused: Option<u64>) -> Result<Credentials, Error> {
        let mut awaited = None;
        loop {
            let listener = {
                let mut state = self.state();
                let now = self.clock.now();
                let kept = state.kept(refused, now);
                if let Some(kept) = &kept
                    && (state.renewing || state.renew_at.is_none_or(|at| now < at))
                {
                    return Ok(kept.clone());
                }
                if let (Some(ended), Some(failure)) = (awaited, &state.failure)
                    && state.ended > ended
                {
                    return kept.ok_or_else(|| failure.error());
                }
                if state.is_closed(now) {
                    let failure = state.failure.as_ref();
                    return kept
                        .ok_or_else(|| failure.map_or_else(|| self.way.refused(), Failure::error));
                }
                awaited = Some(state.ended);
                if state.renewing {
                    Some(self.done.listen())
                } else {
                    state.renewing = true;
                    None
                }
            };
            match listener {
                Some(listener) => listener.await,
                None => return self.renew(refused).await,
            }
        }
    }

    /// Allows another attempt after a refusal.
    pub(crate) fn reopen(&self) {
        self.state().closed = Closed::Open;
    }

    /// Takes in the cookies of an answer to a request of this generation.
    pub(crate) fn learn(&self, generation: u64, headers: &HeaderMap) {
        let mut state = self.state();
        if state.generation == generation
            && let Some(Pass::Session(jar)) = &mut state.pass
        {
            jar.take_in(headers, self.clock.now());
        }
    }

    /// Whether the login is a session, whose refusals are less clear than those of a token.
    pub(crate) fn is_session(&self) -> bool {
        matches!(self.way, Way::Forms(_))
    }

    /// Ends the session, if there is one.
    pub(crate) async fn close(&self) -> Result<(), Error> {
        let pass = {
            let mut state = self.state();
            (state.renew_at, state.ends_at) = (None, None);
            state.pass.take()
        };
        match (&self.way, pass) {
            (Way::Forms(forms), Some(Pass::Session(jar))) => {
                self.fetch(forms.log_out(&jar)?).await.map(drop)
            }
            _ => Ok(()),
        }
    }

    async fn renew(&self, refused: Option<u64>) -> Result<Credentials, Error> {
        let turn = Turn(self);
        let granted = self.log_in().await;
        let mut state = self.state();
        let now = self.clock.now();
        state.ended += 1;
        let outcome = match granted {
            Ok(Grant { pass, life }) => {
                state.generation += 1;
                state.renew_at = life.as_ref().map(|life| now + life.whole - life.margin);
                state.ends_at = life.as_ref().map(|life| now + life.whole);
                state.failure = None;
                state.closed = Closed::Open;
                state.refusals = 0;
                let headers = pass.headers();
                state.pass = Some(pass);
                Ok(Credentials { headers, generation: state.generation })
            }
            Err(error) if error.kind() == ErrorKind::Unauthorized => {
                state.pass = None;
                state.closed = self.way.closed(state.refusals, now);
                state.refusals += 1;
                state.failure = Some(Failure::of(&error));
                Err(error)
            }
            Err(error) => {
                state.failure = Some(Failure::of(&error));
                // What was kept is good still; it is renewed a little later.
                state.renew_at = state.renew_at.map(|_| now + AGAIN);
                state.kept(refused, now).ok_or(error)
            }
        };
        drop(state);
        drop(turn);
        outcome
    }

    async fn log_in(&self) -> Result<Grant, Error> {
        match &self.way {
            Way::Forms(forms) => {
                let answer = self.fetch(forms.log_in()?).await?;
                forms.read(&answer, self.clock.now())
            }
            Way::OAuth(oauth) => {
                let generation = self.state().generation;
                let answer = self.fetch(oauth.request()?).await?;
                oauth.read(&answer, generation, self.clock.now())
            }
        }
    }

    async fn fetch(&self, request: Request<Bytes>) -> Result<Answer, Error> {
        let lost = |error: TransportError| error.idempotent();
        let (head, body) = self.transport.send(request).await.map_err(lost)?.into_parts();
        let body = body.bytes(ANSWER_LIMIT).await.map_err(lost)?;
        Ok(Answer { status: head.status, headers: head.headers, body })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What is at hand and not the one that was refused.
    fn kept(&self, refused: Option<u64>, now: DateTime<Utc>) -> Option<Credentials> {
        let other = refused.is_none_or(|refused| self.generation > refused);
        let good = self.ends_at.is_none_or(|at| now < at);
        let pass = self.pass.as_ref().filter(|_| other && good)?;
        Some(Credentials { headers: pass.headers(), generation: self.generation })
    }

    fn is_closed(&self, now: DateTime<Utc>) -> bool {
        match self.closed {
            Closed::Open => false,
            Closed::ForGood => true,
            Closed::Until(at) => now < at,
        }
    }
}

impl Pass {
    fn headers(&self) -> HeaderMap {
        match self {
            Self::Headers(headers) => headers.clone(),
            Self::Session(jar) => jar.headers(),
        }
    }
}

impl Way {
    fn refused(&self) -> Error {
        match self {
            Self::Forms(_) => forms::REFUSED.error(),
            Self::OAuth(_) => oauth::REFUSED.error(),
        }
    }

    /// For how long nobody logs in again: a user until a person says so, because Creatio locks
    /// accounts; an application, which is not locked, from a minute to an hour.
    fn closed(&self, refusals: u32, now: DateTime<Utc>) -> Closed {
        match self {
            Self::Forms(_) => Closed::ForGood,
            Self::OAuth(_) => {
                Closed::Until(now + Duration::minutes(1 << refusals.min(6)).min(HOUR))
            }
        }
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}

/// The right to log in, given back however that ends.
struct Turn<'a>(&'a Auth);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.state().renewing = false;
        self.0.done.notify(usize::MAX);
    }
}

/// How long a renewal that failed waits while the old login is good.
const AGAIN: Duration = Duration::seconds(10);
const HOUR: Duration = Duration::hours(1);
/// The longest answer to a login that is read.
const ANSWER_LIMIT: usize = 64 * 1024;

#[cfg(test)]
mod tests;
