//! Which PostgreSQL clusters are on this machine: where each has its data, configuration and log, who owns it, whether it runs.

mod debian;
mod folder;
mod log;
mod postmaster;
mod processes;

use std::path::PathBuf;

use serde::Serialize;

pub use debian::debian;
pub use folder::at;
pub use postmaster::{Postmaster, State};
pub use processes::running;

/// A cluster: one data folder, and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Cluster {
    /// What people call it: Debian's `15/main`, else its data folder.
    pub name: String,
    /// Debian's version and name, where its tools look after it.
    pub debian: Option<DebianName>,
    /// The data folder, without symbolic links on the way; as configured where it is not there.
    pub data: PathBuf,
    /// Its version as the folder says, `15` or `9.6`; as the configuration's place says where there is no folder.
    pub version: String,
    /// The first number of it.
    pub major: u32,
    /// The main configuration file.
    pub configuration: PathBuf,
    /// The port: what the server listens on where it runs, else what the configuration says.
    pub port: Option<u16>,
    /// The folder of its socket.
    pub socket: Option<PathBuf>,
    /// Where its log goes, where that can be known.
    pub log: Option<PathBuf>,
    /// The owner of the data folder: a user's name, or a number where that has none.
    pub owner: Option<String>,
    /// The unit of systemd that it runs under, or would.
    pub unit: Option<String>,
    /// Whether it runs.
    pub state: State,
}

/// What Debian's tools call a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DebianName {
    /// Major version.
    pub version: String,
    /// Name.
    pub name: String,
    /// `auto`, `manual` or `disabled`.
    pub start: String,
}

impl Cluster {
    /// The same one, looked at once more: whether it runs, where, and by which version, may be otherwise by now.
    pub fn again(&self) -> Self {
        let version = folder::version_in(&self.data).unwrap_or_else(|| self.version.clone());
        let mut found = Self { state: State::of(&self.data), ..self.clone() };
        found.major = major(&version).unwrap_or(self.major);
        found.version = version;
        if let State::Running(server) = &found.state {
            found.port = server.port.or(self.port);
            found.socket = server.socket.clone();
        }
        found
    }

    /// The server's first process, where it runs.
    pub fn running(&self) -> Option<&Postmaster> {
        match &self.state {
            State::Running(postmaster) => Some(postmaster),
            _ => None,
        }
    }
}

/// The number at the start of a version: 15, or 9 of `9.6`.
fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.trim().parse().ok()
}
