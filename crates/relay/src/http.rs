//! Requests from providers, answered once what they say is durable.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use handover_core::event::Source;
use handover_core::feed::Scope;
use http::{Request, Response, StatusCode, Uri};
use tower_service::Service;

use crate::relay::Relay;

impl Relay {
    /// Answers a provider's request to the webhook `name`: `channels/{channel}` or `desks/{desk}`.
    ///
    /// The request's URI must be the public URL as the provider called it. The answer comes once
    /// everything the request says is durable; `503` asks the provider to say it again.
    ///
    /// # Cancel safety
    /// Dropped, part of it may be durable; the provider says it again.
    #[tracing::instrument(skip_all, fields(webhook = name))]
    pub async fn handle(&self, name: &str, request: Request<Bytes>) -> Response<Bytes> {
        let Some((source, webhook)) = self.parts.webhooks.get(name) else {
            return status(StatusCode::NOT_FOUND);
        };
        let received = match webhook.receive(&request, self.parts.now()) {
            Ok(received) => received,
            Err(rejection) => {
                count("rejected");
                tracing::info!(reason = rejection.reason, "a request is rejected");
                return status(rejection.status);
            }
        };
        for _ in 0..received.ignored {
            count("ignored");
        }
        let poke = |scope: Scope| -> (Source, Scope) { (source.clone(), scope) };
        let pokes = received.pokes.into_iter().map(poke).collect();
        match self.accept(received.events, pokes).await {
            Ok(_) => received.response,
            Err(error) => {
                tracing::warn!(%error, "a request could not be made durable");
                status(StatusCode::SERVICE_UNAVAILABLE)
            }
        }
    }

    /// The webhook that a path belongs to, and the public URL of the request.
    fn place(&self, uri: &Uri) -> Option<(String, Uri)> {
        let public = self.parts.public_url.as_ref()?;
        let base = public.as_str().trim_end_matches('/');
        let mount = public.path().trim_end_matches('/');
        let path = uri.path();
        let inner = path.strip_prefix(mount).filter(|rest| rest.starts_with('/')).unwrap_or(path);
        let mut words = inner.split('/').skip(1);
        let name = format!("{}/{}", words.next()?, words.next()?);
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let url = format!("{base}{inner}{query}").parse().ok()?;
        Some((name, url))
    }
}

/// Serves `{public_url}/channels/{channel}` and `{public_url}/desks/{desk}`, and all below them.
///
/// Whether a proxy in front keeps or strips the public URL's path, the request finds its webhook.
impl Service<Request<Bytes>> for Relay {
    type Response = Response<Bytes>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Bytes>) -> Self::Future {
        let relay = self.clone();
        Box::pin(async move {
            let Some((name, url)) = relay.place(request.uri()) else {
                return Ok(status(StatusCode::NOT_FOUND));
            };
            *request.uri_mut() = url;
            Ok(relay.handle(&name, request).await)
        })
    }
}

fn count(result: &'static str) {
    metrics::counter!("handover_events_total", "result" => result).increment(1);
}

fn status(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}
