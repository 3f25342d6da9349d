use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::State;
use super::message::{Message, rfc2822};
use super::send::Refusal;
use crate::{Outgoing, shown};

impl State {
    /// One request, and the callbacks it causes.
    pub(crate) fn answer(
        &mut self,
        request: &Request<Bytes>,
        now: DateTime<Utc>,
    ) -> (Response<Bytes>, Vec<Outgoing>) {
        match self.route(request, now) {
            Ok(answered) => answered,
            Err(refusal) => (refused(refusal), Vec::new()),
        }
    }

    fn route(
        &mut self,
        request: &Request<Bytes>,
        now: DateTime<Utc>,
    ) -> Result<(Response<Bytes>, Vec<Outgoing>), Refusal> {
        let path = request.uri().path().to_owned();
        if let Some(media) = path.strip_prefix("/storage/") {
            return Ok((self.storage(request, media), Vec::new()));
        }
        if !self.knows(request) {
            return Err(UNAUTHORIZED);
        }
        if path == format!("/2010-04-01/Accounts/{}.json", self.config.account) {
            return Ok((self.account(), Vec::new()));
        }
        let account = format!("/2010-04-01/Accounts/{}/", self.config.account);
        let below = path.strip_prefix(&account).ok_or(NOT_FOUND)?;
        let segments: Vec<&str> = below.split('/').collect();
        let answer = match (request.method(), segments.as_slice()) {
            (&Method::POST, ["Messages.json"]) => {
                let form = form(request)?;
                let (message, callbacks) = self.send(&form, now)?;
                let mut shown = message.shown(&self.config.account, message.created);
                let first = if message.service.is_some() { "accepted" } else { "queued" };
                shown["status"] = json!(first);
                shown["date_sent"] = Value::Null;
                shown["error_code"] = Value::Null;
                shown["error_message"] = Value::Null;
                if message.service.is_some() {
                    shown["num_segments"] = json!("0");
                    shown["from"] = Value::Null;
                }
                return Ok((json_response(StatusCode::CREATED, &shown), callbacks));
            }
            (&Method::GET, ["IncomingPhoneNumbers.json"]) => self.numbers(request),
            (&Method::GET, ["Messages.json"]) => self.list(request, now)?,
            (&Method::GET, ["Messages", sid]) => {
                let sid = sid.strip_suffix(".json").ok_or(NOT_FOUND)?;
                let message = self.messages.called(sid).ok_or(NOT_FOUND)?;
                json_response(StatusCode::OK, &message.shown(&self.config.account, now))
            }
            (&Method::GET, ["Messages", sid, "Media.json"]) => self.media_list(sid),
            (&Method::GET, ["Messages", sid, "Media", media]) => self.media(sid, media)?,
            (&Method::DELETE, ["Messages", sid, "Media", media]) => {
                let media = media.trim_end_matches(".json");
                let held = self.media.get(media).filter(|held| held.message == *sid);
                held.ok_or(NOT_FOUND)?;
                self.media.remove(media);
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = StatusCode::NO_CONTENT;
                response
            }
            _ => return Err(NOT_FOUND),
        };
        Ok((answer, Vec::new()))
    }

    fn knows(&self, request: &Request<Bytes>) -> bool {
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let encoded = header.and_then(|value| value.strip_prefix("Basic "));
        let decoded = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
        let Some(decoded) = decoded.and_then(|bytes| String::from_utf8(bytes).ok()) else {
            return false;
        };
        let Some((user, password)) = decoded.split_once(':') else { return false };
        let own = user == self.config.account && password == self.config.token;
        let key = self.config.keys.get(user).is_some_and(|secret| secret == password);
        !self.revoked && (own || key)
    }

