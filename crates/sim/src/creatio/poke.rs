//! The business process that tells the world: signal start, then a web service call with a secret
//! and no signature.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, Request, Uri};
use serde_json::json;
use uuid::Uuid;

use super::tenant::{Happened, Signal, Tenant};
use super::{listeners, seed};
use crate::{Outgoing, RetryOn};

/// Where and how the business process calls out when an activity is added to a case or a case
/// comes to an end.
#[derive(Clone)]
pub struct Poke {
    url: Uri,
    secret: String,
    style: PokeStyle,
    body: PokeBody,
    closing: String,
    retries: u32,
    modified: bool,
    repeats: bool,
    others_only: bool,
    activity_types: Option<Vec<Uuid>>,
}

/// How the secret travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PokeStyle {
    /// `Authorization: Bearer …`
    Bearer,
    /// `X-Handover-Secret: …`
    Header,
    /// The last segment of the path.
    Path,
}

/// What the call says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PokeBody {
    /// `{"event_type": "new_activity", "caseId": "…"}`, and the activity as `activityId`.
    Activity,
    /// `{"event_type": "new_activity", "caseId": "…"}`.
    Case,
    /// `{}`: the parameters were not filled.
    Empty,
    /// The same as [`PokeBody::Case`], as a form.
    Form,
    /// The same as [`PokeBody::Case`], with the id in braces and capitals.
    Shouted,
    /// The same as [`PokeBody::Case`], in XML.
    Xml,
}

impl Poke {
    /// Calls `url` with the secret and a [`PokeBody::Case`], once.
    pub fn new(url: Uri, secret: &str, style: PokeStyle) -> Self {
        Self {
            url,
            secret: secret.to_owned(),
            style,
            body: PokeBody::Case,
            closing: "case_closed".to_owned(),
            retries: 0,
            modified: false,
            repeats: false,
            others_only: false,
            activity_types: None,
        }
    }

    /// "Retries on call failure", for errors and for silence of five seconds.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// What the call says.
    #[must_use]
    pub fn body(mut self, body: PokeBody) -> Self {
        self.body = body;
        self
    }

    /// How the process names the end of a case; `case_closed` when not called.
    #[must_use]
    pub fn closing_event(mut self, name: &str) -> Self {
        name.clone_into(&mut self.closing);
        self
    }

    /// Fires for modified activities too, as `new_activity`.
    #[must_use]
    pub fn on_modified(mut self) -> Self {
        self.modified = true;
        self
    }

    /// The signal names no column: every change of a case that has ended says again that it has.
    #[must_use]
    pub fn on_any_change(mut self) -> Self {
        self.repeats = true;
        self
    }

    /// The signal leaves out the activities that the integration's user created.
    #[must_use]
    pub fn not_ours(mut self) -> Self {
        self.others_only = true;
        self
    }

    /// The signal is for tasks and mails only, as the recipe of the product has it.
    #[must_use]
    pub fn tasks_and_mails(mut self) -> Self {
        self.activity_types = Some(vec![seed::TYPE_TASK, seed::TYPE_EMAIL]);
        self
    }

    pub(crate) fn call(
        &self,
        signal: &Signal,
        tenant: &Tenant,
        own: Uuid,
        now: DateTime<Utc>,
    ) -> Option<Outgoing> {
        let event = match signal.what {
            Happened::ActivityModified if !self.modified => return None,
            Happened::ActivityAdded | Happened::ActivityModified => {
                let kind = tenant.cell("Activity", signal.row, "Type").guid();
                let is_of_type = self
                    .activity_types
                    .as_ref()
                    .is_none_or(|types| kind.is_some_and(|kind| types.contains(&kind)));
                if !is_of_type || (self.others_only && signal.author == Some(own)) {
                    return None;
                }
                "new_activity"
            }
            Happened::CaseAdded => return None,
            Happened::CaseModified => {
                let status = tenant.cell("Case", signal.case, "Status").guid()?;
                let is_told = self.repeats || signal.changed.iter().any(|name| name == "StatusId");
                if !is_told || !listeners::ends(tenant, status) {
                    return None;
                }
                &self.closing
            }
        };
        let mut outgoing = Outgoing::new(now, self.request(event, signal)?);
        outgoing.retries = self.retries;
        outgoing.retry_on = RetryOn::All;
        Some(outgoing)
    }

    fn request(&self, event: &str, signal: &Signal) -> Option<Request<Bytes>> {
        let case = signal.case;
        let (kind, body) = match self.body {
            PokeBody::Activity if signal.row != case => {
                let body = json!({"event_type": event, "caseId": case, "activityId": signal.row});
                (JSON, body.to_string())
            }
            PokeBody::Activity | PokeBody::Case => {
                (JSON, json!({"event_type": event, "caseId": case}).to_string())
            }
            PokeBody::Empty => (JSON, "{}".to_owned()),
            PokeBody::Form => (
                HeaderValue::from_static("application/x-www-form-urlencoded"),
                format!("event_type={event}&caseId={case}"),
            ),
            PokeBody::Shouted => {
                let case = case.braced().to_string().to_uppercase();
                (JSON, json!({"event_type": event, "caseId": case}).to_string())
            }
            PokeBody::Xml => (
                HeaderValue::from_static("application/xml"),
                format!("<call><event_type>{event}</event_type><caseId>{case}</caseId></call>"),
            ),
        };
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, kind);
        match self.style {
            PokeStyle::Bearer => {
                let bearer = HeaderValue::try_from(format!("Bearer {}", self.secret)).ok()?;
                headers.insert(AUTHORIZATION, bearer);
            }
            PokeStyle::Header => {
                let secret = HeaderValue::try_from(&self.secret).ok()?;
                headers.insert(HeaderName::from_static("x-handover-secret"), secret);
            }
            PokeStyle::Path => {
                let url = self.url.to_string();
                let url = format!("{}/{}", url.trim_end_matches('/'), self.secret);
                *request.uri_mut() = url.parse().ok()?;
            }
        }
        Some(request)
    }
}

impl std::fmt::Debug for Poke {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Poke").field("style", &self.style).finish_non_exhaustive()
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
