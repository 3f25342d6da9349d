//! Load over real HTTP: one thread of its own, many keep-alive connections, requests made beforehand.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Done;
use crate::cpu::Spent;
use crate::stats::millis;

/// How many connections are kept.
const CONNECTIONS: usize = 64;

/// How a load was served.
#[derive(Debug)]
pub(crate) struct Served {
    /// Requests a second.
    pub(crate) rate: f64,
    /// Milliseconds of each request.
    pub(crate) took: Vec<f64>,
    /// Processor time for a request, by thread.
    pub(crate) cpu: String,
}

/// Sends `requests` to `addr` as fast as they are answered, the first `warm` of them untimed. Blocks
/// until all are.
pub(crate) fn run(addr: SocketAddr, requests: &Arc<Vec<Bytes>>, warm: usize) -> Done<Served> {
    on_a_thread(addr, requests, warm, None)
}

/// The same at a steady pace, `per_second` of them. What has to wait for a connection is late, and
/// that counts.
pub(crate) fn paced(
    addr: SocketAddr,
    requests: &Arc<Vec<Bytes>>,
    warm: usize,
    per_second: f64,
) -> Done<Served> {
    on_a_thread(addr, requests, warm, Some(Duration::from_secs_f64(1.0 / per_second)))
}

fn on_a_thread(
    addr: SocketAddr,
    requests: &Arc<Vec<Bytes>>,
    warm: usize,
    every: Option<Duration>,
) -> Done<Served> {
    let requests = Arc::clone(requests);
    let thread =
        std::thread::Builder::new().name("load".into()).spawn(move || -> Done<Served> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(serve(addr, &requests, warm, every))
        })?;
    thread.join().map_err(|_| "the load generator panicked")?
}

async fn serve(
    addr: SocketAddr,
    requests: &Arc<Vec<Bytes>>,
    warm: usize,
    every: Option<Duration>,
) -> Done<Served> {
    let mut idle = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        idle.push(Connection { stream, buffer: Vec::with_capacity(4096) });
    }
    let (idle, _) = send(idle, requests, 0..warm, every).await?;
    let timed = requests.len() - warm;
    let (before, begun) = (Spent::now()?, Instant::now());
    let (_, took) = send(idle, requests, warm..requests.len(), every).await?;
    let rate = timed as f64 / begun.elapsed().as_secs_f64();
    let cpu = Spent::now()?.since(&before, timed);
    Ok(Served { rate, took: took.into_iter().map(millis).collect(), cpu })
}

/// Sends a range of the requests, each connection the next as soon as its last is answered, and not
/// before its time.
async fn send(
    idle: Vec<Connection>,
    requests: &Arc<Vec<Bytes>>,
    range: Range<usize>,
    every: Option<Duration>,
) -> Done<(Vec<Connection>, Vec<Duration>)> {
    let start = Instant::now();
    let next = Arc::new(AtomicUsize::new(range.start));
    let mut busy = JoinSet::new();
    for mut connection in idle {
        let (requests, next) = (Arc::clone(requests), Arc::clone(&next));
        busy.spawn(async move {
            let mut took = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= range.end {
                    return Done::Ok((connection, took));
                }
                let begun = its_time(start, index - range.start, every).await;
                connection.ask(&requests[index]).await?;
                took.push(begun.elapsed());
            }
        });
    }
    let (mut idle, mut all) = (Vec::new(), Vec::new());
    while let Some(done) = busy.join_next().await {
        let (connection, took) = done??;
        idle.push(connection);
        all.extend(took);
    }
    Ok((idle, all))
}

/// Waits for the time of request `number`; when it was, if that is over.
async fn its_time(start: Instant, number: usize, every: Option<Duration>) -> Instant {
    let now = Instant::now();
    let Some(every) = every else { return now };
    let time = start + every.mul_f64(number as f64);
    if time <= now {
        return time;
    }
    tokio::time::sleep_until(time.into()).await;
    // The timer's own lateness is not the server's.
    Instant::now()
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// One request and its answer, which must be a success with a `content-length`.
    async fn ask(&mut self, request: &[u8]) -> Done<()> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed a connection".into());
            }
            let Some(head) = find(&self.buffer, b"\r\n\r\n") else { continue };
            let text = std::str::from_utf8(&self.buffer[..head])?.to_ascii_lowercase();
            if !text.starts_with("http/1.1 2") {
                return Err(format!("a request was answered {text:?}").into());
            }
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(Ok(0), |length| length.trim().parse())?;
            if self.buffer.len() >= head + 4 + length {
                return Ok(());
            }
        }
    }
}

/// Where `needle` begins.
fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|window| window == needle)
}
