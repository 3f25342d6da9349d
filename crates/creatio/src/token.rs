//! The OAuth token: client credentials, cached, renewed by one caller at a time.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use event_listener::Event;
use handover_core::clock::Clock;
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_core::transport::Transport;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value as Json;

use crate::config::{Config, ConfigError};
use crate::problem::Answer;

/// Gets and keeps the token.
pub(crate) struct Tokens {
    url: String,
    client_id: String,
    client_secret: SecretString,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    done: Event,
}

/// A token, and which one it is.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) header: HeaderValue,
    pub(crate) generation: u64,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    renew_at: DateTime<Utc>,
    generation: u64,
    renewing: bool,
    /// How many renewals have ended, and how the last one failed if it did.
    ended: u64,
    failure: Option<Failure>,
    /// Until when a refused login is not tried again.
    closed_until: Option<DateTime<Utc>>,
}

/// An error that can be told to each of those who waited for it.
#[derive(Clone)]
struct Failure {
    kind: ErrorKind,
    retry: Retry,
    message: &'static str,
    code: Option<String>,
}

impl Tokens {
    pub(crate) fn new(
        config: &Config,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            url: config.token_url()?,
            client_id: config.client_id.clone(),
            client_secret: config.client_secret.clone(),
            transport,
            clock,
            state: Mutex::default(),
            done: Event::new(),
        })
    }

    /// A token that is not the one of generation `refused`.
    ///
    /// Callers that come while one is being fetched wait for that one. The generation is that of the
    /// token that was actually sent, so a renewal that has happened meanwhile is not repeated.
    ///
    /// # Cancel safety
    /// Dropping the future of the one that fetches hands the task to one of those who wait.
    pub(crate) async fn token(&self, refused: Option<u64>) -> Result<Token, Error> {
        let mut awaited = None;
        loop {
            let listener = {
                let mut state = self.state();
                let now = self.clock.now();
                if let (Some(ended), Some(failure)) = (awaited, &state.failure)
                    && state.ended > ended
                {
                    return Err(failure.error());
                }
                if let Some(token) = &state.token
                    && refused.is_none_or(|refused| token.generation > refused)
                    && now < state.renew_at
                {
                    return Ok(token.clone());
                }
                if state.closed_until.is_some_and(|until| now < until) {
                    return Err(REFUSED.error());
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
                None => return self.renew().await,
            }
        }
    }

    async fn renew(&self) -> Result<Token, Error> {
        let turn = Turn(self);
        let fetched = self.fetch().await;
        let mut state = self.state();
        state.ended += 1;
        let outcome = match fetched {
            Ok((header, lifetime)) => {
                state.generation += 1;
                let token = Token { header, generation: state.generation };
                state.token = Some(token.clone());
                state.renew_at = self.clock.now() + lifetime - margin(lifetime);
                state.failure = None;
                state.closed_until = None;
                Ok(token)
            }
            Err(error) => {
                if error.kind() == ErrorKind::Unauthorized {
                    state.token = None;
                    state.closed_until = Some(self.clock.now() + CLOSED);
                }
                state.failure = Some(Failure::of(&error));
                Err(error)
            }
        };
        drop(state);
        drop(turn);
        outcome
    }

    /// Source: the Identity Service's token endpoint; no scope is needed, there is no refresh token,
    /// and the lifetime is the client's own setting.
    async fn fetch(&self) -> Result<(HeaderValue, Duration), Error> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &self.client_id)
            .append_pair("client_secret", self.client_secret.expose_secret())
            .append_pair("grant_type", "client_credentials")
            .finish();
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, crate::client::USER_AGENT)
            .body(Bytes::from(form))
            .map_err(|_| Error::never(ErrorKind::Config, "identity_url is no address to call"))?;
        let response = self.transport.send(request).await.map_err(|error| error.idempotent())?;
        let (head, body) = response.into_parts();
        let body = body.bytes(64 * 1024).await.map_err(|error| error.idempotent())?;
        read(head.status, &head.headers, &body, self.clock.now())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

/// The right to fetch, given back however the fetch ends.
struct Turn<'a>(&'a Tokens);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.state().renewing = false;
        self.0.done.notify(usize::MAX);
    }
}

impl Failure {
    fn of(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            retry: error.retry(),
            message: error.message(),
            code: error.code().map(str::to_owned),
        }
    }

    fn error(&self) -> Error {
        let error = Error::new(self.kind, self.retry, self.message);
        match &self.code {
            Some(code) => error.with_code(code),
            None => error,
        }
    }
}

const REFUSED: Failure = Failure {
    kind: ErrorKind::Unauthorized,
    retry: Retry::Never,
    message: "the login was refused: check client_id, client_secret and the grant type",
    code: None,
};

/// Reads the token endpoint's answer.
fn read(
    status: StatusCode,
    headers: &HeaderMap,
    body: &Bytes,
    now: DateTime<Utc>,
) -> Result<(HeaderValue, Duration), Error> {
    let json: Option<Json> = serde_json::from_slice(crate::parse::without_bom(body)).ok();
    let answer = Answer { status, headers: headers.clone(), body: body.clone() };
    let wrong_url = || {
        Error::never(
            ErrorKind::Config,
            "identity_url does not answer as an Identity Service: see OAuth20IdentityServerUrl",
        )
        .with_code("identity_url")
    };
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        let retry = Retry::Later {
            after: handover_core::transport::retry_after(headers, now),
            scope: RetryScope::Account,
        };
        let message = "the Identity Service is out of order";
        return Err(Error::new(ErrorKind::Unavailable, retry, message)
            .with_code(format!("http-{}", status.as_u16())));
    }
    let Some(json) = json else {
        let unauthorized = status == StatusCode::UNAUTHORIZED && answer.body.is_empty();
        return Err(if unauthorized { REFUSED.error() } else { wrong_url() });
    };
    if !status.is_success() {
        let code = json.get("error").and_then(Json::as_str).unwrap_or_default();
        let refused = matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED);
        return Err(match refused && !code.is_empty() {
            true => REFUSED.error().with_code(code),
            false if refused || status == StatusCode::FORBIDDEN => REFUSED.error(),
            false => wrong_url(),
        });
    }
    let token = json.get("access_token").and_then(Json::as_str).ok_or_else(wrong_url)?;
    let mut header = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| wrong_url())?;
    header.set_sensitive(true);
    let lifetime = json
        .get("expires_in")
        .and_then(|value| value.as_i64().or_else(|| value.as_str()?.trim().parse().ok()));
    let lifetime = lifetime.filter(|seconds| *seconds > 0).unwrap_or(FALLBACK_SECONDS);
    Ok((header, Duration::seconds(lifetime.min(MOST_SECONDS))))
}

/// How long before its end a token is renewed: a tenth of its life, at most a minute.
fn margin(lifetime: Duration) -> Duration {
    (lifetime / 10).min(Duration::seconds(60))
}

/// For how long nobody logs in again after a refusal: Creatio locks accounts.
const CLOSED: Duration = Duration::seconds(60);
/// The life of a token whose answer does not tell it.
const FALLBACK_SECONDS: i64 = 300;
const MOST_SECONDS: i64 = 24 * 3600;

#[cfg(test)]
mod tests;
