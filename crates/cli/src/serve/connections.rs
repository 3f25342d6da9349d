//! Connections: accepted, bounded and brought to an end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// Answers what comes in until `stopped` holds, then ends the connections: those that are idle at
/// once, the others when their answer is out, all of them after a grace period.
pub(super) async fn serve(
    listener: TcpListener,
    routes: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let slots = Arc::new(Semaphore::new(MOST));
    let mut open = JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        let accepted = tokio::select! {
            biased;
            () = is(&mut stopped) => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        let Some((stream, slot)) = accepted else { continue };
        let (routes, stopped) = (routes.clone(), stopped.clone());
        open.spawn(async move {
            converse(stream, routes, stopped).await;
            drop(slot);
        });
    }
    drop(listener);
    let deadline = Instant::now() + GRACE;
    while let Ok(Some(_)) = timeout_at(deadline, open.join_next()).await {}
    open.shutdown().await;
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, slot)),
        Err(error) => {
            // Too many open files, for instance: it gets better when connections end.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(AFTER_FAILURE).await;
            None
        }
    }
}

async fn converse(stream: TcpStream, routes: Router, mut stopped: watch::Receiver<bool>) {
    // Answers are small and complete; when it cannot be set, they are merely slower.
    stream.set_nodelay(true).ok();
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(SILENCE)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes))
    );
    let ended: Result<(), hyper::Error> = tokio::select! {
        ended = connection.as_mut() => ended,
        () = is(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // The other side went away, or was silent for too long: that is its business.
    ended.ok();
}

async fn is(stopped: &mut watch::Receiver<bool>) {
    // A sender that is gone stops the server too.
    stopped.wait_for(|is| *is).await.ok();
}

/// The most connections at a time; more of them wait to be accepted.
const MOST: usize = 1024;
/// How long a connection may be without a complete head: longer than proxies keep theirs idle.
const SILENCE: Duration = Duration::from_secs(75);
/// How long answers may still take after a stop. Webhooks are answered in far less.
const GRACE: Duration = Duration::from_secs(5);
const AFTER_FAILURE: Duration = Duration::from_millis(500);
