//! Where a PostgreSQL server is, and how to speak to it: read from a URL.

use std::fmt;
use std::path::{Path, PathBuf};

use handover_core::error::{Error, ErrorKind};
use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::url::is_postgres;

/// A database on a PostgreSQL server.
///
/// `postgres://user:password@host:port/database`, with these parameters behind `?`:
/// - `sslmode`: `disable`, `require` (encrypted, and whoever answers is believed) or `verify-full`
///   (the certificate must be good for the host). Without it, `disable` on a socket and on loopback,
///   and `verify-full` elsewhere.
/// - `sslrootcert`: a PEM file of the certificates to trust, instead of the system's.
/// - `options`, `application_name`, `connect_timeout` and the like, as libpq has them.
///
/// A socket's folder is a host with `%2F` for each `/`.
///
/// # Privacy
/// `Debug` shows the hosts and the database; neither the user nor the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    pub(super) config: Box<Config>,
    pub(super) tls: Tls,
}

/// How the way to the server is guarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tls {
    Disabled,
    /// Encrypted, by whoever answers.
    Unverified,
    Verified {
        /// None for the system's.
        roots: Option<PathBuf>,
    },
}

impl Address {
    /// Reads a URL. No file and no server is looked at.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] that says which part is wrong, and quotes nothing.
    pub fn parse(url: &str) -> Result<Self, Error> {
        if !is_postgres(url) {
            let text = "the URL of a PostgreSQL store must begin with \"postgres://\"";
            return Err(Error::never(ErrorKind::Config, text));
        }
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut roots, mut rest) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) => roots = Some(PathBuf::from(decoded(value)?)),
                _ => rest.push(pair),
            }
        }
        let mut config: Config =
            format!("{base}?{}", rest.join("&")).parse().map_err(|_| unreadable())?;
        if config.get_hosts().is_empty() || config.get_dbname().is_none_or(str::is_empty) {
            let text = "the URL of a PostgreSQL store must name a host and a database: \
                        \"postgres://user@host/database\"";
            return Err(Error::never(ErrorKind::Config, text));
        }
        let tls = tls(mode, roots, &config)?;
        config.ssl_mode(if tls == Tls::Disabled { SslMode::Disable } else { SslMode::Require });
        Ok(Self { config: Box::new(config), tls })
    }

    /// Lets a relative `sslrootcert` start from `folder`.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        if let Tls::Verified { roots: Some(roots) } = &mut self.tls {
            *roots = folder.join(&roots);
        }
        self
    }

    /// The hosts and the database, for messages.
    pub fn place(&self) -> String {
        let hosts: Vec<String> = self.config.get_hosts().iter().map(host).collect();
        format!("{}/{}", hosts.join(","), self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tls, .. } = self;
        f.debug_struct("Address").field("place", &self.place()).field("tls", tls).finish()
    }
}

fn tls(mode: Option<&str>, roots: Option<PathBuf>, config: &Config) -> Result<Tls, Error> {
    let is_near = config.get_hosts().iter().all(is_near);
    match (mode, roots) {
        (Some("disable"), None) => Ok(Tls::Disabled),
        (None, None) if is_near => Ok(Tls::Disabled),
        (Some("require"), None) => Ok(Tls::Unverified),
        (Some("verify-full") | None, roots) => Ok(Tls::Verified { roots }),
        (Some("disable" | "require"), Some(_)) => {
            let text = "\"sslrootcert\" in the URL of the store needs \"sslmode=verify-full\"";
            Err(Error::never(ErrorKind::Config, text))
        }
        (Some(_), _) => {
            let text = "\"sslmode\" in the URL of the store must be \"disable\", \"require\" or \
                        \"verify-full\"";
            Err(Error::never(ErrorKind::Config, text))
        }
    }
}

/// Whether nobody else's wire lies between.
fn is_near(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn host(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(folder) => folder.display().to_string(),
    }
}

fn decoded(value: &str) -> Result<String, Error> {
    let text = percent_decode_str(value).decode_utf8().map_err(|_| unreadable())?;
    Ok(text.into_owned())
}

fn unreadable() -> Error {
    let text = "the URL of the store cannot be read: it is \
                \"postgres://user:password@host:port/database?sslmode=…\", with %xx for special \
                characters and with parameters that libpq knows";
    Error::never(ErrorKind::Config, text)
}
