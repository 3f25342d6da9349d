//! Forms login: a user name, a password, cookies, and how all that ends.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::config::{Builder, Host};
use super::door::json_response;
use super::fail::Fail;
use super::{Creatio, Quirk, State};

/// How credentials that are no longer accepted are told so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expiry {
    /// 403: the session is there, its CSRF token is not what was sent.
    Forbidden,
    /// 200 and the login page.
    Html,
    /// 401 and `{"Message": "Authentication failed.", …}`.
    Json,
    /// The same body with status 200.
    JsonWith200,
    /// 302 to the login page.
    Redirect,
    /// 401 and nothing else.
    Unauthorized,
}

/// The users who may log in, and who is logged in.
#[derive(Debug, Default)]
pub(crate) struct Logins {
    sessions: HashMap<String, Session>,
    given: u64,
    rejected: u64,
    wrong: u32,
    locked_until: Option<DateTime<Utc>>,
}

#[derive(Debug)]
struct Session {
    loader: String,
    csrf: String,
    seen: DateTime<Utc>,
    named: bool,
}

/// What forms login demands.
#[derive(Clone)]
pub(crate) struct Forms {
    user: Option<(String, String)>,
    csrf: bool,
    attempts: u32,
    lockout: Duration,
    idle: Duration,
}

impl Default for Forms {
    fn default() -> Self {
        Self {
            user: None,
            csrf: true,
            attempts: 5,
            lockout: Duration::from_secs(15 * 60),
            idle: Duration::from_secs(60 * 60),
        }
    }
}

impl Builder {
    /// Lets the integration's user log in with a password; without, every login is refused.
    #[must_use]
    pub fn user(mut self, name: &str, password: &str) -> Self {
        self.config.forms.user = Some((name.to_owned(), password.to_owned()));
        self
    }

    /// Switches the CSRF protection off: no cookie `BPMCSRF` is set and no header demanded.
    #[must_use]
    pub fn without_csrf(mut self) -> Self {
        self.config.forms.csrf = false;
        self
    }

    /// Locks the account for a time after so many wrong passwords in a row; 5 and 15 minutes when
    /// not called.
    #[must_use]
    pub fn lockout(mut self, attempts: u32, time: Duration) -> Self {
        self.config.forms.attempts = attempts;
        self.config.forms.lockout = time;
        self
    }

    /// How long a session lives without a request; an hour when not called.
    #[must_use]
    pub fn session_timeout(mut self, idle: Duration) -> Self {
        self.config.forms.idle = idle;
        self
    }
}

impl Creatio {
    /// How many sessions of forms login are open, used or not.
    pub fn open_sessions(&self) -> usize {
        self.state().logins.sessions.len()
    }

    /// How many logins succeeded.
    pub fn logins(&self) -> u64 {
        self.state().logins.given
    }

    /// How many logins were refused.
    pub fn rejected_logins(&self) -> u64 {
        self.state().logins.rejected
    }

    /// Gives every session another CSRF token, without telling.
    pub fn change_csrf(&self) {
        for session in self.state().logins.sessions.values_mut() {
            session.csrf = format!("{}again==", session.csrf.trim_end_matches('='));
        }
    }
}

impl Logins {
    pub(crate) fn end_all(&mut self) {
        self.sessions.clear();
    }
}

