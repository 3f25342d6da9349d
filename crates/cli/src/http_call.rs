//! One HTTP call to a server of ours, straight to its address.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpStream;

/// A call to a `serve` of ours.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) token: Option<&'a SecretString>,
    pub(crate) body: String,
}

impl Call<'_> {
    /// Makes the call to whoever listens on `listen`.
    ///
    /// # Errors
    /// [`io::ErrorKind::ConnectionRefused`] when nobody listens there.
    pub(crate) async fn to(self, listen: SocketAddr) -> io::Result<(StatusCode, Bytes)> {
        tokio::time::timeout(PATIENCE, self.unhurried(reachable(listen)))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn unhurried(self, address: SocketAddr) -> io::Result<(StatusCode, Bytes)> {
        let stream = TcpStream::connect(address).await?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.map_err(io::Error::other)?;
        let driver = tokio::spawn(connection);
        let mut request = Request::builder()
            .method(self.method)
            .uri(self.path)
            .header(header::HOST, address.to_string())
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = self.token {
            let bearer = format!("Bearer {}", token.expose_secret());
            request = request.header(header::AUTHORIZATION, bearer);
        }
        let request = request.body(Full::new(Bytes::from(self.body))).map_err(io::Error::other)?;
        let response = sender.send_request(request).await.map_err(io::Error::other)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MOST_BYTES).collect().await;
        driver.abort();
        Ok((status, body.map_err(io::Error::other)?.to_bytes()))
    }
}

/// Where a server that listens on `listen` is reached from this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let mut address = listen;
    if listen.ip().is_unspecified() {
        address.set_ip(match listen {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

const PATIENCE: Duration = Duration::from_secs(10);
const MOST_BYTES: usize = 1 << 20;
