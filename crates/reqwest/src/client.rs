//! The transport to hosts that the configuration names.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::transport::{Body, Transport, TransportError};
use http::{Request, Response};
use reqwest::{NoProxy, Proxy};
use url::{Host, Url};

use crate::error::BuildError;
use crate::limits::Limits;
use crate::wire;

/// Sends requests to hosts that the configuration names.
///
/// Only `https://` is spoken, and `http://` to `127.0.0.0/8`, `::1` and `localhost`, which is never
/// looked up. For URLs found in payloads there is [`Outside`](crate::Outside).
///
/// A clone is cheap and shares the pool of connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    limits: Limits,
}

impl Client {
    /// A transport that goes straight to each host and ignores the environment's proxy variables.
    ///
    /// # Errors
    /// [`BuildError::Tls`].
    pub fn new(limits: Limits) -> Result<Self, BuildError> {
        Ok(Self { http: wire::build(builder(limits))?, limits })
    }

    /// The same with a fresh pool, its `https://` requests tunnelled through `proxy`. A user name and
    /// password in its URL are used. Requests to loopback still go straight.
    ///
    /// # Errors
    /// [`BuildError::Proxy`] or [`BuildError::Tls`].
    pub fn with_proxy(self, proxy: &str) -> Result<Self, BuildError> {
        let url = Url::parse(proxy).map_err(|_| BuildError::Proxy)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BuildError::Proxy);
        }
        let proxy = Proxy::https(url)
            .map_err(|_| BuildError::Proxy)?
            .no_proxy(NoProxy::from_string("localhost,127.0.0.0/8,::1"));
        let http = wire::build(builder(self.limits).proxy(proxy))?;
        Ok(Self { http, ..self })
    }
}

/// # Cancel safety
/// As [`Transport`] says. A connection in the middle of a dropped call is closed, not reused.
#[async_trait]
impl Transport for Client {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let request = wire::request(request)?;
        let url = request.url();
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(url)) {
            return Err(TransportError::Refused);
        }
        wire::send(&self.http, self.limits, request).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("limits", &self.limits).finish_non_exhaustive()
    }
}

fn builder(limits: Limits) -> reqwest::ClientBuilder {
    let localhost =
        [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
    wire::builder(limits).resolve_to_addrs("localhost", &localhost)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
