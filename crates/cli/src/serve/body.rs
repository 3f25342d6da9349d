//! Reading a request, within limits.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// The request with its whole body.
///
/// # Errors
/// 413 for a body over the limit, 408 for one that takes too long, 400 for one that breaks off.
pub(super) async fn read(request: Request<Body>) -> Result<Request<Bytes>, StatusCode> {
    let (head, body) = request.into_parts();
    let whole = tokio::time::timeout(PATIENCE, Limited::new(body, MOST_BYTES).collect()).await;
    match whole {
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
        Ok(Ok(body)) => Ok(Request::from_parts(head, body.to_bytes())),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
    }
}

/// The most a provider may say at once. Texts are far smaller; files come by reference.
const MOST_BYTES: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(10);
