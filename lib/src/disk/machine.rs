//! Who runs us, on which machine, and whom that trusts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// Where the systems keep the bundle of roots they trust: Debian, Fedora, SUSE, Alpine and BSD.
const CERTIFICATE_BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// The user that runs us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Name, empty where nobody knows it.
    pub name: String,
    /// Home folder.
    pub home: Option<PathBuf>,
}

impl User {
    /// Finds the effective user in the system's list, as libpq does; `vars` (`USER`, `HOME`) fill what is missing there.
    pub fn current(vars: &BTreeMap<String, String>) -> Self {
        let list = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let entry = find(&list, rustix::process::geteuid().as_raw());
        let variable = |name: &str| vars.get(name).filter(|value| !value.is_empty());
        Self {
            name: entry.map(|(name, _)| name.to_owned()).or_else(|| variable("USER").cloned()).unwrap_or_default(),
            home: variable("HOME").map(PathBuf::from).or_else(|| entry.map(|(_, home)| PathBuf::from(home))),
        }
    }
}

/// This machine's name, for the journal.
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The file with the root certificates that this machine trusts.
///
/// # Errors
/// There is none in the usual places.
pub fn system_certificates() -> Result<&'static Path> {
    CERTIFICATE_BUNDLES.iter().map(Path::new).find(|path| path.exists()).ok_or_else(|| {
        let places = CERTIFICATE_BUNDLES.join(", ");
        Error::new(ErrorKind::Tls, format!("this system has no root certificates at {places}"))
            .hint("install them: apt-get install ca-certificates")
    })
}

/// Name and home folder of user `id` in `list`, the text of `/etc/passwd`.
fn find(list: &str, id: u32) -> Option<(&str, &str)> {
    list.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        match fields.as_slice() {
            [name, _, uid, _, _, home, ..] if uid.parse() == Ok(id) => Some((*name, *home)),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_number() {
        let list = "root:x:0:0:root:/root:/bin/bash\nbroken\npostgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(find(list, 101), Some(("postgres", "/var/lib/postgresql")));
        assert_eq!(find(list, 7), None);
    }
}
