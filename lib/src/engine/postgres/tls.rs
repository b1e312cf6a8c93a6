//! TLS as `sslmode` asks for it.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::verify::{Roots, Untrusted, Verifier};
use super::wire::Wire;
use crate::conn::{Address, Host, PostgresTarget, SslMode};
use crate::disk::system_certificates;
use crate::error::{Error, ErrorKind, Result};

/// Everything a handshake with one host needs.
#[derive(Clone)]
pub(super) struct Tls {
    maker: MakeRustlsConnect,
    server_name: String,
}

/// The driver's half of a handshake.
pub(super) type Connector = <MakeRustlsConnect as MakeTlsConnect<Wire>>::TlsConnect;

impl Tls {
    /// For one handshake.
    pub(super) fn connector(&self) -> Connector {
        let mut maker = self.maker.clone();
        match MakeTlsConnect::<Wire>::make_tls_connect(&mut maker, &self.server_name) {
            Ok(connector) => connector,
            Err(never) => match never {},
        }
    }
}

/// Reads what `target` names and makes ready for handshakes with `host`. Root certificates are read only where the
/// mode verifies, the client's certificate only where one is set.
///
/// # Errors
/// A file is missing, unreadable or holds no certificate or key.
pub(super) fn make_ready(target: &PostgresTarget, host: &Host) -> Result<Tls> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let name = match &host.address {
        Address::Tcp { name, .. } => name.clone(),
        Address::Socket(_) => String::new(),
    };
    let verifier = Verifier {
        algorithms: provider.signature_verification_algorithms,
        roots: roots(target)?,
        name: (target.sslmode == SslMode::VerifyFull).then(|| name.clone()),
    };
    let mut config = with_client_certificate(target, provider, verifier)?;
    config.enable_sni = target.sslsni;
    // A name that cannot stand in a handshake (the verifier has its own copy) is left out: no SNI is sent for addresses.
    let server_name = if ServerName::try_from(name.as_str()).is_ok() { name } else { "0.0.0.0".to_owned() };
    Ok(Tls { maker: MakeRustlsConnect::new(config), server_name })
}

fn with_client_certificate(
    target: &PostgresTarget,
    provider: Arc<CryptoProvider>,
    verifier: Verifier,
) -> Result<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Tls, "no TLS version to offer").source(error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    // As libpq, which goes on without a client certificate whose file is not there.
    let Some(cert) = target.sslcert.as_ref().filter(|path| path.exists()) else {
        return Ok(builder.with_no_client_auth());
    };
    let Some(key) = &target.sslkey else {
        return Err(Error::new(ErrorKind::Config, format!("{} has no key: sslkey is not set", cert.display()))
            .hint("set sslkey, or PGSSLKEY, to the key's file"));
    };
    check_private(key)?;
    let chain = certificates(cert)?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, "private key", error))?;
    builder.with_client_auth_cert(chain, private).map_err(|error| {
        Error::new(ErrorKind::Config, format!("{} and {} do not fit", cert.display(), key.display()))
            .source(error)
            .hint("see which files are used: mainstay conn show")
    })
}

/// As libpq, which uses no key that others can read: 0600, or 0640 where root owns it.
fn check_private(key: &Path) -> Result<()> {
    let about = std::fs::metadata(key).map_err(|error| unreadable(key, "private key", pem::Error::Io(error)))?;
    let readable_by_others = if about.uid() == 0 { 0o037 } else { 0o077 };
    match about.mode() & readable_by_others {
        0 => Ok(()),
        _ => Err(Error::new(ErrorKind::Tls, format!("others can read the private key {}", key.display()))
            .hint(format!("chmod 600 {}", key.display()))),
    }
}

/// The trusted roots, where the mode verifies.
fn roots(target: &PostgresTarget) -> Result<Option<Roots>> {
    let verifies = matches!(target.sslmode, SslMode::VerifyCa | SslMode::VerifyFull);
    // libpq: "require" with a root file there is "verify-ca".
    let root_file = target.sslrootcert.as_ref().filter(|path| verifies || path.exists());
    match (verifies, target.sslmode, root_file) {
        _ if verifies && target.ssl_system_roots => system_roots().map(Some),
        (true, _, None) => Err(Error::new(
            ErrorKind::Tls,
            format!("sslmode={} needs root certificates, and no file is set", target.sslmode.name()),
        )
        .hint("put the server's root certificate into ~/.postgresql/root.crt, or set PGSSLROOTCERT to its file")
        .hint("PGSSLROOTCERT=system trusts what this machine trusts")),
        (true, _, Some(path)) | (false, SslMode::Require, Some(path)) => {
            Ok(Some(Roots::new(certificates(path)?, path.display().to_string())))
        }
        _ => Ok(None),
    }
}

fn system_roots() -> Result<Roots> {
    let bundle = system_certificates()?;
    Ok(Roots::new(certificates(bundle)?, bundle.display().to_string()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(found) if found.is_empty() => Err(unreadable(path, "certificate", pem::Error::NoItemsFound)),
        Ok(found) => Ok(found),
        Err(error) => Err(unreadable(path, "certificate", error)),
    }
}

fn unreadable(path: &Path, what: &str, error: pem::Error) -> Error {
    let shown: PathBuf = path.to_owned();
    let message = match &error {
        pem::Error::Io(io) if io.kind() == io::ErrorKind::NotFound => format!("no {what} file {}", shown.display()),
        pem::Error::NoItemsFound => format!("{} holds no {what} in PEM", shown.display()),
        _ => format!("cannot read the {what} in {}", shown.display()),
    };
    Error::new(ErrorKind::Tls, message)
        .source(error.to_string())
        .hint("see which file is used and why: mainstay conn show")
}

/// The server has no TLS, and the mode wants it.
pub(super) fn none_there(target: &PostgresTarget, host: &Host) -> Error {
    let mode = target.sslmode.name();
    Error::new(ErrorKind::Tls, format!("server does not support TLS, but sslmode={mode} ({host})"))
        .hint("set ssl = on in its postgresql.conf, or connect without: PGSSLMODE=prefer mainstay …")
}

/// What went wrong in TLS, if it is TLS where it went wrong.
pub(super) fn refusal(error: &tokio_postgres::Error, host: &Host) -> Option<Error> {
    let cause = super::error::io_cause(error)?.get_ref()?.downcast_ref::<rustls::Error>()?;
    let failed = |message: String| Error::new(ErrorKind::Tls, message);
    Some(match cause {
        rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other)) => {
            let why = other.0.downcast_ref::<Untrusted>().cloned();
            let message = why.as_ref().map_or_else(|| other.to_string(), Untrusted::to_string);
            let hint = why.map_or("see which root certificates are used: mainstay conn show", Untrusted::hint);
            failed(format!("the certificate of {host} is not accepted: {message}")).hint(hint)
        }
        rustls::Error::AlertReceived(alert) => failed(format!("{host} ended the TLS handshake: {alert:?}"))
            .hint("if it wants a client certificate, set PGSSLCERT and PGSSLKEY"),
        other => failed(format!("no TLS with {host}: {other}")).hint("see how it is connected to: mainstay conn show"),
    })
}
