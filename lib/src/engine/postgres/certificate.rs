//! What a certificate says about itself: whose it is, how long, and who has signed it.

use std::net::IpAddr;

use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use x509_cert::certificate::Version;
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::oid::db::rfc4519::CN;
use x509_cert::der::oid::db::rfc5280::{ANY_EXTENDED_KEY_USAGE, ID_KP_SERVER_AUTH};
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, NameConstraints, SubjectAltName};
use x509_cert::spki::AlgorithmIdentifierOwned;

/// Is now within the certificate's time?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Validity {
    Current,
    Expired,
    NotYet,
}

/// A parsed X.509 certificate of any version.
pub(super) struct Certificate(x509_cert::Certificate);

impl Certificate {
    /// # Errors
    /// It is no certificate, in words for a message.
    pub(super) fn parse(der: &CertificateDer<'_>) -> Result<Self, String> {
        let parsed = x509_cert::Certificate::from_der(der.as_ref());
        parsed.map(Self).map_err(|error| format!("it cannot be read: {error}"))
    }

    pub(super) fn validity(&self, now: UnixTime) -> Validity {
        let validity = self.0.tbs_certificate().validity();
        if now.as_secs() > validity.not_after.to_unix_duration().as_secs() {
            Validity::Expired
        } else if now.as_secs() < validity.not_before.to_unix_duration().as_secs() {
            Validity::NotYet
        } else {
            Validity::Current
        }
    }

    pub(super) fn is_self_issued(&self) -> bool {
        self.0.tbs_certificate().subject() == self.0.tbs_certificate().issuer()
    }

    /// Something that webpki refuses to look at and OpenSSL takes: older than version 3, or a CA's own certificate.
    pub(super) fn is_oddity(&self) -> bool {
        self.0.tbs_certificate().version() != Version::V3 || self.is_ca() == Some(true)
    }

    /// `None`: it does not say, as no certificate before version 3 can.
    fn is_ca(&self) -> Option<bool> {
        let found = self.0.tbs_certificate().get_extension::<BasicConstraints>().ok()??;
        Some(found.1.ca)
    }

    /// May a server show it? Its extended key usage, if it has one, must allow that, and it must hold no critical extension
    /// that is not understood here.
    pub(super) fn is_for_servers(&self) -> bool {
        let usage = self.0.tbs_certificate().get_extension::<ExtendedKeyUsage>();
        let by_usage = match usage {
            Ok(None) => true,
            Ok(Some((_, usage))) => usage.0.contains(&ID_KP_SERVER_AUTH) || usage.0.contains(&ANY_EXTENDED_KEY_USAGE),
            Err(_) => false,
        };
        let known = [BasicConstraints::OID, KeyUsage::OID, ExtendedKeyUsage::OID, SubjectAltName::OID];
        let extensions = self.0.tbs_certificate().extensions().into_iter().flatten();
        by_usage && extensions.filter(|one| one.critical).all(|one| known.contains(&one.extn_id))
    }

    /// A root that may sign certificates of servers by any name. One with name constraints is left to webpki.
    fn may_sign(&self) -> bool {
        let tbs = self.0.tbs_certificate();
        let signs = match tbs.get_extension::<KeyUsage>() {
            Ok(usage) => usage.is_none_or(|(_, usage)| usage.key_cert_sign()),
            Err(_) => false,
        };
        let free = matches!(tbs.get_extension::<NameConstraints>(), Ok(None));
        match tbs.version() {
            Version::V3 => signs && free && self.is_ca() == Some(true),
            _ => self.is_self_issued(),
        }
    }

