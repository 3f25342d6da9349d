//! Addresses of a Creatio.

use url::{Host, Url};

/// The root of the application that `text` is an address of.
pub(super) fn root(text: &str) -> Result<Url, &'static str> {
    let mut url = parse(text)?;
    let kept: Vec<&str> = url
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .take_while(|part| !PAGES.contains(&part.to_ascii_lowercase().as_str()))
        .collect();
    let path = kept.join("/");
    url.set_path(&path);
    Ok(url)
}

pub(super) fn parse(text: &str) -> Result<Url, &'static str> {
    let mut url = Url::parse(text.trim())
        .map_err(|_| "not a URL: write it with its scheme, as https://acme.creatio.com")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a URL must not carry a user or a password");
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err("http:// is accepted for loopback only: use https://"),
        _ => return Err("the URL must begin with https://"),
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// In the cloud the Identity Service is the first label of the host with `-is` behind it.
///
/// Source: the vendor's own command line tool derives it so; the truth is a system setting.
pub(super) fn identity(base: &Url) -> Option<Url> {
    let Host::Domain(host) = base.host()? else { return None };
    let (label, domain) = host.split_once('.')?;
    let mut url = base.clone();
    url.set_host(Some(&format!("{label}-is.{domain}"))).ok()?;
    url.set_path("");
    Some(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// First parts of paths that belong to a page of the application, not to its root.
const PAGES: [&str; 7] = ["0", "connect", "login", "nui", "odata", "servicemodel", "shell"];
