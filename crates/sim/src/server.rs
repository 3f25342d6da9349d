//! Real HTTP servers over the state machines, on loopback, for tests, benchmarks and demos.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::{Clock, Outbox, Outcome, Outgoing, RetryOn, Simulator};

/// Serves a simulator over HTTP/1.1 at `addr` (port 0 picks a free one) and sends its webhooks,
/// until the [`Handle`] is dropped.
///
/// # Errors
///
/// When the address cannot be bound.
pub async fn serve<S: Simulator>(simulator: S, addr: SocketAddr) -> io::Result<Handle> {
    serve_with_clock(simulator, addr, Clock::system()).await
}

/// [`serve`], with a clock of the caller's.
///
/// # Errors
///
/// When the address cannot be bound.
pub async fn serve_with_clock<S: Simulator>(
    simulator: S,
    addr: SocketAddr,
    clock: Clock,
) -> io::Result<Handle> {
    let listener = TcpListener::bind(addr).await?;
    let addr = listener.local_addr()?;
    let outbox = simulator.outbox().clone();
    let tasks = vec![
        tokio::spawn(send_webhooks(outbox.clone(), clock.clone())),
        tokio::spawn(accept(listener, simulator, clock)),
    ];
    Ok(Handle { addr, outbox, tasks })
}

/// A running server. Dropping it stops the server and closes its connections.
#[derive(Debug)]
pub struct Handle {
    addr: SocketAddr,
    outbox: Outbox,
    tasks: Vec<JoinHandle<()>>,
}

impl Handle {
    /// Where the server listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The server's URL, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Waits until no outgoing webhook is pending, retries included.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn settled(&self) {
        self.outbox.settled().await;
    }

    /// Stops the server and waits until its tasks are gone.
    pub async fn shutdown(mut self) {
        for task in self.tasks.drain(..) {
            task.abort();
            // An aborted task ends with a join error, which is what was asked for.
            drop(task.await);
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn accept<S: Simulator>(listener: TcpListener, simulator: S, clock: Clock) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(converse(stream, simulator.clone(), clock.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse<S: Simulator>(stream: TcpStream, simulator: S, clock: Clock) {
    // Answers are small and complete: waiting for more only adds latency. When it cannot be set,
    // the answers are merely slower.
    stream.set_nodelay(true).ok();
    let service = service_fn(|request| answer(&simulator, &clock, request));
    // An error here is the peer leaving, or a connection we were told to drop.
    http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await
        .ok();
}

async fn answer<S: Simulator>(
    simulator: &S,
    clock: &Clock,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, io::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let reply = simulator.handle(Request::from_parts(parts, body), clock.now());
    if !reply.delay.is_zero() {
        tokio::time::sleep(reply.delay).await;
    }
    match reply.outcome {
        Outcome::Answer(response) => Ok(response.map(Full::new)),
        Outcome::Dropped { .. } | Outcome::Unreachable => {
            Err(io::Error::other("dropped by the script"))
        }
    }
}

async fn send_webhooks(outbox: Outbox, clock: Clock) {
    let client: Poster = Client::builder(TokioExecutor::new()).build_http();
    let mut side_by_side = JoinSet::new();
    loop {
        let Some((outgoing, parallel)) = outbox.next() else {
            outbox.changed().await;
            continue;
        };
        let wait = (outgoing.due - clock.now()).to_std().unwrap_or(Duration::ZERO);
        if !wait.is_zero() {
            outbox.put_back(outgoing);
            // What is queued meanwhile may be due earlier. An elapsed wait is the normal case.
            tokio::time::timeout(wait, outbox.changed()).await.ok();
            continue;
        }
        let posted = post(client.clone(), outbox.clone(), clock.clone(), outgoing);
        if parallel {
            side_by_side.spawn(posted);
        } else {
            posted.await;
        }
        while side_by_side.try_join_next().is_some() {}
    }
}

async fn post(client: Poster, outbox: Outbox, clock: Clock, outgoing: Outgoing) {
    let mut heard = (None, Bytes::new());
    for _ in 0..=outgoing.retries {
        let answer = attempt(&client, &outgoing).await;
        let status = answer.as_ref().map(|(status, _)| *status);
        heard = answer.map_or((None, Bytes::new()), |(status, body)| (Some(status), body));
        outbox.attempted(outgoing.request.uri().to_string(), status);
        let again = match (outgoing.retry_on, status) {
            (_, None) => true,
            (RetryOn::Connect, Some(_)) => false,
            (RetryOn::ServerError, Some(status)) => status >= 500,
            (RetryOn::All, Some(status)) => !(200..300).contains(&status),
        };
        if !again {
            break;
        }
    }
    outgoing.answered(heard.0, &heard.1, clock.now());
    outbox.finished();
}

async fn attempt(client: &Poster, outgoing: &Outgoing) -> Option<(u16, Bytes)> {
    let mut request = outgoing.request.clone().map(Full::new);
    if let Some(connect) = &outgoing.connect {
        *request.uri_mut() = connect.clone();
    }
    let answer = async {
        let response = client.request(request).await.ok()?;
        let status = response.status().as_u16();
        // The status counts even when the body breaks off.
        let body = response.into_body().collect().await.map(|body| body.to_bytes());
        Some((status, body.unwrap_or_default()))
    };
    tokio::time::timeout(outgoing.timeout, answer).await.ok()?
}

type Poster = Client<HttpConnector, Full<Bytes>>;
