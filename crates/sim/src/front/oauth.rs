use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::fail::json_response;
use super::{Front, State};

impl Front {
    /// An administrator authorises the OAuth client: the code to be exchanged.
    pub fn authorize(&self) -> String {
        let code = self.state().uid("code");
        // A code is exchanged once, as a refresh token that has not begun is used.
        self.state().codes.insert(code.clone());
        code
    }

    /// Ends all access tokens of the OAuth client.
    pub fn expire_access_tokens(&self) {
        self.state().access.clear();
    }
}

impl State {
    /// `POST /oauth/token`
    pub(crate) fn grant(
        &mut self,
        request: &Request<Bytes>,
        now: DateTime<Utc>,
    ) -> Response<Bytes> {
        if request.method() != Method::POST {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "invalid_request");
        }
        if self.config.oauth.is_none() || basic(request) != self.config.oauth {
            return refusal(StatusCode::UNAUTHORIZED, "invalid_client");
        }
        let fields = fields(request);
        let field = |name: &str| {
            fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
        };
        let refresh = match field("grant_type") {
            Some("authorization_code") => {
                let code = field("code").unwrap_or_default();
                let known = field("redirect_uri").is_some() && self.codes.remove(code);
                known.then(|| self.refresh_token(now))
            }
            Some("refresh_token") => self.rotate(field("refresh_token").unwrap_or_default(), now),
            Some(_) => return refusal(StatusCode::BAD_REQUEST, "unsupported_grant_type"),
            None => return refusal(StatusCode::BAD_REQUEST, "invalid_request"),
        };
        let Some(refresh) = refresh else {
            return refusal(StatusCode::BAD_REQUEST, "invalid_grant");
        };
        let access = self.uid("access token");
        let expires = now + TimeDelta::hours(1);
        self.access.insert(access.clone(), expires);
        let body = json!({
            "access_token": access, "refresh_token": refresh, "token_type": "Bearer",
            "expires_at": expires.timestamp(),
        });
        json_response(StatusCode::OK, &body)
    }

    /// The same token until its last day, then another.
    fn rotate(&mut self, token: &str, now: DateTime<Utc>) -> Option<String> {
        let end = *self.refresh.get(token)?;
        let end = end.unwrap_or(now + SIX_MONTHS);
        self.refresh.insert(token.to_owned(), Some(end));
        if end <= now {
            return None;
        }
        let last_day = end - now <= TimeDelta::hours(24);
        Some(if last_day { self.refresh_token(now) } else { token.to_owned() })
    }

    fn refresh_token(&mut self, now: DateTime<Utc>) -> String {
        let token = self.uid("refresh token");
        self.refresh.insert(token.clone(), Some(now + SIX_MONTHS));
        token
    }
}

fn basic(request: &Request<Bytes>) -> Option<(String, String)> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let (name, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((name.to_owned(), secret.to_owned()))
}

fn fields(request: &Request<Bytes>) -> Vec<(String, String)> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("application/json")) {
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let fields = body.as_object().into_iter().flatten();
        return fields
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect();
    }
    form_urlencoded::parse(request.body()).into_owned().collect()
}

fn refusal(status: StatusCode, error: &str) -> Response<Bytes> {
    json_response(status, &json!({"error": error}))
}

const SIX_MONTHS: TimeDelta = TimeDelta::days(180);
