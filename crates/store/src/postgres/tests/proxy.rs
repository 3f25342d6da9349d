//! A wire that can be cut.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// Passes on what goes to and fro; on order it keeps back answers, or cuts all connections.
#[derive(Clone)]
pub(super) struct Proxy {
    pub(super) port: u16,
    /// The first answer that does not arrive, counted on each connection; 0 while all do.
    mute: Arc<AtomicU32>,
    cut: Arc<Notify>,
}

impl Proxy {
    /// A wire to a port on loopback.
    pub(super) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = listener.local_addr().unwrap().port();
        let proxy = Self { port: near, mute: Arc::default(), cut: Arc::default() };
        let passing = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await;
                if let Ok(server) = server {
                    tokio::spawn(passing.clone().pass(client, server));
                }
            }
        });
        proxy
    }

    /// From now on the answer of this number on each connection does not arrive, nor those behind it.
    pub(super) fn mute(&self, answer: u32) {
        self.mute.store(answer, Ordering::SeqCst);
    }

    /// Cuts all connections; later ones pass again.
    pub(super) fn cut(&self) {
        self.mute.store(0, Ordering::SeqCst);
        self.cut.notify_waiters();
    }

    async fn pass(self, mut client: TcpStream, mut server: TcpStream) {
        let (mut up, mut down) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        // How often the client has spoken since the wire is muted, and whether it spoke last.
        let (mut turns, mut asked) = (0_u32, false);
        let cut = self.cut.notified();
        tokio::pin!(cut);
        loop {
            tokio::select! {
                () = &mut cut => return,
                read = client.read(&mut up) => {
                    let Ok(length @ 1..) = read else { return };
                    if self.mute.load(Ordering::SeqCst) > 0 && !asked {
                        turns += 1;
                    }
                    asked = true;
                    if server.write_all(&up[..length]).await.is_err() { return }
                }
                read = server.read(&mut down) => {
                    let Ok(length @ 1..) = read else { return };
                    asked = false;
                    let muted = self.mute.load(Ordering::SeqCst);
                    let arrives = turns == 0 || turns < muted;
                    if arrives && client.write_all(&down[..length]).await.is_err() { return }
                }
            }
        }
    }
}
