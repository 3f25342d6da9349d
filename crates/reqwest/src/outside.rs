//! The transport to hosts that strangers name.

use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::transport::{Body, Transport, TransportError};
use http::{Request, Response};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::address::is_public;
use crate::error::BuildError;
use crate::limits::Limits;
use crate::wire;

/// Sends requests to URLs that were found in payloads, for instance to fetch a file.
///
/// Only `https://` on port 443 to a public address is spoken. A name is looked up here, once, and the
/// connection goes to the very addresses that were checked; a single address that is not public
/// refuses them all. Addresses written into the URL are checked the same way. Everything else is
/// [`TransportError::Refused`].
///
/// It goes straight to the host: behind a proxy the check would be the proxy's.
///
/// A clone is cheap and shares the pool of connections.
#[derive(Clone)]
pub struct Outside {
    http: reqwest::Client,
    limits: Limits,
    allowed: Allowed,
}

impl Outside {
    /// A transport to public addresses, and to the `allowed` hosts wherever they are, on any port,
    /// also by `http://`. A host is a name or an IP address and stands for itself alone, not for the
    /// names under it.
    ///
    /// # Errors
    /// [`BuildError::Host`] or [`BuildError::Tls`].
    pub fn new<H>(limits: Limits, allowed: H) -> Result<Self, BuildError>
    where
        H: IntoIterator,
        H::Item: AsRef<str>,
    {
        let hosts = allowed.into_iter().map(|host| host_of(host.as_ref()));
        let allowed = Allowed(Arc::new(hosts.collect::<Result<_, _>>()?));
        let http = wire::build(wire::builder(limits).dns_resolver(allowed.clone()))?;
        Ok(Self { http, limits, allowed })
    }

    fn is_welcome(&self, url: &Url) -> bool {
        let Some(host) = url.host() else {
            return false;
        };
        if self.allowed.contains(&host.to_owned()) {
            return matches!(url.scheme(), "http" | "https");
        }
        let is_public = match host {
            Host::Domain(_) => true, // looked up and checked on the way
            Host::Ipv4(address) => is_public(address.into()),
            Host::Ipv6(address) => is_public(address.into()),
        };
        url.scheme() == "https" && url.port().is_none() && is_public
    }
}

/// # Cancel safety
/// As [`Transport`] says. A connection in the middle of a dropped call is closed, not reused.
#[async_trait]
impl Transport for Outside {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let request = wire::request(request)?;
        if !self.is_welcome(request.url()) {
            return Err(TransportError::Refused);
        }
        wire::send(&self.http, self.limits, request).await
    }
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside")
            .field("limits", &self.limits)
            .field("allowed", &self.allowed.0.len())
            .finish_non_exhaustive()
    }
}

/// The name leads to an address that is not public.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the name leads to an address that is not public")]
pub(crate) struct Denied;

/// Hosts that the configuration names. It looks names up and checks where all others lead.
#[derive(Clone)]
struct Allowed(Arc<HashSet<Host>>);

impl Allowed {
    fn contains(&self, host: &Host) -> bool {
        match host {
            Host::Domain(name) => self.contains_name(name),
            address => self.0.contains(address),
        }
    }

    fn contains_name(&self, name: &str) -> bool {
        self.0.contains(&Host::Domain(name.strip_suffix('.').unwrap_or(name).into()))
    }
}

impl Resolve for Allowed {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.contains_name(name.as_str());
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !allowed {
                vet(&found)?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn vet(found: &[SocketAddr]) -> Result<(), Denied> {
    if found.iter().all(|address| is_public(address.ip())) { Ok(()) } else { Err(Denied) }
}

fn host_of(text: &str) -> Result<Host, BuildError> {
    if text.contains('*') {
        return Err(BuildError::Host);
    }
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => Ok(Host::Ipv4(address)),
        Ok(IpAddr::V6(address)) => Ok(Host::Ipv6(address)),
        Err(_) => Host::parse(text.strip_suffix('.').unwrap_or(text)).map_err(|_| BuildError::Host),
    }
}

#[cfg(test)]
mod tests;
