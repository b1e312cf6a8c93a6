//! initdb, postgres and their end: private servers on a unix socket.

use std::path::{Path, PathBuf};

use crate::error::Result;

use super::find::Binaries;

/// A private cluster's folders.
#[derive(Clone, Debug)]
pub struct ServerFolder {
    /// Everything of it: `data/`, `socket/`, `log`.
    pub root: PathBuf,
    /// The programs that run it.
    pub binaries: Binaries,
}

/// Makes a cluster in the new folder `root`: superuser `postgres`, trust on a socket folder of mode 0700, no TCP, UTF8, C.UTF-8.
/// Started as root it belongs to the user `postgres`, or to `nobody` where there is none.
pub async fn init_server(binaries: &Binaries, root: &Path) -> Result<ServerFolder> {
    let _ = (binaries, root);
    todo!()
}

/// Starts it and waits until it answers; `settings` are `name=value` of postgresql.conf. Returns the process id.
pub async fn start_server(folder: &ServerFolder, settings: &[(&str, &str)]) -> Result<u32> {
    let _ = (folder, settings);
    todo!()
}

/// Stops it (immediately when `crash`), waits for its end.
pub async fn stop_server(folder: &ServerFolder, crash: bool) -> Result<()> {
    let _ = (folder, crash);
    todo!()
}
