//! What stands before the API: hosts, tokens, scopes.

use std::collections::BTreeSet;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::Request;
use http::header::{AUTHORIZATION, HOST};

use super::State;
use super::data::Source;
use super::fail::Fail;
use super::sign::channel_claims;

/// Whose request it is.
#[derive(Debug)]
pub(crate) enum Caller {
    /// The application behind a partner's channel.
    Partner { channel: String },
    /// A token with these scopes; `None` is all of them.
    Token { scopes: Option<BTreeSet<String>>, source: Source },
}

impl Caller {
    /// Any of these scopes will do.
    pub(crate) fn needs(&self, scopes: &[&str]) -> Result<(), Fail> {
        let has = match self {
            Self::Partner { .. } => false,
            Self::Token { scopes: None, .. } => true,
            Self::Token { scopes: Some(held), .. } => {
                scopes.iter().any(|scope| held.contains(*scope))
            }
        };
        if has { Ok(()) } else { Err(Fail::forbidden(scopes.first().unwrap_or(&""))) }
    }

    /// [`Caller::needs`], or a partner that reads.
    pub(crate) fn reads(&self, scope: &str) -> Result<(), Fail> {
        match self {
            Self::Partner { .. } => Ok(()),
            Self::Token { .. } => self.needs(&[scope]),
        }
    }

    /// Who did it, where no author is named.
    pub(crate) fn source(&self) -> Source {
        match self {
            Self::Partner { .. } => Source::Api,
            Self::Token { source, .. } => source.clone(),
        }
    }
}

impl State {
    /// Whether the API is at this host. A host that is not Front's is a server of the test's own.
    pub(crate) fn serves(&self, request: &Request<Bytes>, oauth: bool) -> bool {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let authority = request.uri().authority().map(|authority| authority.as_str());
        let host = authority.or(host).unwrap_or_default();
        match host.strip_suffix(".frontapp.com") {
            None => true,
            Some("app") => oauth,
            Some("api2") => !oauth,
            Some(name) => !oauth && name.strip_suffix(".api") == Some(&self.config.company),
        }
    }

    pub(crate) fn caller(
        &mut self,
        request: &Request<Bytes>,
        now: DateTime<Utc>,
    ) -> Result<Caller, Fail> {
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer "));
        let token = token.ok_or_else(Fail::unauthorized)?;
        if let Some(scopes) = self.config.tokens.get(token).filter(|_| !self.revoked) {
            return Ok(Caller::Token { scopes: scopes.clone(), source: Source::Api });
        }
        if self.access.get(token).is_some_and(|end| *end > now) {
            return Ok(Caller::Token { scopes: None, source: Source::OauthClient });
        }
        self.partner(token, now)
    }

    /// A token of the channel API: short-lived, and good for one request.
    fn partner(&mut self, token: &str, now: DateTime<Utc>) -> Result<Caller, Fail> {
        let (uid, secret) = self.config.application.as_ref().ok_or_else(Fail::unauthorized)?;
        let claims = channel_claims(secret, token).ok_or_else(Fail::unauthorized)?;
        let exp = claims["exp"].as_i64().and_then(|exp| DateTime::from_timestamp(exp, 0));
        let exp = exp.ok_or_else(Fail::unauthorized)?;
        let sub = claims["sub"].as_str().unwrap_or_default();
        let jti = claims["jti"].as_str().filter(|jti| !jti.is_empty());
        let timely = exp > now && exp <= now + TimeDelta::seconds(30);
        let known = self.channel(sub).is_some() && claims["iss"] == uid.as_str();
        match jti {
            Some(jti) if timely && known && self.jtis.insert(jti.to_owned()) => {
                Ok(Caller::Partner { channel: sub.to_owned() })
            }
            _ => Err(Fail::unauthorized()),
        }
    }
}
