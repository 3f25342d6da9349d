//! The cookies of a session, for one host and what is below one path.

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, header};
use url::Url;

/// Cookies, as far as they are meant for the application.
#[derive(Debug)]
pub(super) struct Jar {
    host: String,
    path: String,
    cookies: Vec<Cookie>,
}

#[derive(Debug)]
struct Cookie {
    name: String,
    value: String,
    path: String,
}

impl Jar {
    pub(super) fn new(base: &Url) -> Self {
        let host = base.host_str().unwrap_or_default().to_owned();
        let path = format!("{}/", base.path().trim_end_matches('/'));
        Self { host, path, cookies: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    /// Whether it holds the cookie that says who is logged in.
    pub(super) fn has_ticket(&self) -> bool {
        self.cookies.iter().any(|cookie| cookie.name == ".ASPXAUTH")
    }

    /// Takes in every `Set-Cookie`. A later one of the same name and path takes the place of an
    /// earlier one; one that has run out takes it away.
    pub(super) fn take_in(&mut self, headers: &HeaderMap, now: DateTime<Utc>) {
        for value in headers.get_all(header::SET_COOKIE) {
            let Some((cookie, over)) = value.to_str().ok().and_then(|text| self.read(text, now))
            else {
                continue;
            };
            self.cookies.retain(|old| (&old.name, &old.path) != (&cookie.name, &cookie.path));
            if !over {
                self.cookies.push(cookie);
            }
        }
    }

    /// What each request carries.
    ///
    /// Source: `BPMCSRF` is repeated as a header; it is not there where the check is switched off.
    /// `ForceUseSession` asks for a clean refusal instead of a redirect.
    pub(super) fn headers(&self) -> HeaderMap {
        let pairs: Vec<String> =
            self.cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        let mut headers = HeaderMap::new();
        headers.insert(FORCE_USE_SESSION, HeaderValue::from_static("true"));
        if let Ok(mut cookies) = HeaderValue::try_from(pairs.join("; ")) {
            cookies.set_sensitive(true);
            headers.insert(header::COOKIE, cookies);
        }
        let csrf = self.cookies.iter().rev().find(|cookie| cookie.name == "BPMCSRF");
        if let Some(mut value) = csrf.and_then(|csrf| HeaderValue::try_from(&csrf.value).ok()) {
            value.set_sensitive(true);
            headers.insert("bpmcsrf", value);
        }
        headers
    }

    /// A cookie, and whether it is over. `None` for one that is meant for somebody else.
    fn read(&self, text: &str, now: DateTime<Utc>) -> Option<(Cookie, bool)> {
        let mut parts = text.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        let mut path = "/".to_owned();
        let mut over = value.is_empty();
        let mut age = None;
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "path" if value.starts_with('/') => value.clone_into(&mut path),
                "domain" if !self.is_within(value) => return None,
                "max-age" => age = value.parse::<i64>().ok(),
                "expires" => over |= expires(value).is_some_and(|at| at <= now),
                _ => {}
            }
        }
        // RFC 6265, 5.3: `Max-Age` wins over `Expires`.
        if let Some(age) = age {
            over = value.is_empty() || age <= 0;
        }
        let base = format!("{}/", path.trim_end_matches('/'));
        let reaches_us = self.path.to_ascii_lowercase().starts_with(&base.to_ascii_lowercase())
            // A cookie for a part of the application, /0 for instance.
            || base.to_ascii_lowercase().starts_with(&self.path.to_ascii_lowercase());
        let cookie = Cookie { name: name.to_owned(), value: value.to_owned(), path };
        (!name.is_empty() && reaches_us).then_some((cookie, over))
    }

    fn is_within(&self, domain: &str) -> bool {
        let domain = domain.trim_start_matches('.').to_ascii_lowercase();
        self.host == domain || self.host.ends_with(&format!(".{domain}"))
    }
}

/// A cookie's date, as servers write it: `Fri, 20 Nov 2026 09:00:00 GMT`, also with `-`.
fn expires(text: &str) -> Option<DateTime<Utc>> {
    let text = text.replace('-', " ").replace("GMT", "+0000").replace("UTC", "+0000");
    DateTime::parse_from_rfc2822(&text).ok().map(|at| at.to_utc())
}

const FORCE_USE_SESSION: &str = "forceusesession";

#[cfg(test)]
mod tests;
