//! The bearer token: one that stays, or one that is renewed by one caller at a time.
//!
//! Source: dev.frontapp.com/docs/oauth (`expires_at` in epoch seconds, Basic login, the same refresh
//! token until its last day), digest of 2026-11-20.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use event_listener::Event;
use handover_core::clock::Clock;
use handover_core::error::{Error, ErrorKind, Retry};
use handover_core::transport::{Transport, TransportError};
use http::{HeaderValue, Request, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::config::{Login, OAuth};
use crate::problem::{Answer, Call};

#[cfg(test)]
mod tests;

/// Gets and keeps the token.
pub(crate) enum Tokens {
    Fixed(HeaderValue),
    Renewed(Box<Renewed>),
}

/// A token as a header, and which one it is.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) header: HeaderValue,
    /// Which of the renewed tokens; none for one that stays.
    pub(crate) number: Option<u64>,
}

pub(crate) struct Renewed {
    oauth: OAuth,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    ended: Event,
}

struct State {
    token: Option<(HeaderValue, DateTime<Utc>)>,
    /// How many tokens there were.
    number: u64,
    refresh: SecretString,
    is_renewing: bool,
    /// How many renewals have failed, and how the last one did.
    failures: u64,
    failure: Option<(ErrorKind, Retry, &'static str)>,
}

impl Tokens {
    pub(crate) fn new(
        login: &Login,
        transport: &Arc<dyn Transport>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        match login {
            Login::Token(token) => Ok(Self::Fixed(bearer(token.expose_secret())?)),
            Login::Oauth(oauth) => Ok(Self::Renewed(Box::new(Renewed {
                state: Mutex::new(State {
                    token: None,
                    number: 0,
                    refresh: oauth.refresh_token.clone(),
                    is_renewing: false,
                    failures: 0,
                    failure: None,
                }),
                oauth: oauth.clone(),
                transport: Arc::clone(transport),
                clock: Arc::clone(clock),
                ended: Event::new(),
            }))),
        }
    }

    /// A token that is not number `refused`. One caller fetches; the others wait for that one.
    ///
    /// # Cancel safety
    /// Dropped by the one that fetches, the next of those that wait does it.
    pub(crate) async fn token(&self, refused: Option<u64>) -> Result<Token, Error> {
        match self {
            Self::Fixed(header) => Ok(Token { header: header.clone(), number: None }),
            Self::Renewed(renewed) => renewed.token(refused).await,
        }
    }
}

impl Renewed {
    async fn token(&self, refused: Option<u64>) -> Result<Token, Error> {
        let mut failures = None;
        loop {
            let listener = {
                let mut state = self.state();
                if let Some((header, until)) = &state.token
                    && refused.is_none_or(|refused| state.number > refused)
                    && self.clock.now() < *until
                {
                    return Ok(Token { header: header.clone(), number: Some(state.number) });
                }
                let before = *failures.get_or_insert(state.failures);
                if let Some((kind, retry, message)) =
                    state.failure.filter(|_| state.failures > before)
                {
                    return Err(Error::new(kind, retry, message));
                }
                if state.is_renewing {
                    Some(self.ended.listen())
                } else {
                    state.is_renewing = true;
                    None
                }
            };
            match listener {
                Some(listener) => listener.await,
                None => return self.renew().await,
            }
        }
    }

    async fn renew(&self) -> Result<Token, Error> {
        let _turn = Turn(self);
        let refresh = self.state().refresh.clone();
        let granted = self.exchange(&refresh).await;
        let mut state = self.state();
        match granted {
            Ok(granted) => {
                let header = bearer(&granted.access_token)?;
                state.number += 1;
                state.token = Some((header.clone(), granted.until(self.clock.now())));
                state.failure = None;
                let next = granted.refresh_token.filter(|next| !next.is_empty());
                let next = next.filter(|next| next != refresh.expose_secret());
                let number = Some(state.number);
                if let Some(next) = next {
                    state.refresh = SecretString::from(next);
                    let next = state.refresh.clone();
                    drop(state);
                    if let Some(keep) = &self.oauth.rotated {
                        keep(&next);
                    }
                }
                Ok(Token { header, number })
            }
            Err(error) => {
                state.failures += 1;
                state.failure = Some((error.kind(), error.retry(), error.message()));
                Err(error)
            }
        }
    }

    async fn exchange(&self, refresh: &SecretString) -> Result<Granted, Error> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", refresh.expose_secret())
            .finish();
        let (id, secret) = (&self.oauth.client_id, self.oauth.client_secret.expose_secret());
        let login = format!("Basic {}", BASE64.encode(format!("{id}:{secret}")));
        let request = Request::post(self.oauth.token_url.as_str())
            .header(header::AUTHORIZATION, sensitive(&login)?)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(Bytes::from(form))
            .map_err(|_| Error::never(ErrorKind::Config, "`token_url` is no address to call"))?;
        let sent = self.transport.send(request).await.map_err(TransportError::idempotent)?;
        let (head, body) = sent.into_parts();
        let body = body.bytes(64 << 10).await.map_err(TransportError::idempotent)?;
        let answer = Answer { status: head.status, headers: head.headers, body, merged: None };
        let is_refused = matches!(head.status.as_u16(), 400 | 401 | 403);
        if is_refused {
            return Err(Error::never(ErrorKind::Unauthorized, REFUSED));
        }
        answer.success(Call::Repeatable, self.clock.now())?.json(Call::Repeatable)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to renew, given back however the renewal ends.
struct Turn<'a>(&'a Renewed);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.state().is_renewing = false;
        self.0.ended.notify(usize::MAX);
    }
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_at: Option<f64>,
    #[serde(default)]
    refresh_token: Option<String>,
}

impl Granted {
    /// Until when the token is used: a minute less than it lives, and never long on a word that
    /// cannot be true.
    fn until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let told = self.expires_at.and_then(|at| DateTime::from_timestamp(at as i64, 0));
        let until = told.filter(|until| *until > now).unwrap_or(now + FALLBACK);
        until.min(now + LONGEST) - MARGIN
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

pub(crate) fn bearer(token: &str) -> Result<HeaderValue, Error> {
    sensitive(&format!("Bearer {token}"))
}

fn sensitive(text: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::try_from(text)
        .map_err(|_| Error::never(ErrorKind::Config, "the token fits no header"))?;
    value.set_sensitive(true);
    Ok(value)
}

const FALLBACK: TimeDelta = TimeDelta::minutes(10);
const LONGEST: TimeDelta = TimeDelta::hours(24);
const MARGIN: TimeDelta = TimeDelta::minutes(1);
const REFUSED: &str =
    "Front refuses the refresh token: an admin must authorise the application anew";
