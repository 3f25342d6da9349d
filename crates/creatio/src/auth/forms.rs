//! Name and password: a session in cookies.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_core::transport::retry_after;
use http::{HeaderMap, Method, Request, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value as Json, json};
use url::Url;

use super::cookies::Jar;
use super::{Grant, Pass};
use crate::failure::Failure;
use crate::parse::without_bom;
use crate::problem::Answer;

/// A user of the application.
pub(super) struct Forms {
    base: Url,
    name: String,
    password: SecretString,
}

impl Forms {
    pub(super) fn new(base: &Url, name: &str, password: &SecretString) -> Self {
        Self { base: base.clone(), name: name.to_owned(), password: password.clone() }
    }

    /// Source: `AuthService.svc` is at the site's root on both kinds of host, never below `/0`.
    pub(super) fn log_in(&self) -> Result<Request<Bytes>, Error> {
        let body = json!({"UserName": self.name, "UserPassword": self.password.expose_secret()})
            .to_string();
        self.request("Login", HeaderMap::new(), body)
    }

    pub(super) fn log_out(&self, jar: &Jar) -> Result<Request<Bytes>, Error> {
        self.request("Logout", jar.headers(), "{}".to_owned())
    }

    /// Source: the answer is 200 whatever came of it. `Code` is 0 for success and 1 for a refusal;
    /// any other than 0 is taken for one. A `PasswordChangeUrl` says that the password ran out.
    pub(super) fn read(&self, answer: &Answer, now: DateTime<Utc>) -> Result<Grant, Error> {
        let status = answer.status;
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            let retry = Retry::Later {
                after: retry_after(&answer.headers, now),
                scope: RetryScope::Account,
            };
            return Err(Error::new(ErrorKind::Unavailable, retry, "the login is out of order")
                .with_code(format!("http-{}", status.as_u16())));
        }
        if status == StatusCode::UNAUTHORIZED {
            return Err(REFUSED.error());
        }
        let json: Option<Json> = serde_json::from_slice(without_bom(&answer.body)).ok();
        let code = json.as_ref().filter(|_| status.is_success()).and_then(|json| {
            let code = json.get("Code")?;
            code.as_i64().or_else(|| code.as_str()?.trim().parse().ok())
        });
        let mut jar = Jar::new(&self.base);
        jar.take_in(&answer.headers, now);
        let Some(json) = json.filter(|json| json.is_object()) else { return Err(wrong_url()) };
        // Where there is no code, the ticket says that the login was accepted.
        let code = code.or_else(|| jar.has_ticket().then_some(0)).ok_or_else(wrong_url)?;
        if json.get("PasswordChangeUrl").is_some_and(|url| !url.is_null() && url != "") {
            return Err(EXPIRED.error().with_code("password-expired"));
        }
        if code != 0 {
            return Err(REFUSED.error().with_code(format!("code-{code}")));
        }
        if jar.is_empty() {
            return Err(wrong_url());
        }
        Ok(Grant { pass: Pass::Session(jar), life: None })
    }

    fn request(
        &self,
        method: &str,
        headers: HeaderMap,
        body: String,
    ) -> Result<Request<Bytes>, Error> {
        let base = self.base.as_str().trim_end_matches('/');
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(format!("{base}/ServiceModel/AuthService.svc/{method}"))
            .body(Bytes::from(body))
            .map_err(|_| wrong_url())?;
        let ours = [
            (header::CONTENT_TYPE, "application/json"),
            (header::ACCEPT, "application/json"),
            (header::USER_AGENT, crate::client::USER_AGENT),
        ];
        let ours = ours.map(|(name, value)| (name, http::HeaderValue::from_static(value)));
        request.headers_mut().extend(headers);
        request.headers_mut().extend(ours);
        request.headers_mut().insert("forceusesession", http::HeaderValue::from_static("true"));
        Ok(request)
    }
}

pub(super) const REFUSED: Failure =
    Failure::refused("the login was refused and is not tried again: correct username and password");
const EXPIRED: Failure =
    Failure::refused("the password has run out: log in to Creatio once and choose a new one");

fn wrong_url() -> Error {
    let message = "base_url does not answer as a Creatio: AuthService.svc is not there";
    Error::never(ErrorKind::Config, message).with_code("base_url")
}
