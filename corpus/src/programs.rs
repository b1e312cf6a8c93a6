//! PostgreSQL's programs: a server's, and those of a client, which may be of another folder.

use std::path::{Path, PathBuf};

use mainstay::tool::{Binaries, find_binaries};

/// What clusters are run and asked with.
#[derive(Clone, Debug)]
pub struct Programs {
    pub server: Binaries,
    /// Folder of psql and pg_dump.
    pub client: PathBuf,
    /// There is a pg_dump that knows the server.
    pub dumps: bool,
}

impl Programs {
    /// The programs in `folder`, or the newest on this machine. Some builds of servers come without clients.
    pub fn find(folder: Option<&Path>) -> Result<Self, String> {
        let told = |error: mainstay::Error| format!("{error}\nhint: {}", error.hints().join("\nhint: "));
        let path = std::env::var("PATH").unwrap_or_default();
        let Some(folder) = folder else {
            let server =
                find_binaries(&path, &["postgres", "initdb", "pg_ctl", "psql", "pg_dump"]).map_err(told)?.remove(0);
            return Ok(Self { client: server.bin.clone(), server, dumps: true });
        };
        let folder = folder.canonicalize().map_err(|error| format!("cannot find {}: {error}", folder.display()))?;
        let path = format!("{}:{path}", folder.display());
        let of_folder = |found: &Binaries| found.bin == folder;
        let servers = find_binaries(&path, &["postgres", "initdb", "pg_ctl"]).map_err(told)?;
        let server = servers.into_iter().find(of_folder);
        let server = server.ok_or_else(|| format!("{} has no server programs", folder.display()))?;
        let clients = find_binaries(&path, &["pg_dump", "psql"]).map_err(told)?;
        let fits =
            clients.iter().find(|found| of_folder(found)).or(clients.iter().find(|found| found.major >= server.major));
        let client = fits.or(clients.first()).map(|found| found.bin.clone());
        let dumps = fits.is_some();
        let missing = || "there is no psql\nhint: put its folder on PATH".to_owned();
        Ok(Self { client: client.ok_or_else(missing)?, server, dumps })
    }
}
