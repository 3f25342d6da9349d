//! Whether the server is well.

use axum::extract::State;
use http::StatusCode;

use super::operator::Operator;
use super::server::Shared;

/// The process answers.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// The store answers too.
pub(super) async fn ready(State(shared): State<Shared>) -> (StatusCode, &'static str) {
    match shared.relay.archive().pauses(shared.relay.tenant()).await {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::warn!(%error, "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n")
        }
    }
}

/// What was counted since the process began, in the text format of Prometheus.
pub(super) async fn counts(_: Operator, State(shared): State<Shared>) -> String {
    shared.counters.text()
}
