//! Between the providers and the processes: requests go to each process in turn, and what was not
//! acknowledged is said again, as a provider's fallback does, or left for the poll to find.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::ledger::Ledger;
use super::site::Site;

/// Serves until it is dropped.
pub(super) struct Gateway {
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    places: Vec<SocketAddr>,
    turn: AtomicUsize,
    ledger: Ledger,
    rng: Mutex<Rng>,
    under_way: AtomicUsize,
    refused: AtomicUsize,
    doubled: AtomicUsize,
}

/// Why there is no answer.
pub(super) enum Silence {
    /// Nobody listens: the request went nowhere.
    NobodyThere,
    /// The request may have been read.
    Lost,
}

impl Gateway {
    pub(super) fn open(listener: TcpListener, site: &Site, ledger: Ledger, seed: u64) -> Self {
        let shared = Arc::new(Shared {
            places: site.places.iter().map(|(address, _)| *address).collect(),
            turn: AtomicUsize::new(0),
            ledger,
            rng: Mutex::new(Rng::with_seed(seed)),
            under_way: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            doubled: AtomicUsize::new(0),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { shared, accepting }
    }

    /// Whether nothing is on its way.
    pub(super) fn is_still(&self) -> bool {
        self.shared.under_way.load(Ordering::Relaxed) == 0
    }

    /// How often a text was not acknowledged.
    pub(super) fn refused(&self) -> usize {
        self.shared.refused.load(Ordering::Relaxed)
    }

    /// How often a text was said again although it was acknowledged.
    pub(super) fn doubled(&self) -> usize {
        self.shared.doubled.load(Ordering::Relaxed)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        let service = service_fn(move |request| answer(Arc::clone(&shared), request));
        tokio::spawn(async move {
            let served = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            // An error is the provider leaving.
            served.await.ok();
        });
    }
}

async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return Ok(status(StatusCode::BAD_REQUEST)) };
    let request = Request::from_parts(head, body.to_bytes());
    let text = text_of(&request);
    let answer = shared.deliver(&request, text.as_deref()).await;
    if let Some(text) = text {
        shared.say_again(request, text, answer.status().is_success());
    }
    Ok(answer)
}

impl Shared {
    /// Hands a request to the next process that listens.
    async fn deliver(&self, request: &Request<Bytes>, text: Option<&str>) -> Response<Full<Bytes>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        for n in (0..self.places.len()).map(|n| (turn + n) % self.places.len()) {
            let answer = send(self.places[n], request.clone()).await;
            let what = match &answer {
                Ok(answer) => format!("answered {} by process {n}", answer.status().as_u16()),
                Err(Silence::NobodyThere) => continue,
                Err(Silence::Lost) => format!("not answered by process {n}"),
            };
            let Some(text) = text else { return answer.unwrap_or_else(|_| bad_gateway()) };
            let Ok(answer) = answer.map_err(drop) else {
                self.ledger.seen(text, &what);
                return bad_gateway();
            };
            if self.rng.lock().unwrap().u32(0..30) == 0 {
                self.ledger.seen(text, &format!("{what}, and the answer was lost"));
                return bad_gateway();
            }
            self.ledger.seen(text, &what);
            if answer.status().is_success() {
                self.ledger.said().acknowledged.insert(text.to_owned());
            }
            return answer;
        }
        if let Some(text) = text {
            self.ledger.seen(text, "found no process that listens");
        }
        bad_gateway()
    }

    /// What was not acknowledged is mostly said again until it is; what was, now and then.
    fn say_again(self: &Arc<Self>, request: Request<Bytes>, text: String, is_done: bool) {
        let mut rng = self.rng.lock().unwrap().fork();
        let again = if is_done { rng.u32(0..20) == 0 } else { rng.u32(0..4) > 0 };
        self.refused.fetch_add(usize::from(!is_done), Ordering::Relaxed);
        self.doubled.fetch_add(usize::from(is_done && again), Ordering::Relaxed);
        if !again {
            return;
        }
        let shared = Arc::clone(self);
        shared.under_way.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(rng.u64(100..1_500))).await;
                if shared.deliver(&request, Some(&text)).await.status().is_success() {
                    break;
                }
            }
            shared.under_way.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

/// One request on a connection of its own.
pub(super) async fn send(
    to: SocketAddr,
    request: Request<Bytes>,
) -> Result<Response<Full<Bytes>>, Silence> {
    let stream = TcpStream::connect(to).await.map_err(|_| Silence::NobodyThere)?;
    let exchange = async {
        let io = TokioIo::new(stream);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.ok()?;
        let connection = tokio::spawn(connection);
        let answer = sender.send_request(request.map(Full::new)).await.ok()?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        connection.abort();
        Some(Response::from_parts(head, Full::new(body)))
    };
    // As long as Twilio waits.
    let answer = tokio::time::timeout(Duration::from_secs(15), exchange).await;
    answer.ok().flatten().ok_or(Silence::Lost)
}

/// What a customer says in a request.
fn text_of(request: &Request<Bytes>) -> Option<String> {
    let is_text = request.uri().path().ends_with("/channels/sms-us");
    let mut pairs = form_urlencoded::parse(request.body());
    let body = pairs.find(|(name, _)| name == "Body").map(|(_, value)| value.into_owned());
    body.filter(|_| is_text)
}

fn bad_gateway() -> Response<Full<Bytes>> {
    status(StatusCode::BAD_GATEWAY)
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
