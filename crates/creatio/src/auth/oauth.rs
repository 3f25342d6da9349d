//! OAuth 2.0 client credentials.

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_core::transport::{Idempotent, retry_after};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Grant, Life, Pass};
use crate::failure::Failure;
use crate::parse::without_bom;
use crate::problem::Answer;

/// An OAuth application.
pub(super) struct OAuth {
    url: String,
    id: String,
    secret: SecretString,
}

impl OAuth {
    pub(super) fn new(url: String, id: &str, secret: &SecretString) -> Self {
        Self { url, id: id.to_owned(), secret: secret.clone() }
    }

    /// Source: the Identity Service's token endpoint; no scope is needed, there is no refresh token,
    /// and the lifetime is the client's own setting.
    pub(super) fn request(&self) -> Result<Request<Bytes>, Error> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &self.id)
            .append_pair("client_secret", self.secret.expose_secret())
            .append_pair("grant_type", "client_credentials")
            .finish();
        Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, crate::client::USER_AGENT)
            .extension(Idempotent)
            .body(Bytes::from(form))
            .map_err(|_| Error::never(ErrorKind::Config, "identity_url is no address to call"))
    }

    pub(super) fn read(
        &self,
        answer: &Answer,
        generation: u64,
        now: DateTime<Utc>,
    ) -> Result<Grant, Error> {
        let (header, whole) = token(answer, now)?;
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, header)]);
        let margin = self.margin(whole, generation);
        Ok(Grant { pass: Pass::Headers(headers), life: Some(Life { whole, margin }) })
    }

    /// How long before its end a token is renewed: one to two tenths of its life, at most two
    /// minutes. Where in between is derived, so that processes do not renew together.
    pub(super) fn margin(&self, whole: Duration, generation: u64) -> Duration {
        let least = (whole / 10).min(Duration::seconds(60));
        let name = format!("{}\n{}\n{generation}", self.url, self.id);
        let spread = Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).as_bytes()[0];
        least + least * i32::from(spread) / 256
    }
}

pub(super) const REFUSED: Failure =
    Failure::refused("the login was refused: check client_id, client_secret and the grant type");

/// Reads the token endpoint's answer: the header to send, and for how long it is good.
fn token(answer: &Answer, now: DateTime<Utc>) -> Result<(HeaderValue, Duration), Error> {
    let status = answer.status;
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        let retry =
            Retry::Later { after: retry_after(&answer.headers, now), scope: RetryScope::Account };
        return Err(Error::new(
            ErrorKind::Unavailable,
            retry,
            "the Identity Service is out of order",
        )
        .with_code(format!("http-{}", status.as_u16())));
    }
    let Ok(json) = serde_json::from_slice::<Json>(without_bom(&answer.body)) else {
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

/// Source: the application's own `/connect/token` answers a login page with 200.
fn wrong_url() -> Error {
    let message =
        "identity_url does not answer as an Identity Service: see OAuth20IdentityServerUrl";
    Error::never(ErrorKind::Config, message).with_code("identity_url")
}

/// The life of a token whose answer does not tell it.
const FALLBACK_SECONDS: i64 = 300;
const MOST_SECONDS: i64 = 24 * 3600;
