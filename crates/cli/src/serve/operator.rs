//! An operator's orders.

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::response::{IntoResponse, Response};
use handover_core::decide::Verdict;
use handover_core::id::{AccountId, SessionId};
use handover_core::job::JobId;
use handover_relay::CommandError;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use subtle::ConstantTimeEq as _;

use super::server::Shared;
use crate::operate::{Serving, look};

/// Proof that the request carries an operator's token.
#[derive(Debug)]
pub(super) struct Operator;

impl FromRequestParts<Shared> for Operator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Response> {
        if is_operator(&parts.headers, &shared.tokens) {
            return Ok(Self);
        }
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"handover\"")];
        Err((StatusCode::UNAUTHORIZED, challenge, problem("give the operator's token"))
            .into_response())
    }
}

/// Whether the headers carry one of the tokens, compared in constant time.
pub(super) fn is_operator(headers: &HeaderMap, tokens: &[SecretString]) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((scheme, given)) = given.and_then(|value| value.split_once(' ')) else { return false };
    let matches = |token: &SecretString| {
        bool::from(token.expose_secret().as_bytes().ct_eq(given.trim().as_bytes()))
    };
    // All are compared, whichever matches.
    scheme.eq_ignore_ascii_case("bearer")
        & tokens.iter().fold(false, |found, token| found | matches(token))
}

/// What becomes of an uncertain send, in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Settlement {
    /// The customer has it.
    Sent,
    /// The customer does not have it: send it again.
    Resend,
    /// The customer does not have it, and need not.
    Drop,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settle {
    verdict: Settlement,
}

/// `POST /operator/sessions/{session}/handoff`
pub(super) async fn hand_off(
    _: Operator,
    State(shared): State<Shared>,
    Path(session): Path<String>,
) -> Response {
    let Ok(session) = session.parse::<SessionId>() else {
        return refused(StatusCode::BAD_REQUEST, "a session is named by its id");
    };
    answer(shared.relay.hand_off(session).await)
}

/// `POST /operator/jobs/{job}/replay`
pub(super) async fn replay(
    _: Operator,
    State(shared): State<Shared>,
    Path(job): Path<u64>,
) -> Response {
    answer(shared.relay.replay(JobId(job)).await)
}

/// `POST /operator/jobs/{job}/settle` with `{"verdict": "sent" | "resend" | "drop"}`
pub(super) async fn settle(
    _: Operator,
    State(shared): State<Shared>,
    Path(job): Path<u64>,
    body: axum::body::Bytes,
) -> Response {
    match serde_json::from_slice::<Settle>(&body) {
        Ok(settle) => answer(shared.relay.settle(JobId(job), settle.verdict.into()).await),
        Err(_) => {
            refused(StatusCode::BAD_REQUEST, "give {\"verdict\": \"sent\"}, \"resend\" or \"drop\"")
        }
    }
}

/// `POST /operator/accounts/{account}/resume`
pub(super) async fn resume(
    _: Operator,
    State(shared): State<Shared>,
    Path(account): Path<String>,
) -> Response {
    let Ok(account) = AccountId::new(&account) else {
        return refused(StatusCode::BAD_REQUEST, "there is no such account");
    };
    // First the login, or the first job would only meet the old refusal.
    shared.logins.allow(&account);
    let resumed = shared.relay.archive().resume(shared.relay.tenant(), &account).await;
    answer(resumed.map_err(CommandError::from))
}

/// `GET /operator/status`
pub(super) async fn status(_: Operator, State(shared): State<Shared>) -> Response {
    let (tenant, archive) = (shared.relay.tenant(), shared.relay.archive());
    match look(tenant, archive.as_ref(), &shared.wanted, Serving::Yes).await {
        Ok(status) => Json(status).into_response(),
        Err(error) => answer(Err(error.into())),
    }
}

fn answer(done: Result<(), CommandError>) -> Response {
    match done {
        Ok(()) => Json(json!({"done": true})).into_response(),
        Err(CommandError::NotFound) => {
            let text = CommandError::NotFound.to_string();
            refused(StatusCode::NOT_FOUND, &text)
        }
        Err(error) => {
            tracing::warn!(%error, "an order could not be carried out");
            refused(StatusCode::SERVICE_UNAVAILABLE, "the store does not answer: try again")
        }
    }
}

fn refused(status: StatusCode, text: &str) -> Response {
    (status, problem(text)).into_response()
}

fn problem(text: &str) -> Json<serde_json::Value> {
    Json(json!({"done": false, "error": text}))
}

impl From<Settlement> for Verdict {
    fn from(settlement: Settlement) -> Self {
        match settlement {
            Settlement::Sent => Self::Sent,
            Settlement::Resend => Self::Resend,
            Settlement::Drop => Self::Drop,
        }
    }
}