    /// Newest first, by pages.
    fn list(
        &self,
        request: &Request<Bytes>,
        now: DateTime<Utc>,
    ) -> Result<Response<Bytes>, Refusal> {
        let query = request.uri().query().unwrap_or_default();
        let params: Vec<(String, String)> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut wanted = Vec::new();
        let (mut size, mut page, mut after) = (50_usize, 0_usize, None);
        for (name, value) in &params {
            match name.as_str() {
                "PageSize" => size = value.parse().map_err(|_| BAD_PARAMETER)?,
                "Page" => page = value.parse().map_err(|_| BAD_PARAMETER)?,
                "PageToken" => after = value.strip_prefix("PA"),
                "To" | "From" | "DateSent" | "DateSent<" | "DateSent>" => {
                    wanted.push(Wanted::read(name, value).ok_or(BAD_PARAMETER)?);
                }
                _ => {}
            }
        }
        let size = size.clamp(1, 1000);
        let settled = |message: &&Message| message.created + self.config.list_lag <= now;
        let since = wanted.iter().filter_map(Wanted::since).max();
        let since = since.unwrap_or(DateTime::<Utc>::MIN_UTC);
        let fits = |message: &&Message| wanted.iter().all(|wanted| wanted.fits(message, now));
        let found = self.messages.since(since, after).filter(settled).filter(fits);
        // A token names the last message of the page before, whatever has come since.
        let skipped = if after.is_some() { 0 } else { page * size };
        let mut shown: Vec<&Message> = found.skip(skipped).take(size + 1).collect();
        let more = shown.len() > size;
        shown.truncate(size);
        let start = page * size;
        let base = format!("/2010-04-01/Accounts/{}/Messages.json", self.config.account);
        let link = |page: usize, token: Option<&str>| {
            let mut link = form_urlencoded::Serializer::new(format!("{base}?"));
            let kept = params.iter().filter(|(name, _)| !name.starts_with("Page"));
            link.extend_pairs(kept);
            link.append_pair("PageSize", &size.to_string()).append_pair("Page", &page.to_string());
            if let Some(sid) = token {
                link.append_pair("PageToken", &format!("PA{sid}"));
            }
            link.finish().replacen("?&", "?", 1)
        };
        let last = shown.last().filter(|_| more).map(|message| message.sid.as_str());
        let messages: Vec<Value> =
            shown.iter().map(|message| message.shown(&self.config.account, now)).collect();
        let body = json!({
            "page": page, "page_size": size, "start": start, "end": start + shown.len().max(1) - 1,
            "uri": link(page, None), "first_page_uri": link(0, None),
            "next_page_uri": last.map(|sid| link(page + 1, Some(sid))),
            "previous_page_uri": null,
        });
        let body = shown::with(body, [("messages", messages.into())]);
        Ok(json_response(StatusCode::OK, &body))
    }

    fn media_list(&self, sid: &str) -> Response<Bytes> {
        let of_message = self.media.iter().filter(|(_, media)| media.message == sid);
        let list: Vec<Value> = of_message.map(|(id, _)| self.media_shown(id)).collect();
        json_response(StatusCode::OK, &json!({"media_list": list, "next_page_uri": null}))
    }

    /// The description of a file, or the way to its content.
    fn media(&self, sid: &str, id: &str) -> Result<Response<Bytes>, Refusal> {
        let described = id.strip_suffix(".json");
        let id = described.unwrap_or(id);
        self.media.get(id).filter(|media| media.message == sid).ok_or(NOT_FOUND)?;
        if described.is_some() {
            return Ok(json_response(StatusCode::OK, &self.media_shown(id)));
        }
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::FOUND;
        let location = format!("{}/storage/{id}?Signature=sim", self.config.api_url);
        if let Ok(location) = HeaderValue::try_from(location) {
            response.headers_mut().insert(LOCATION, location);
        }
        Ok(response)
    }

    fn media_shown(&self, id: &str) -> Value {
        let Some(media) = self.media.get(id) else { return Value::Null };
        json!({
            "sid": id, "account_sid": self.config.account, "parent_sid": media.message,
            "content_type": media.kind, "date_created": rfc2822(media.created),
            "uri": format!("/2010-04-01/Accounts/{}/Messages/{}/Media/{id}.json",
                self.config.account, media.message),
        })
    }

