//! What is asked of an upgrade.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cluster::Cluster;
use crate::conn::Secret;
use crate::engine::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::tool::{Binaries, binaries_in, find_binaries};

/// How the rows come into the new cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Every file is copied: the old cluster stays as it is.
    #[default]
    Copy,
    /// Every file is cloned, which takes no time and no room where the file system can do it: the old cluster stays as it is.
    Clone,
    /// Both clusters have the same files: the old one is of no use once the new one was started.
    Link,
}

impl Method {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Clone => "clone",
            Self::Link => "link",
        }
    }

    /// pg_upgrade's option.
    pub(super) fn option(self) -> &'static str {
        match self {
            Self::Copy => "--copy",
            Self::Clone => "--clone",
            Self::Link => "--link",
        }
    }
}

/// An upgrade, as asked for.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The cluster.
    pub cluster: &'a Cluster,
    /// The programs of its version.
    pub from: &'a Binaries,
    /// The programs of the new version.
    pub to: &'a Binaries,
    /// How the rows come over.
    pub method: Method,
    /// A superuser, where it is not the one that is commonly there.
    pub user: Option<&'a str>,
    /// Their password.
    pub password: Option<&'a Secret>,
    /// The value of PATH.
    pub search_path: &'a str,
    /// Where Debian's tools have the configurations, where that is not /etc/postgresql.
    pub configurations: Option<&'a Path>,
    /// Where sockets and what is tried are put.
    pub temporary: &'a Path,
    /// Processes side by side.
    pub jobs: usize,
    /// Whether the server is left down afterwards, although it ran before.
    pub leave_stopped: bool,
    /// Observer and session name.
    pub context: &'a Context,
}

/// The programs of `cluster` and those of version `to`: those in `from_folder` and `to_folder` where they are given.
///
/// # Errors
/// [`ErrorKind::Refused`]: the version is not a newer one. [`ErrorKind::Program`]: there are none of a version on this machine.
pub fn programs(
    cluster: &Cluster,
    to: u32,
    search_path: &str,
    from_folder: Option<&Path>,
    to_folder: Option<&Path>,
) -> Result<(Binaries, Binaries)> {
    if to <= cluster.major {
        let message = format!("{} is of version {} already, and {to} is no newer one", cluster.name, cluster.version);
        return Err(Error::new(ErrorKind::Refused, message).hint("minor versions need no upgrade: install and restart"));
    }
    let running = cluster.running().and_then(|server| {
        let program = std::fs::read_link(format!("/proc/{}/exe", server.pid)).ok()?;
        binaries_in(program.parent()?, &["postgres", "pg_ctl"]).ok()
    });
    let from = match (from_folder, running) {
        (Some(folder), _) => of_version(binaries_in(folder, &["postgres", "pg_ctl"])?, cluster.major)?,
        (None, Some(running)) if running.major == cluster.major => running,
        (None, _) => found(search_path, cluster.major)?,
    };
    let to = match to_folder {
        Some(folder) => of_version(binaries_in(folder, &["postgres", "pg_ctl", "initdb"])?, to)?,
        None => found(search_path, to)?,
    };
    Ok((from, to))
}

fn of_version(binaries: Binaries, major: u32) -> Result<Binaries> {
    if binaries.major == major {
        return Ok(binaries);
    }
    let message = format!("{} has PostgreSQL {}, and {major} is wanted", binaries.bin.display(), binaries.version);
    Err(Error::new(ErrorKind::Usage, message))
}

fn found(search_path: &str, major: u32) -> Result<Binaries> {
    let all = find_binaries(search_path, &["postgres", "initdb", "pg_ctl"]).unwrap_or_default();
    let there: Vec<String> = all.iter().map(|binaries| binaries.major.to_string()).collect();
    all.into_iter().find(|binaries| binaries.major == major).ok_or_else(|| {
        let message = match there.is_empty() {
            true => format!("the programs of PostgreSQL {major} are not on this machine"),
            false => format!("the programs of PostgreSQL {major} are not on this machine, only {}", there.join(", ")),
        };
        Error::new(ErrorKind::Program, message)
            .hint(format!("Debian and Ubuntu: apt-get install postgresql-{major}"))
            .hint("where they are elsewhere, name the folder: --to-bin DIR, and --bin DIR for those of the old version")
    })
}
