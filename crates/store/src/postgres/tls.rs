//! TLS by rustls.

use std::path::Path;
use std::sync::Arc;

use handover_core::error::{Error, ErrorKind};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::Tls;

/// What connections are guarded with.
///
/// # Errors
/// [`ErrorKind::Config`] if the certificates to trust cannot be read.
pub(super) fn connector(tls: &Tls) -> Result<MakeRustlsConnect, Error> {
    // No process-global provider is asked for, or set.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(broken)?;
    let config = match tls {
        Tls::Disabled => builder.with_root_certificates(RootCertStore::empty()),
        Tls::Unverified => {
            let anybody = Arc::new(Anybody(provider));
            builder.dangerous().with_custom_certificate_verifier(anybody)
        }
        Tls::Verified { roots: None } => builder.with_platform_verifier().map_err(broken)?,
        Tls::Verified { roots: Some(file) } => builder.with_root_certificates(roots(file)?),
    };
    Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
}

fn roots(file: &Path) -> Result<RootCertStore, Error> {
    let unreadable = || {
        let text = "the file that \"sslrootcert\" names cannot be read, or holds no certificate \
                    in PEM";
        Error::never(ErrorKind::Config, text)
    };
    let found = CertificateDer::pem_file_iter(file).map_err(|_| unreadable())?;
    let mut roots = RootCertStore::empty();
    for certificate in found {
        roots.add(certificate.map_err(|_| unreadable())?).map_err(|_| unreadable())?;
    }
    if roots.is_empty() { Err(unreadable()) } else { Ok(roots) }
}

fn broken(error: rustls::Error) -> Error {
    Error::never(ErrorKind::Config, "TLS cannot be set up here").with_source(error)
}

/// Believes whoever answers: `sslmode=require` means no more.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
