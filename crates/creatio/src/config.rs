//! Where a Creatio is, and how to log in.

mod desk;

use std::fmt;

use secrecy::SecretString;
use url::{Host, Url};

pub use desk::{DeskConfig, ReplyRule};

/// Where a Creatio is, and how to log in: all that a [`Client`](crate::Client) needs.
///
/// # Privacy
/// `Debug` shows neither the client's id nor its secret.
#[derive(Clone)]
pub struct Config {
    base: Url,
    identity: Option<Url>,
    odata_path: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
}

impl Config {
    /// A Creatio at `base_url`, entered with an OAuth application of grant type "Client credentials".
    ///
    /// The URL may carry a path, a trailing slash, a trailing `/0`, or be the address of any page of
    /// the application: only what leads to the application's root is kept.
    ///
    /// # Errors
    /// [`ConfigError`], which names the key and the fix.
    pub fn new(
        base_url: &str,
        client_id: impl Into<String>,
        client_secret: SecretString,
    ) -> Result<Self, ConfigError> {
        let base = root(base_url).map_err(|fix| bad("base_url", fix))?;
        let client_id = client_id.into();
        if client_id.trim().is_empty() {
            return Err(bad("client_id", "it is empty: copy it from the OAuth application"));
        }
        Ok(Self {
            identity: derive_identity(&base),
            base,
            odata_path: "0/odata".to_owned(),
            client_id: client_id.trim().to_owned(),
            client_secret,
        })
    }

    /// The Identity Service, where it cannot be derived: on-site, or a cloud host with a name of its
    /// own. It is the value of the system setting `OAuth20IdentityServerUrl`.
    ///
    /// # Errors
    /// [`ConfigError`] for `identity_url`.
    pub fn with_identity_url(mut self, identity_url: &str) -> Result<Self, ConfigError> {
        let mut url = parse(identity_url).map_err(|fix| bad("identity_url", fix))?;
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/connect/token").unwrap_or(path).to_owned();
        url.set_path(&path);
        self.identity = Some(url);
        Ok(self)
    }

    /// Where OData is below the base: `0/odata` (default; hosts on .NET Framework, and accepted by
    /// .NET hosts) or `odata`.
    ///
    /// # Errors
    /// [`ConfigError`] for `odata_path`.
    pub fn with_odata_path(mut self, odata_path: &str) -> Result<Self, ConfigError> {
        let path = odata_path.trim().trim_matches('/');
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.');
        if path.is_empty() || !path.bytes().all(plain) || path.split('/').any(|part| part == "..") {
            return Err(bad("odata_path", "it must be a path such as 0/odata or odata"));
        }
        path.clone_into(&mut self.odata_path);
        Ok(self)
    }

    /// The application's root.
    pub fn base_url(&self) -> &Url {
        &self.base
    }

    /// The token endpoint.
    pub(crate) fn token_url(&self) -> Result<String, ConfigError> {
        let identity = self.identity.as_ref().ok_or_else(|| {
            bad("identity_url", "it cannot be derived from this base_url: set it")
        })?;
        Ok(format!("{}/connect/token", identity.as_str().trim_end_matches('/')))
    }

    /// The other place where OData may be, for the doctor to try.
    pub(crate) fn other_odata_url(&self) -> String {
        let other = if self.odata_path == "odata" { "0/odata" } else { "odata" };
        format!("{}/{other}", self.base.as_str().trim_end_matches('/'))
    }

    /// The root of the OData service, without a slash at the end.
    pub(crate) fn odata_url(&self) -> String {
        format!("{}/{}", self.base.as_str().trim_end_matches('/'), self.odata_path)
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("base", &self.base.as_str())
            .field("odata_path", &self.odata_path)
            .finish_non_exhaustive()
    }
}

/// A key of the configuration that is wrong, and what to do about it. The text is ours and fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigError {
    key: &'static str,
    fix: &'static str,
}

impl ConfigError {
    /// The key, as the configuration of `serve` names it.
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// What is wrong and what to do.
    pub fn fix(&self) -> &'static str {
        self.fix
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.fix)
    }
}

impl std::error::Error for ConfigError {}

pub(crate) fn bad(key: &'static str, fix: &'static str) -> ConfigError {
    ConfigError { key, fix }
}

/// The root of the application that `text` is an address of.
fn root(text: &str) -> Result<Url, &'static str> {
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

fn parse(text: &str) -> Result<Url, &'static str> {
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

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// In the cloud the Identity Service is the first label of the host with `-is` behind it.
///
/// Source: the vendor's own command line tool derives it so; the truth is a system setting.
fn derive_identity(base: &Url) -> Option<Url> {
    let Host::Domain(host) = base.host()? else { return None };
    let (label, domain) = host.split_once('.')?;
    let mut url = base.clone();
    url.set_host(Some(&format!("{label}-is.{domain}"))).ok()?;
    url.set_path("");
    Some(url)
}

/// First parts of paths that belong to a page of the application, not to its root.
const PAGES: [&str; 7] = ["0", "connect", "login", "nui", "odata", "servicemodel", "shell"];

#[cfg(test)]
mod tests;
