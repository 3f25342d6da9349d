//! A server below HTTP: it reads one request, says what it is told and behaves badly after that.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Server {
    port: u16,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    first: Mutex<String>,
}

#[derive(Clone, Copy)]
enum After {
    /// Close the connection.
    HangUp,
    /// Serve the next request.
    KeepAlive,
    /// Keep the connection open and say nothing more.
    Stay,
    /// Say one byte every 100 ms.
    Trickle,
}

impl Server {
    /// Answers and then says nothing more.
    pub(crate) async fn start(answer: &str) -> Self {
        Self::run(Some(answer), After::Stay).await
    }

    /// Answers and closes the connection.
    pub(crate) async fn hang_up(answer: &str) -> Self {
        Self::run(Some(answer), After::HangUp).await
    }

    /// Answers each request on a connection.
    pub(crate) async fn keep_alive() -> Self {
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        Self::run(Some(answer), After::KeepAlive).await
    }

    /// Accepts connections and never says anything.
    pub(crate) async fn silent() -> Self {
        Self::run(None, After::Stay).await
    }

    /// Answers and goes on a byte at a time.
    pub(crate) async fn trickle(answer: &str) -> Self {
        Self::run(Some(answer), After::Trickle).await
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}/", self.port)
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// The first bytes of the first connection.
    pub(crate) fn heard(&self) -> String {
        self.seen.first.lock().unwrap().clone()
    }

    async fn run(answer: Option<&str>, after: After) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Seen::default());
        let answer = answer.map(str::to_owned);
        let shared = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, answer.clone(), after, Arc::clone(&shared)));
            }
        });
        Self { port, seen }
    }
}

/// A port of loopback that nobody listens on.
pub(crate) async fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

async fn serve(mut stream: TcpStream, answer: Option<String>, after: After, seen: Arc<Seen>) {
    let mut buffer = [0; 4096];
    loop {
        let length = stream.read(&mut buffer).await.unwrap_or(0);
        if length == 0 {
            return;
        }
        {
            let mut first = seen.first.lock().unwrap();
            if first.is_empty() {
                *first = String::from_utf8_lossy(&buffer[..length]).into_owned();
            }
        }
        if let Some(answer) = &answer {
            let _ = stream.write_all(answer.as_bytes()).await;
        }
        match after {
            After::HangUp => {
                let _ = stream.shutdown().await;
                return;
            }
            After::KeepAlive => {}
            After::Stay => tokio::time::sleep(Duration::from_secs(60)).await,
            After::Trickle => {
                while stream.write_all(b"x").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}
