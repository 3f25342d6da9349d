use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, USER_AGENT};
use http::{HeaderValue, Method, Request, Uri};

use super::config::Config;
use super::message::{Message, Step};
use super::sign;
use crate::{Outgoing, RetryOn};

pub(crate) type Params = Vec<(String, String)>;

/// A signed form POST to a URL of ours, to be sent at `due`.
pub(crate) fn signed(
    config: &Config,
    url: &str,
    params: &Params,
    idempotency_token: &str,
    due: DateTime<Utc>,
) -> Option<Outgoing> {
    let called = sign::called(url);
    let uri: Uri = called.parse().ok()?;
    let signature = sign::signature(&config.token, url, params);
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(params);
    let mut request = Request::new(Bytes::from(form.finish()));
    *request.method_mut() = Method::POST;
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, FORM);
    headers.insert(USER_AGENT, HeaderValue::from_static("TwilioProxy/1.1"));
    let authority = uri.authority()?.as_str();
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    headers.insert(HOST, HeaderValue::try_from(host).ok()?);
    if !user.is_empty() {
        let basic = format!("Basic {}", STANDARD.encode(user));
        headers.insert(AUTHORIZATION, HeaderValue::try_from(basic).ok()?);
    }
    headers.insert(SIGNATURE, HeaderValue::try_from(signature).ok()?);
    headers.insert(TOKEN, HeaderValue::try_from(idempotency_token).ok()?);
    *request.uri_mut() = uri;
    let mut outgoing = Outgoing::new(due, request);
    outgoing.connect = connect(config, &called);
    outgoing.timeout = Duration::from_secs(15);
    (outgoing.retries, outgoing.retry_on) = overrides(url);
    Some(outgoing)
}

/// What a status callback says of one step of a message.
pub(crate) fn callback(config: &Config, message: &Message, step: &Step) -> Params {
    let mut params = vec![
        ("MessageSid", message.sid.clone()),
        ("MessageStatus", step.status.to_owned()),
        ("SmsSid", message.sid.clone()),
        ("SmsStatus", step.status.to_owned()),
        ("To", message.to.clone()),
        ("From", message.from.clone()),
        ("AccountSid", config.account.clone()),
        ("ApiVersion", "2010-04-01".to_owned()),
    ];
    if let Some(service) = &message.service {
        params.push(("MessagingServiceSid", service.clone()));
    }
    if let Some(code) = step.error {
        params.push(("ErrorCode", code.to_string()));
        params.push(("ErrorMessage", format!("Error {code}")));
    }
    if step.status == "delivered" {
        params.push(("RawDlrDoneDate", step.at.format("%y%m%d%H%M").to_string()));
    }
    params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What a webhook says of a customer's message, blank values included.
pub(crate) fn inbound(config: &Config, message: &Message, media_types: &[String]) -> Params {
    let country = |number: &str| if number.starts_with("+1") { "US" } else { "" };
    let mut params = vec![
        ("ToCountry".to_owned(), country(&message.to).to_owned()),
        ("ToState".to_owned(), String::new()),
        ("SmsMessageSid".to_owned(), message.sid.clone()),
        ("NumMedia".to_owned(), message.media.len().to_string()),
        ("ToCity".to_owned(), String::new()),
        ("FromZip".to_owned(), String::new()),
        ("SmsSid".to_owned(), message.sid.clone()),
        ("FromState".to_owned(), String::new()),
        ("SmsStatus".to_owned(), "received".to_owned()),
        ("FromCity".to_owned(), String::new()),
        ("Body".to_owned(), message.body.clone()),
        ("FromCountry".to_owned(), country(&message.from).to_owned()),
        ("To".to_owned(), message.to.clone()),
        ("ToZip".to_owned(), String::new()),
        ("NumSegments".to_owned(), message.segments.to_string()),
        ("MessageSid".to_owned(), message.sid.clone()),
        ("AccountSid".to_owned(), config.account.clone()),
        ("From".to_owned(), message.from.clone()),
        ("ApiVersion".to_owned(), "2010-04-01".to_owned()),
    ];
    if let Some(service) = &message.service {
        params.push(("MessagingServiceSid".to_owned(), service.clone()));
    }
    for (index, (media, kind)) in message.media.iter().zip(media_types).enumerate() {
        let url = format!(
            "{}/2010-04-01/Accounts/{}/Messages/{}/Media/{media}",
            config.api_url, config.account, message.sid
        );
        params.push((format!("MediaUrl{index}"), url));
        params.push((format!("MediaContentType{index}"), kind.clone()));
    }
    params
}

fn connect(config: &Config, called: &str) -> Option<Uri> {
    let rewritten = config.reach.iter().rev().find_map(|(public, real)| {
        called.strip_prefix(public.as_str()).map(|rest| format!("{real}{rest}"))
    });
    rewritten?.parse().ok()
}

/// The connection overrides in a URL's fragment: how many retries, and after what.
fn overrides(url: &str) -> (u32, RetryOn) {
    let fragment = url.split_once('#').map_or("", |(_, fragment)| fragment);
    let mut retries = 1;
    let mut retry_on = RetryOn::Connect;
    for (name, value) in fragment.split('&').filter_map(|pair| pair.split_once('=')) {
        match (name, value) {
            ("rc", count) => retries = count.parse().map_or(1, |count: u32| count.min(5)),
            ("rp", "all" | "4xx") => retry_on = RetryOn::All,
            ("rp", "5xx" | "rt") => retry_on = RetryOn::ServerError,
            _ => {}
        }
    }
    (retries, retry_on)
}

const FORM: HeaderValue =
    HeaderValue::from_static("application/x-www-form-urlencoded; charset=UTF-8");
const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");
const TOKEN: HeaderName = HeaderName::from_static("i-twilio-idempotency-token");
