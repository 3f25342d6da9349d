//! A session's page, for those who may see it.

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use chrono::Utc;
use handover_core::id::SessionId;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::operator::is_operator;
use super::page;
use super::server::Shared;
use crate::view::View;

/// What a link carries. What else there may be is not looked at.
#[derive(Debug, Deserialize)]
pub(super) struct Grant {
    exp: Option<i64>,
    sig: Option<String>,
}

/// `GET /sessions/{session}`, with a signed link or an operator's token.
///
/// Whoever may not see it learns nothing, not even whether it is there.
pub(super) async fn session(
    State(shared): State<Shared>,
    Path(session): Path<String>,
    grant: Result<Query<Grant>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let now = Utc::now();
    let session = session.parse::<SessionId>().ok();
    let admitted = session.filter(|session| {
        let by_link = grant.as_ref().is_ok_and(|Query(grant)| match (grant.exp, &grant.sig) {
            (Some(expires), Some(signature)) => {
                shared.link.admits(*session, expires, signature, now)
            }
            _ => false,
        });
        by_link || is_operator(&headers, &shared.tokens)
    });
    let Some(session) = admitted else {
        return html(StatusCode::FORBIDDEN, &page::refused());
    };
    let archive = shared.relay.archive();
    match View::read(&*shared.store, &**archive, shared.relay.tenant(), session).await {
        Ok(Some(view)) => html(StatusCode::OK, &page::session(&view, now)),
        Ok(None) => html(StatusCode::NOT_FOUND, &page::missing()),
        Err(error) => {
            tracing::warn!(%error, "a session's page could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn html(status: StatusCode, page: &str) -> Response {
    let mut response = Response::new(Body::from(page.to_owned()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::try_from(page::policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A page with a customer's words is nobody else's to keep, frame or find.
const HEADERS: [(header::HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
];
