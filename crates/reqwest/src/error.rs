//! Why a transport could not be made.

/// A transport could not be made: its configuration or the machine's is at fault.
///
/// # Privacy
/// It names neither the host nor the proxy: a proxy's URL may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// An allowed host is not a bare host name or IP address.
    #[error("an allowed host must be a bare host name or IP address, without scheme, port or path")]
    Host,
    /// The proxy is not an `http://` or `https://` URL.
    #[error("the proxy must be an http:// or https:// URL")]
    Proxy,
    /// The system's root certificates could not be loaded.
    #[error("TLS could not be set up; are the system's CA certificates installed?")]
    Tls,
}
