//! What stands before the data: hosts, paths, tokens, rights, the meter.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::json;

use super::config::{Host, Rights};
use super::fail::Fail;
use super::odata::Call;
use super::{Creatio, State, batch};
use crate::{Faults, Outbox, Reply, Simulator, fault};

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
    pub(crate) fn answer(
        &mut self,
        request: &Request<Bytes>,
        items: usize,
        faults: &Faults,
        now: DateTime<Utc>,
    ) -> Response<Bytes> {
        let path = request.uri().path().to_owned();
        let Some(path) = path.strip_prefix(self.config.base_path.as_str()) else {
            return Fail::page_not_found().into_response();
        };
        if path == TOKEN {
            return if self.config.split { fault::login_page() } else { self.token(request, now) };
        }
        let below = match (self.config.host, path.strip_prefix("/0/odata")) {
            (_, Some(below)) => Some(below),
            (Host::Core, None) => path.strip_prefix("/odata"),
            (Host::Framework, None) => None,
        };
        match below {
            Some(below) if below.is_empty() || below.starts_with('/') => {
                let root = &path[..path.len() - below.len()];
                let root = self.root(request, root);
                let answer = self.odata(request, &root, below, items, faults, now);
                answer.unwrap_or_else(Fail::into_response)
            }
            _ => Fail::page_not_found().into_response(),
        }
    }

    fn odata(
        &mut self,
        request: &Request<Bytes>,
        root: &str,
        below: &str,
        items: usize,
        faults: &Faults,
        now: DateTime<Utc>,
    ) -> Result<Response<Bytes>, Fail> {
        self.check_token(request, now)?;
        if self.config.rights == Rights::NoOData {
            return Err(Fail::plain(StatusCode::FORBIDDEN, "Access to OData is denied."));
        }
        if request.headers().contains_key("x-http-method-override") {
            return Err(Fail::plain(StatusCode::BAD_REQUEST, "Method override is not supported."));
        }
        let is_batch = below == "/$batch";
        let counted = if is_batch { items.max(1) } else { 1 };
        let counted = u64::try_from(counted).unwrap_or(u64::MAX);
        *self.meter.entry(now.date_naive()).or_default() += counted;
        let writes = matches!(*request.method(), Method::POST | Method::PATCH);
        if writes && !is_json(request) {
            return Err(Fail::plain(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The request entity's media type is not supported for this resource.",
            ));
        }
        let target = match request.uri().query() {
            Some(query) => format!("{below}?{query}"),
            None => below.to_owned(),
        };
        let call = Call {
            method: request.method(),
            target: target.trim_start_matches('/'),
            body: request.body(),
            root,
            by: self.config.contact,
            now,
            blind: self.config.rights == Rights::NoRoles,
        };
        if !is_batch {
            return call.perform(&mut self.tenant);
        }
        if request.method() != Method::POST {
            return Err(Fail::page_not_found());
        }
        let prefer = request.headers().get_all("prefer");
        let goes_on = prefer.iter().any(|value| {
            let value = value.to_str().unwrap_or_default();
            value.split([',', ';']).any(|part| {
                let part = part.trim();
                let part = part.strip_prefix("odata.").unwrap_or(part);
                part == "continue-on-error" || part == "continue-on-error=true"
            })
        });
        batch::perform(&mut self.tenant, &call, faults, goes_on)
    }

    fn check_token(&self, request: &Request<Bytes>, now: DateTime<Utc>) -> Result<(), Fail> {
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer "));
        let until = token.and_then(|token| self.tokens.get(token));
        if until.is_some_and(|until| *until > now) { Ok(()) } else { Err(Fail::unauthorized()) }
    }

    fn token(&mut self, request: &Request<Bytes>, now: DateTime<Utc>) -> Response<Bytes> {
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
        if given != Some(wanted) {
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
        json_response(
            StatusCode::OK,
            &json!({"access_token": token, "expires_in": self.config.token_lifetime.as_secs(),
                "token_type": "Bearer", "scope": "ApplicationAccess_sim"}),
        )
    }

    fn root(&self, request: &Request<Bytes>, path: &str) -> String {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
        format!("http://{}{}{path}", host.unwrap_or("creatio.invalid"), self.config.base_path)
    }
}

fn basic(request: &Request<Bytes>) -> Option<(String, String)> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let (name, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((name.to_owned(), secret.to_owned()))
}

fn is_json(request: &Request<Bytes>) -> bool {
    content_type(request) == "application/json"
}

fn content_type(request: &Request<Bytes>) -> &str {
    let header = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    header.and_then(|value| value.split(';').next()).unwrap_or_default().trim()
}

fn refusal(error: &str) -> Response<Bytes> {
    json_response(StatusCode::BAD_REQUEST, &json!({"error": error}))
}

fn json_response(status: StatusCode, body: &serde_json::Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json; charset=UTF-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

const TOKEN: &str = "/connect/token";