    /// The storage behind the redirect: its link is signed, and a second authorization is refused.
    fn storage(&self, request: &Request<Bytes>, id: &str) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        let media = self.media.get(id).filter(|_| request.method() == Method::GET);
        match media {
            _ if request.headers().contains_key(AUTHORIZATION) => {
                *response.status_mut() = StatusCode::BAD_REQUEST;
            }
            None => *response.status_mut() = StatusCode::NOT_FOUND,
            Some(media) => {
                if let Ok(kind) = HeaderValue::try_from(&media.kind) {
                    response.headers_mut().insert(CONTENT_TYPE, kind);
                }
                *response.body_mut() = media.content.clone();
            }
        }
        response
    }
}

/// One filter of a list.
enum Wanted {
    From(String),
    Sent { on: NaiveDate },
    SentAfter(DateTime<Utc>),
    SentBefore(DateTime<Utc>),
    To(String),
}

impl Wanted {
    fn read(name: &str, value: &str) -> Option<Self> {
        let start = || point(value);
        Some(match name {
            "From" => Self::From(value.to_owned()),
            "To" => Self::To(value.to_owned()),
            "DateSent" => Self::Sent { on: start()?.date_naive() },
            "DateSent>" => Self::SentAfter(start()?),
            // A whole day counts as included.
            _ if value.len() == 10 => Self::SentBefore(start()? + chrono::TimeDelta::days(1)),
            _ => Self::SentBefore(start()?),
        })
    }

    /// What was sent earlier does not fit.
    fn since(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Sent { on } => Some(on.and_time(NaiveTime::MIN).and_utc()),
            Self::SentAfter(from) => Some(*from),
            Self::From(_) | Self::SentBefore(_) | Self::To(_) => None,
        }
    }

    fn fits(&self, message: &Message, now: DateTime<Utc>) -> bool {
        let sent = message.sent_at(now);
        match self {
            Self::From(number) => message.from == *number,
            Self::To(number) => message.to == *number,
            Self::Sent { on } => sent.is_some_and(|sent| sent.date_naive() == *on),
            Self::SentAfter(from) => sent.is_some_and(|sent| sent >= *from),
            Self::SentBefore(until) => sent.is_some_and(|sent| sent <= *until),
        }
    }
}

pub(crate) fn page(code: u16) -> Response<Bytes> {
    let (known, message) = match code {
        429 => (20429, "Too Many Requests"),
        503 => (20503, "Service Unavailable"),
        _ => (20500, "Internal Server Error"),
    };
    refused(Refusal { code: known, status: code, message })
}

fn point(value: &str) -> Option<DateTime<Utc>> {
    if let Ok(day) = value.parse::<NaiveDate>() {
        return Some(day.and_hms_opt(0, 0, 0)?.and_utc());
    }
    DateTime::parse_from_rfc3339(value).ok().map(|at| at.with_timezone(&Utc))
}

fn form(request: &Request<Bytes>) -> Result<Vec<(String, String)>, Refusal> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|value| value.split(';').next()).unwrap_or_default();
    // Anything but a form is read as an empty one.
    if kind.trim() != "application/x-www-form-urlencoded" {
        return Ok(Vec::new());
    }
    Ok(form_urlencoded::parse(request.body()).into_owned().collect())
}

fn refused(refusal: Refusal) -> Response<Bytes> {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
    let body = json!({
        "code": refusal.code, "message": refusal.message, "status": refusal.status,
        "more_info": format!("https://www.twilio.com/docs/errors/{}", refusal.code),
    });
    let mut response = json_response(status, &body);
    if status == StatusCode::UNAUTHORIZED {
        let realm = HeaderValue::from_static("Basic realm=\"Twilio API\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, realm);
    }
    response
}

pub(super) fn json_response(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(shown::bytes(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

const UNAUTHORIZED: Refusal = Refusal { code: 20003, status: 401, message: "Authenticate" };
const NOT_FOUND: Refusal =
    Refusal { code: 20404, status: 404, message: "The requested resource was not found" };
const BAD_PARAMETER: Refusal =
    Refusal { code: 20001, status: 400, message: "A parameter is invalid" };
