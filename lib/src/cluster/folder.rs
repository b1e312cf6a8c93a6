//! A cluster by its data folder.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::postmaster::State;
use super::{Cluster, log, major};
use crate::error::{Error, ErrorKind, Result};

/// The cluster in the folder `data`.
///
/// # Errors
/// [`ErrorKind::NotFound`]: there is no cluster in it. [`ErrorKind::Io`]: it cannot be looked into.
pub fn at(data: &Path) -> Result<Cluster> {
    let data = std::fs::canonicalize(data).map_err(|error| Error::io("find", data, error))?;
    let file = data.join("PG_VERSION");
    let version = match std::fs::read_to_string(&file) {
        Ok(text) => text.trim_end().to_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let message = format!("{} is no data folder of PostgreSQL: it has no PG_VERSION", data.display());
            return Err(Error::new(ErrorKind::NotFound, message)
                .hint("a running server names its own: mainstay sql -c 'SHOW data_directory'"));
        }
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            let whose = owner(&data).unwrap_or_default();
            return Err(
                Error::io("read", &file, error).hint(format!("it belongs to {whose}: as that user, or as root"))
            );
        }
        Err(error) => return Err(Error::io("read", &file, error)),
    };
    let not_a_version = || Error::new(ErrorKind::NotFound, format!("{} has no version in it", file.display()));
    let major = major(&version).ok_or_else(not_a_version)?;
    let state = State::of(&data);
    let server = match &state {
        State::Running(postmaster) => Some(postmaster),
        _ => None,
    };
    Ok(Cluster {
        name: data.display().to_string(),
        debian: None,
        version,
        major,
        configuration: data.join("postgresql.conf"),
        port: server.and_then(|server| server.port),
        socket: server.and_then(|server| server.socket.clone()),
        log: log::collected(&data).filter(|_| server.is_some()).or_else(|| log::standard_error(server?)),
        owner: owner(&data),
        unit: server.and_then(log::unit),
        data,
        state,
    })
}

/// What the data folder says of its version.
pub(super) fn version_in(data: &Path) -> Option<String> {
    std::fs::read_to_string(data.join("PG_VERSION")).ok().map(|text| text.trim_end().to_owned())
}

/// Whom the data folder belongs to.
pub(super) fn owner(data: &Path) -> Option<String> {
    let id = data.metadata().ok()?.uid();
    let list = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        (fields.nth(1)?.parse() == Ok(id)).then_some(name)
    };
    Some(list.lines().find_map(named).unwrap_or_else(|| id.to_string()))
}
