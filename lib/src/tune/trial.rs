//! A private server started with the settings, before anything is changed.

use std::path::Path;

use serde::Serialize;

use super::machine::Machine;
use super::now::Now;
use super::plan::Change;
use super::{Amount, Workplace};
use crate::conn::Target;
use crate::engine::{Context, connect, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::scratch::{HASTE, ScratchServer, server_programs};
use crate::tool::Binaries;

/// Whether the settings were tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trial {
    /// A private server has come up with them.
    Made(SharedMemory),
    /// Why not.
    NotMade(String),
}

/// The shared memory that a private server has taken, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SharedMemory {
    /// The private server's version.
    pub server: String,
    /// As the server is set; `None` where a private one does not come up so.
    pub now: Option<u64>,
    /// With what is proposed.
    pub then: u64,
    /// What each connection more takes of it.
    pub each_connection: u64,
}

/// What the private server says in its language, the C locale's, where the machine is too small.
const NO_MEMORY: &str = "Cannot allocate memory";

/// More connections, to see what each takes.
const MORE: u64 = 100;

/// Starts a private server of the same version with what is set and what `changes` sets.
///
/// # Errors
/// [`ErrorKind::Refused`]: it does not come up with that.
pub(super) async fn trial(now: &Now, changes: &[Change], machine: &Machine, at: &Workplace<'_>) -> Result<Trial> {
    let (search_path, temporary, context) = (at.search_path, at.temporary, at.context);
    let major = now.version / 10_000;
    let binaries = match server_programs(search_path, Some(major)) {
        Ok(binaries) if binaries.major == major => binaries,
        Ok(_) => return Ok(Trial::NotMade(format!("PostgreSQL {major} is not on this machine"))),
        Err(error) => return Ok(Trial::NotMade(error.message().to_owned())),
    };
    let likeness = now.likeness();
    let before: Vec<(&str, &str)> = likeness.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let proposed: Vec<(&str, String)> =
        changes.iter().map(|change| (change.name, change.proposed.to_string())).collect();
    let mut after = before.clone();
    after.extend(proposed.iter().map(|(name, value)| (*name, value.as_str())));
    let connections = changes.iter().find(|change| change.name == "max_connections").map(|change| change.proposed);
    let many = match connections {
        Some(Amount::Count(connections)) => connections,
        _ => now.count("max_connections"),
    };
    let more = (many + MORE).to_string();
    let crowded = [after.as_slice(), &[("max_connections", more.as_str())]].concat();

    let mut server = start(&binaries, temporary).await?;
    let shared_now = shared(&mut server, &before, context).await.ok();
    let then = match shared(&mut server, &after, context).await {
        Ok(then) => then,
        Err(error) if !machine.here && format!("{error:?}").contains(NO_MEMORY) => {
            return Ok(Trial::NotMade("this machine has not the memory of that one".to_owned()));
        }
        Err(error) => {
            return Err(Error::new(ErrorKind::Refused, "PostgreSQL would not start with these settings")
                .source(error)
                .hint("nothing was changed; leave out what its own words are about, or set it by hand first"));
        }
    };
    // Where not even a hundred more go in, nothing is said of them.
    let with_more = shared(&mut server, &crowded, context).await.unwrap_or(then);
    let _ = server.stop().await;
    if then > machine.memory {
        let message = format!(
            "PostgreSQL would take {} of shared memory, and the machine has {}",
            Amount::Bytes(then).round(),
            Amount::Bytes(machine.memory).round()
        );
        return Err(Error::new(ErrorKind::Refused, message).hint("fewer connections: --connections COUNT"));
    }
    let each_connection = with_more.saturating_sub(then) / MORE;
    Ok(Trial::Made(SharedMemory { server: binaries.version, now: shared_now, then, each_connection }))
}

async fn start(binaries: &Binaries, temporary: &Path) -> Result<ScratchServer> {
    ScratchServer::start(binaries, temporary, &HASTE).await
}

/// The shared memory of the private server with these settings.
async fn shared(server: &mut ScratchServer, settings: &[(&str, &str)], context: &Context) -> Result<u64> {
    server.restart(&[settings, &HASTE].concat()).await?;
    let mut session = connect(&Target::Postgres(server.target("postgres", "postgres")), context).await?;
    let taken = session.query("SELECT pg_catalog.sum(allocated_size) FROM pg_catalog.pg_shmem_allocations").await;
    session.close().await;
    Ok(first_cell(&taken?).and_then(|bytes| bytes.parse().ok()).unwrap_or_default())
}
