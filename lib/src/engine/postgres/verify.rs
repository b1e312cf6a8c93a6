//! Which server certificates are accepted: as libpq with OpenSSL accepts them, on rustls.
//!
//! webpki checks chains. What it refuses and OpenSSL takes is checked in [`super::certificate`]: a self-signed
//! certificate that is itself trusted, version 1 certificates, a CA's certificate used by a server.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};

use super::certificate::{Certificate, Validity};

/// Trusted certificates and the file they come from.
#[derive(Debug)]
pub(super) struct Roots {
    certificates: Vec<CertificateDer<'static>>,
    file: String,
}

impl Roots {
    /// Trusts each of `certificates`.
    pub(super) fn new(certificates: Vec<CertificateDer<'static>>, file: String) -> Self {
        Self { certificates, file }
    }

    /// Those whose time it is: webpki does not look at a root's own validity, OpenSSL does.
    fn current(&self, now: UnixTime) -> impl Iterator<Item = (&CertificateDer<'static>, Certificate)> {
        let parsed = self.certificates.iter().filter_map(|der| Some((der, Certificate::parse(der).ok()?)));
        parsed.filter(move |(_, root)| root.validity(now) == Validity::Current)
    }

    fn anchors(&self, now: UnixTime) -> RootCertStore {
        let mut anchors = RootCertStore::empty();
        anchors.add_parsable_certificates(self.current(now).map(|(der, _)| der.clone()));
        anchors
    }
}

/// Why a certificate is not accepted.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Untrusted {
    #[error("none of the roots in {0} has signed it")]
    UnknownIssuer(String),
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet")]
    NotYetValid,
    #[error("it is for {names}, not for {host}")]
    WrongName { host: String, names: String },
    #[error("{0}")]
    Malformed(String),
}

impl Untrusted {
    /// What to do about it.
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::UnknownIssuer(_) => "set PGSSLROOTCERT to the file with the root that signed it: mainstay conn show",
            Self::Expired => "renew the server's certificate, then reload it: psql -c 'SELECT pg_reload_conf()'",
            Self::NotYetValid => "check this machine's clock: date",
            Self::WrongName { .. } => {
                "connect by a name the certificate has, or check the chain only: PGSSLMODE=verify-ca"
            }
            Self::Malformed(_) => "look at the certificate: openssl x509 -text -noout -in server.crt",
        }
    }
}

/// Accepts server certificates as `sslmode` says.
#[derive(Debug)]
pub(super) struct Verifier {
    /// What signatures can be checked.
    pub(super) algorithms: WebPkiSupportedAlgorithms,
    /// `None`: any certificate.
    pub(super) roots: Option<Roots>,
    /// The host that the certificate must name; `None`: any.
    pub(super) name: Option<String>,
}

impl Verifier {
    fn check(&self, leaf: &CertificateDer<'_>, between: &[CertificateDer<'_>], now: UnixTime) -> Result<(), Untrusted> {
        let Some(roots) = &self.roots else { return Ok(()) };
        let certificate = Certificate::parse(leaf).map_err(Untrusted::Malformed)?;
        match certificate.validity(now) {
            Validity::Current => {}
            Validity::Expired => return Err(Untrusted::Expired),
            Validity::NotYet => return Err(Untrusted::NotYetValid),
        }
        self.check_chain(roots, leaf, &certificate, between, now)?;
        match &self.name {
            Some(host) if !certificate.names_host(host) => {
                Err(Untrusted::WrongName { host: host.clone(), names: certificate.all_names() })
            }
            _ => Ok(()),
        }
    }

    fn check_chain(
        &self,
        roots: &Roots,
        leaf: &CertificateDer<'_>,
        certificate: &Certificate,
        between: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Untrusted> {
        if certificate.is_self_issued()
            && certificate.is_for_servers()
            && roots.certificates.iter().any(|root| root.as_ref() == leaf.as_ref())
        {
            return Ok(());
        }
        let by_webpki = ParsedCertificate::try_from(leaf).and_then(|parsed| {
            verify_server_cert_signed_by_trust_anchor(&parsed, &roots.anchors(now), between, now, self.algorithms.all)
        });
        let Err(error) = by_webpki else { return Ok(()) };
        let by_a_root = certificate.is_oddity()
            && certificate.is_for_servers()
            && roots.current(now).any(|(_, root)| certificate.is_signed_by(&root, self.algorithms.all));
        if by_a_root {
            return Ok(());
        }
        Err(match error {
            rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
                Untrusted::Malformed("a certificate in its chain has expired".to_owned())
            }
            rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                Untrusted::UnknownIssuer(roots.file.clone())
            }
            other => Untrusted::Malformed(format!("its chain does not lead to a root in {}: {other}", roots.file)),
        })
    }

    /// The handshake's signature, by hand because webpki would parse (and refuse) version 1 certificates.
    fn check_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let bad = rustls::Error::InvalidCertificate(CertificateError::BadSignature);
        let certificate = Certificate::parse(leaf).map_err(|_| CertificateError::BadEncoding)?;
        let (_, candidates) =
            self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme).ok_or_else(|| bad.clone())?;
        match certificate.has_signed(message, signed.signature(), candidates) {
            true => Ok(HandshakeSignatureValid::assertion()),
            false => Err(bad),
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.check(leaf, between, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(why) => Err(CertificateError::Other(OtherError(Arc::new(why))).into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.check_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.check_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