impl State {
    /// `/ServiceModel/AuthService.svc/{method}`, at the root of the site on both hosts.
    pub(crate) fn auth_service(
        &mut self,
        request: &Request<Bytes>,
        method: &str,
        now: DateTime<Utc>,
    ) -> Response<Bytes> {
        if request.method() != Method::POST {
            return Fail::plain(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed.")
                .into_response();
        }
        match method {
            "Login" => self.log_in(request, now),
            "Logout" => self.log_out(request),
            _ => Fail::access_denied().into_response(),
        }
    }

    /// Ends the session of the cookies, if there is one.
    pub(crate) fn log_out(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        if let Some(ticket) = cookie(request, TICKET) {
            self.logins.sessions.remove(&ticket);
        }
        Response::new(Bytes::new())
    }

    /// Whether the cookies belong to a session; the cookie to set on its first use.
    pub(crate) fn check_session(
        &mut self,
        request: &Request<Bytes>,
        now: DateTime<Utc>,
    ) -> Result<Option<HeaderValue>, Fail> {
        let idle = self.config.forms.idle;
        self.logins.sessions.retain(|_, session| session.seen + idle > now);
        let ticket = cookie(request, TICKET).unwrap_or_default();
        let Some(session) = self.logins.sessions.get_mut(&ticket) else {
            return Err(self.unauthenticated(request));
        };
        if cookie(request, LOADER).as_ref() != Some(&session.loader)
            || cookie(request, "UserType").is_none()
        {
            return Err(self.unauthenticated(request));
        }
        let header = request.headers().get(CSRF).and_then(|value| value.to_str().ok());
        let csrf = Some(session.csrf.as_str());
        if self.config.forms.csrf && (header != csrf || cookie(request, CSRF).as_deref() != csrf) {
            return Err(Fail::access_denied());
        }
        session.seen = now;
        if std::mem::replace(&mut session.named, true) {
            return Ok(None);
        }
        let path = self.cookie_path();
        Ok(HeaderValue::try_from(format!("BPMSESSIONID={}; path={path}; HttpOnly", &ticket[..24]))
            .ok())
    }

    /// The answer to credentials that are not accepted.
    pub(crate) fn unauthenticated(&self, request: &Request<Bytes>) -> Fail {
        let forced = request.headers().contains_key("forceusesession")
            || request.headers().contains_key(http::header::AUTHORIZATION);
        let natural = if forced { Expiry::Json } else { Expiry::Redirect };
        match self.expiry.unwrap_or(natural) {
            Expiry::Forbidden => Fail::access_denied(),
            Expiry::Html => Fail::login_page(),
            Expiry::Json => Fail::unauthorized(StatusCode::UNAUTHORIZED),
            Expiry::JsonWith200 => Fail::unauthorized(StatusCode::OK),
            Expiry::Redirect => Fail::redirect(format!("{}{}", self.config.base_path, self.page())),
            Expiry::Unauthorized => Fail::empty(StatusCode::UNAUTHORIZED),
        }
    }

    fn page(&self) -> &'static str {
        match self.config.host {
            Host::Core => "/Login/Login.html",
            Host::Framework => "/Login/NuiLogin.aspx",
        }
    }

