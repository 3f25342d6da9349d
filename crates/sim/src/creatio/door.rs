//! What stands before the data: hosts, paths, credentials, rights, the meter.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HOST, SET_COOKIE};
use http::{HeaderValue, Method, Request, Response, StatusCode};

use super::config::{Host, Rights};
use super::fail::Fail;
use super::login::AUTH_SERVICE;
use super::oauth::TOKEN;
use super::odata::Call;
use super::tenant::Save;
use super::{Quirk, State, batch};
use crate::{Faults, fault, shown};

impl State {
    pub(crate) fn answer(
        &mut self,
        request: &Request<Bytes>,
        items: usize,
        faults: &Faults,
        now: DateTime<Utc>,
    ) -> Response<Bytes> {
        let mut response = self.route(request, items, faults, now);
        let date = (now + self.tenant.limits.skew).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        if let Ok(date) = HeaderValue::try_from(date) {
            response.headers_mut().insert(DATE, date);
        }
        response
    }

    fn route(
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
        if self.tenant.limits.body.is_some_and(|limit| request.body().len() > limit) {
            return Fail::page(StatusCode::PAYLOAD_TOO_LARGE).into_response();
        }
        if path == TOKEN {
            return if self.config.split { fault::login_page() } else { self.token(request, now) };
        }
        if path.starts_with("/Login/") {
            return fault::login_page();
        }
        if let Some(method) = path.strip_prefix(AUTH_SERVICE) {
            return self.auth_service(request, method, now);
        }
        let app = match (self.config.host, path.strip_prefix("/0")) {
            (_, Some(below)) => below,
            (Host::Core, None) => path,
            (Host::Framework, None) => return Fail::page_not_found().into_response(),
        };
        if app.starts_with(AUTH_SERVICE) {
            return Fail::unauthorized(StatusCode::UNAUTHORIZED).into_response();
        }
        if app == "/rest/MainMenuService/Logout" {
            return self.log_out(request);
        }
        match app.strip_prefix("/odata") {
            Some(below) if below.is_empty() || below.starts_with('/') => {
                let root = &path[..path.len() - below.len()];
                let root = self.root(request, root);
                let answer = self.odata(request, &root, below, items, faults, now);
                let mut response = answer.unwrap_or_else(Fail::into_response);
                let is_error = response.status().is_client_error()
                    || response.status() == StatusCode::INTERNAL_SERVER_ERROR;
                if is_error
                    && self.tenant.quirks.contains(&Quirk::ErrorsAre200)
                    && response.body().starts_with(b"{\"error\"")
                {
                    *response.status_mut() = StatusCode::OK;
                }
                response
            }
            _ => self.services(request, app, now).unwrap_or_else(Fail::into_response),
        }
    }

    /// What is not OData, below the application.
    fn services(
        &mut self,
        request: &Request<Bytes>,
        app: &str,
        now: DateTime<Utc>,
    ) -> Result<Response<Bytes>, Fail> {
        let upload = app == "/rest/FileApiService/UploadFile";
        let download = app.strip_prefix("/rest/FileService/Download/");
        let settings = app.starts_with("/DataService/json/") && app.ends_with("/QuerySysSettings");
        if !upload && !settings && download.is_none() {
            return Err(Fail::page_not_found());
        }
        let cookie = self.admit(request, now)?;
        let mut response = match download {
            Some(target) => self.download(target, now),
            None if settings => self.settings(request),
            None => self.upload(request, self.save(now)),
        };
        if let Some(cookie) = cookie {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
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
        let cookie = self.admit(request, now)?;
        if self.config.rights == Rights::NoOData {
            return Err(Fail::plain(StatusCode::FORBIDDEN, "Access to OData is denied."));
        }
        if request.headers().contains_key("x-http-method-override") {
            return Err(Fail::plain(StatusCode::BAD_REQUEST, "Method override is not supported."));
        }
        let is_batch = below == "/$batch";
        self.meter(if is_batch { items.max(1) } else { 1 }, now)?;
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
            save: self.save(now),
            now,
            blind: self.config.rights == Rights::NoRoles,
        };
        let mut response = if is_batch {
            if request.method() != Method::POST {
                return Err(Fail::page_not_found());
            }
            batch::perform(&mut self.tenant, &call, faults, goes_on(request))?
        } else {
            call.perform(&mut self.tenant)?
        };
        if let Some(cookie) = cookie {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }

    /// By token or by cookies; the cookie to set.
    fn admit(
        &mut self,
        request: &Request<Bytes>,
        now: DateTime<Utc>,
    ) -> Result<Option<HeaderValue>, Fail> {
        let Some(header) = request.headers().get(AUTHORIZATION) else {
            return self.check_session(request, now);
        };
        let token = header.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
        let until = token.and_then(|token| self.tokens.get(token));
        if until.is_some_and(|until| *until > now) {
            Ok(None)
        } else {
            Err(self.unauthenticated(request))
        }
    }

    /// What the integration's user writes.
    fn save(&self, now: DateTime<Utc>) -> Save {
        self.tenant.save(self.config.contact, now)
    }

    fn root(&self, request: &Request<Bytes>, path: &str) -> String {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
        format!("http://{}{}{path}", host.unwrap_or("creatio.invalid"), self.config.base_path)
    }
}

/// Whether a batch goes on after an item that failed.
fn goes_on(request: &Request<Bytes>) -> bool {
    request.headers().get_all("prefer").iter().any(|value| {
        let value = value.to_str().unwrap_or_default();
        value.split([',', ';']).any(|part| {
            let part = part.trim();
            let part = part.strip_prefix("odata.").unwrap_or(part);
            part == "continue-on-error" || part == "continue-on-error=true"
        })
    })
}

fn is_json(request: &Request<Bytes>) -> bool {
    content_type(request) == "application/json"
}

pub(crate) fn content_type(request: &Request<Bytes>) -> &str {
    let header = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    header.and_then(|value| value.split(';').next()).unwrap_or_default().trim()
}

pub(crate) fn json_response(status: StatusCode, body: &serde_json::Value) -> Response<Bytes> {
    let mut response = Response::new(shown::bytes(body));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json; charset=UTF-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
