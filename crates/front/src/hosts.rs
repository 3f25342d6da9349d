//! Where our token may go.
//!
//! Source: dev.frontapp.com/docs/base-url (the global host and one for each company), digest of
//! 2026-11-20.

use std::net::IpAddr;

use url::{Host, Url};

/// The hosts that are Front's: the one we were given, the global one and the companies' own.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    base: Url,
}

impl Hosts {
    pub(crate) fn new(base: Url) -> Self {
        Self { base }
    }

    /// The URL of `path`, which starts with `/`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base.as_str().trim_end_matches('/'))
    }

    /// `url`, if it is Front's: no other scheme, port, login or host sees our token.
    pub(crate) fn check(&self, url: &str) -> Option<Url> {
        let url = Url::parse(url).ok()?;
        let bare = url.username().is_empty() && url.password().is_none();
        (bare && (is_fronts(&url) || url.origin() == self.base.origin())).then_some(url)
    }

    /// Whether a redirect without our token may be followed to `url`: to a named `https` host, or on
    /// this machine if the API is there too.
    pub(crate) fn may_redirect(&self, url: &Url) -> bool {
        let bare = url.username().is_empty() && url.password().is_none();
        let named = url.scheme() == "https" && url.domain().is_some() && !is_loopback(url);
        let simulated = is_loopback(&self.base) && is_loopback(url);
        bare && (named || simulated)
    }
}

fn is_fronts(url: &Url) -> bool {
    let named = |host: &str| host == GLOBAL || host.ends_with(COMPANIES);
    url.scheme() == "https" && url.port().is_none() && url.domain().is_some_and(named)
}

/// Whether `url` is `https`, or `http` on this machine, and nothing but a place.
pub(crate) fn is_base(url: &Url) -> bool {
    let plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    let safe = url.scheme() == "https" || url.scheme() == "http" && is_loopback(url);
    plain && safe && url.host().is_some()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

const COMPANIES: &str = ".api.frontapp.com";
const GLOBAL: &str = "api2.frontapp.com";

#[cfg(test)]
mod tests;
