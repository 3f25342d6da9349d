//! The identity service: client credentials for a token.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::AUTHORIZATION;
use http::{Method, Request, Response, StatusCode};
use serde_json::json;

use super::door::{content_type, json_response};
use super::fail::Fail;
use super::{Creatio, Quirk, State};
use crate::{Outbox, Reply, Simulator, fault};

/// The identity service as a host of its own: it knows `/connect/token` and nothing else.
///
/// Clones share the tenant.
#[derive(Clone, Debug)]
pub struct Identity {
    creatio: Creatio,
    outbox: Outbox,
}

impl Identity {
    pub(crate) fn new(creatio: Creatio) -> Self {
        Self { creatio, outbox: Outbox::default() }
    }
}

impl Simulator for Identity {
    fn handle(&self, request: Request<Bytes>, now: DateTime<Utc>) -> Reply {
        let reply = self.creatio.faults.run(
            request.method(),
            request.uri().path(),
            fault::page,
            || self.creatio.expire_tokens(),
            || {
                let response = if request.uri().path() == TOKEN {
                    self.creatio.state().token(&request, now)
                } else {
                    Fail::page_not_found().into_response()
                };
                (response, Duration::ZERO)
            },
        );
        self.creatio.log(&request, 0, now, &reply);
        reply
    }

    fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}

impl State {
    pub(crate) fn token(
        &mut self,
        request: &Request<Bytes>,
        now: DateTime<Utc>,
    ) -> Response<Bytes> {
        if request.method() != Method::POST {
            return Fail::plain(StatusCode::METHOD_NOT_ALLOWED, "POST it.").into_response();
        }
        let form: Vec<(String, String)> =
            form_urlencoded::parse(request.body()).into_owned().collect();
        let field =
            |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let basic = basic(request);
        let given = basic.or_else(|| Some((field("client_id")?, field("client_secret")?)));
        let wanted = (self.config.client_id.clone(), self.config.client_secret.clone());
        let form_type = content_type(request) == "application/x-www-form-urlencoded";
        if !form_type {
            return refusal("invalid_request");
        }
        if given != Some(wanted) || self.client_rejected {
            self.tokens_refused += 1;
            return refusal("invalid_client");
        }
        match field("grant_type").as_deref() {
            Some("client_credentials") => {}
            Some(_) => return refusal("unsupported_grant_type"),
            None => return refusal("invalid_request"),
        }
        self.minted += 1;
        let token = format!("sim-token.{}.{}", self.minted, "x".repeat(32));
        self.tokens.insert(token.clone(), now + self.config.token_lifetime);
        let seconds = self.config.token_lifetime.as_secs();
        let mut body = json!({"access_token": token, "expires_in": seconds,
            "token_type": "Bearer", "scope": "ApplicationAccess_sim"});
        if self.tenant.quirks.contains(&Quirk::TokenExpiryAsText) {
            body["expires_in"] = json!(seconds.to_string());
        }
        if self.tenant.quirks.contains(&Quirk::TokenExpiryZero) {
            body["expires_in"] = json!(0);
        }
        if self.tenant.quirks.contains(&Quirk::TokenWithoutExpiry) {
            body.as_object_mut().map(|body| body.remove("expires_in"));
        }
        json_response(StatusCode::OK, &body)
    }
}

fn basic(request: &Request<Bytes>) -> Option<(String, String)> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let (name, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((name.to_owned(), secret.to_owned()))
}

fn refusal(error: &str) -> Response<Bytes> {
    json_response(StatusCode::BAD_REQUEST, &json!({"error": error}))
}

pub(crate) const TOKEN: &str = "/connect/token";