    /// Has `issuer`, a trusted root, signed this certificate directly?
    pub(super) fn is_signed_by(
        &self,
        issuer: &Certificate,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> bool {
        let names_fit = self.0.tbs_certificate().issuer() == issuer.0.tbs_certificate().subject();
        if !names_fit || !issuer.may_sign() {
            return false;
        }
        let wanted = identifier(self.0.signature_algorithm());
        let (Ok(signed), Some(signature)) = (self.0.tbs_certificate().to_der(), self.0.signature().as_bytes()) else {
            return false;
        };
        let fitting: Vec<_> =
            algorithms.iter().copied().filter(|one| one.signature_alg_id().as_ref() == wanted.as_slice()).collect();
        issuer.has_signed(&signed, signature, &fitting)
    }

    /// Is `signature` this certificate's key's over `message`, by one of `algorithms`?
    pub(super) fn has_signed(
        &self,
        message: &[u8],
        signature: &[u8],
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> bool {
        let key = self.0.tbs_certificate().subject_public_key_info();
        let kind = identifier(&key.algorithm);
        let Some(bits) = key.subject_public_key.as_bytes() else { return false };
        algorithms
            .iter()
            .filter(|one| one.public_key_alg_id().as_ref() == kind.as_slice())
            .any(|one| one.verify_signature(bits, message, signature).is_ok())
    }

    /// Does it name `host`, by libpq's rules (`pgtls_verify_peer_name_matches_certificate_guts`): DNS names always,
    /// addresses for an address, the common name only where no alternative name is of the host's own sort.
    pub(super) fn names_host(&self, host: &str) -> bool {
        let address: Option<IpAddr> = host.parse().ok();
        let names = self.alternative_names();
        let by_alternative = names.iter().any(|name| match name {
            GeneralName::DnsName(name) => pattern_fits(name.as_str(), host),
            GeneralName::IpAddress(octets) => address.is_some_and(|address| octets_of(address) == octets.as_bytes()),
            _ => false,
        });
        let has_own_sort = names.iter().any(|name| match name {
            GeneralName::DnsName(_) => address.is_none(),
            GeneralName::IpAddress(_) => address.is_some(),
            _ => false,
        });
        by_alternative || (!has_own_sort && self.common_name().is_some_and(|name| pattern_fits(&name, host)))
    }

    /// Every name it has, for a message.
    pub(super) fn all_names(&self) -> String {
        let mut names: Vec<String> = self.common_name().into_iter().collect();
        for name in self.alternative_names() {
            let text = match &name {
                GeneralName::DnsName(name) => name.as_str().to_owned(),
                GeneralName::IpAddress(octets) => address_of(octets.as_bytes()),
                _ => continue,
            };
            if !names.contains(&text) {
                names.push(text);
            }
        }
        if names.is_empty() { "nobody by name".to_owned() } else { names.join(", ") }
    }

    fn alternative_names(&self) -> Vec<GeneralName> {
        match self.0.tbs_certificate().get_extension::<SubjectAltName>() {
            Ok(Some((_, names))) => names.0,
            _ => Vec::new(),
        }
    }

    fn common_name(&self) -> Option<String> {
        let attribute = self.0.tbs_certificate().subject().iter().find(|attribute| attribute.oid == CN)?;
        String::from_utf8(attribute.value.value().to_vec()).ok()
    }
}

/// The identifier's content without its SEQUENCE header (two bytes, as every one in use is short): how
/// `rustls::pki_types::AlgorithmIdentifier` is written.
fn identifier(algorithm: &AlgorithmIdentifierOwned) -> Vec<u8> {
    algorithm.to_der().map(|der| der.get(2..).unwrap_or_default().to_vec()).unwrap_or_default()
}

fn octets_of(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

fn address_of(octets: &[u8]) -> String {
    if let Ok(four) = <[u8; 4]>::try_from(octets) {
        return IpAddr::from(four).to_string();
    }
    <[u8; 16]>::try_from(octets).map(|sixteen| IpAddr::from(sixteen).to_string()).unwrap_or_default()
}

/// Does `pattern`, a host name or `*.domain`, fit `host`? As libpq: case does not matter, `*` stands for exactly one
/// label, and a name with a NUL in it fits nothing.
fn pattern_fits(pattern: &str, host: &str) -> bool {
    if pattern.contains('\0') || pattern.is_empty() {
        return false;
    }
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    let Some(domain) = pattern.strip_prefix("*.").filter(|domain| !domain.is_empty()) else { return false };
    host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest.eq_ignore_ascii_case(domain))
}

#[cfg(test)]
mod tests {
    use super::pattern_fits;

    #[test]
    fn patterns_fit_as_libpq_says() {
        for (pattern, host, fits) in [
            ("db.example.org", "DB.example.org", true),
            ("db.example.org", "db2.example.org", false),
            ("*.example.org", "db.example.org", true),
            ("*.example.org", "a.db.example.org", false),
            ("*.example.org", "example.org", false),
            ("*.example.org", ".example.org", false),
            ("*", "db", false),
            ("*.", "db.", false),
            ("d*.example.org", "db.example.org", false),
            ("db.example.org\0.evil.org", "db.example.org", false),
            ("", "", false),
        ] {
            assert_eq!(pattern_fits(pattern, host), fits, "{pattern:?} for {host:?}");
        }
    }
}