    fn log_in(&mut self, request: &Request<Bytes>, now: DateTime<Utc>) -> Response<Bytes> {
        let Ok(body) = serde_json::from_slice::<Value>(request.body()) else {
            return Fail::page(StatusCode::BAD_REQUEST).into_response();
        };
        let given = (body["UserName"].as_str(), body["UserPassword"].as_str());
        let user = self.config.forms.user.as_ref();
        let is_right = user.is_some_and(|(name, password)| {
            given.0.is_some_and(|given| given.eq_ignore_ascii_case(name))
                && given.1 == Some(password)
        });
        let is_locked = self.logins.locked_until.is_some_and(|until| until > now);
        if !is_right || is_locked || self.tenant.quirks.contains(&Quirk::PasswordExpired) {
            return self.refuse_login(is_right, is_locked, now);
        }
        self.logins.wrong = 0;
        self.logins.given += 1;
        let number = self.logins.given;
        let ticket = format!("{:064X}", u128::from(number) * 0x9E37_79B9_7F4A_7C15);
        let session = Session {
            loader: format!("loader{number}"),
            csrf: format!("/csrf+{number}=="),
            seen: now,
            named: false,
        };
        let shell = (self.config.host == Host::Framework)
            .then(|| format!("{}/0/Shell", self.config.base_path));
        let mut answer = outcome(0, "", &Value::Null, None, shell.as_deref());
        if self.tenant.quirks.contains(&Quirk::LoginWithoutCode) {
            answer.as_object_mut().map(|answer| answer.remove("Code"));
        }
        let mut response = json_response(StatusCode::OK, &answer);
        for cookie in self.cookies(given.0.unwrap_or_default(), &ticket, &session, now) {
            if let Ok(cookie) = HeaderValue::try_from(cookie) {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
        }
        self.logins.sessions.insert(ticket, session);
        response
    }

    /// The password may be right: the account is locked then, or the password has run out.
    fn refuse_login(
        &mut self,
        is_right: bool,
        is_locked: bool,
        now: DateTime<Utc>,
    ) -> Response<Bytes> {
        self.logins.rejected += 1;
        let (message, change) = match (is_locked, is_right) {
            (true, _) => ("Your account is locked.", None),
            (false, true) => (
                "Your password has expired.",
                Some(format!("{}/Login/ChangePassword", self.config.base_path)),
            ),
            (false, false) => {
                self.logins.wrong += 1;
                if self.logins.wrong >= self.config.forms.attempts {
                    self.logins.wrong = 0;
                    self.logins.locked_until = Some(now + self.config.forms.lockout);
                }
                ("Invalid username or password specified", None)
            }
        };
        let exception = json!({"HelpLink": null, "InnerException": null, "Message": message,
            "StackTrace": null, "Type": "System.Security.SecurityException"});
        let body = outcome(1, message, &exception, change.as_deref(), None);
        json_response(StatusCode::OK, &body)
    }

    fn cookies(
        &self,
        user: &str,
        ticket: &str,
        session: &Session,
        now: DateTime<Utc>,
    ) -> Vec<String> {
        let path = self.cookie_path();
        let later = (now + TimeDelta::days(7)).format("%a, %d-%b-%Y %H:%M:%S GMT");
        let name: Vec<String> = user.encode_utf16().map(|unit| unit.to_string()).collect();
        let mut cookies = vec![
            format!("{LOADER}={}; path={path}; HttpOnly", session.loader),
            format!("{TICKET}={ticket}; path={path}; HttpOnly; SameSite=Lax"),
            format!("UserName={}; expires={later}; path={path}; HttpOnly", name.join("|")),
            format!("UserType=General; expires={later}; path={path}; HttpOnly"),
        ];
        if self.config.forms.csrf {
            cookies.push(format!("{CSRF}={}; path=/", session.csrf));
        }
        if self.tenant.quirks.contains(&Quirk::LoginCookiesWithoutPath) {
            for cookie in &mut cookies {
                *cookie = cookie.replace(&format!("; path={path}"), "").replace("; path=/", "");
            }
        }
        if self.tenant.quirks.contains(&Quirk::LoginCookiesTwice) {
            let ended = |cookie: &String| {
                let name = cookie.split('=').next().unwrap_or_default().to_owned();
                format!("{name}=; expires=Tue, 12-Oct-1999 00:00:00 GMT; path={path}")
            };
            let twice = cookies.iter().flat_map(|cookie| [ended(cookie), cookie.clone()]);
            cookies = twice.collect();
        }
        cookies
    }

    fn cookie_path(&self) -> &str {
        if self.config.base_path.is_empty() { "/" } else { &self.config.base_path }
    }
}

fn outcome(
    code: i32,
    message: &str,
    exception: &Value,
    change: Option<&str>,
    to: Option<&str>,
) -> Value {
    json!({"Code": code, "Message": message, "Exception": exception,
        "PasswordChangeUrl": change, "RedirectUrl": to})
}

/// The last cookie of a name that is sent.
fn cookie(request: &Request<Bytes>, name: &str) -> Option<String> {
    let headers = request.headers().get_all(COOKIE).iter();
    let pairs = headers.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    let mut found =
        pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(key, _)| *key == name);
    found.next_back().map(|(_, value)| value.to_owned())
}

pub(crate) const AUTH_SERVICE: &str = "/ServiceModel/AuthService.svc/";
const TICKET: &str = ".ASPXAUTH";
const LOADER: &str = "BPMLOADER";
const CSRF: &str = "BPMCSRF";
