//! Requests of providers, handed to the relay.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::Request;
use tower_service::Service as _;

use super::body;
use super::server::Shared;

/// Answers once what the request says is durable.
pub(super) async fn receive(State(shared): State<Shared>, request: Request<Body>) -> Response {
    let request = match body::read(request).await {
        Ok(request) => request,
        Err(status) => {
            metrics::counter!("handover_events_total", "result" => "rejected").increment(1);
            return status.into_response();
        }
    };
    let (path, body) = (request.uri().path().to_owned(), request.body().clone());
    let Ok(response) = shared.relay.clone().call(request).await;
    if response.status().is_success() {
        shared.heard.keep(&path, &body);
    }
    response.map(Body::from)
}
