//! A private server for as long as a value lives.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::conn::{Address, Host, PostgresTarget, SslMode};
use crate::error::{Error, ErrorKind, Result};
use crate::tool::{Binaries, Guardian, ServerFolder, check_socket_length, init_server, start_server, stop_server};

/// A private PostgreSQL server in a temporary folder: stopped and removed when dropped.
pub struct ScratchServer {
    folder: ServerFolder,
    port: u16,
    pid: u32,
    guardian: Guardian,
}

impl ScratchServer {
    /// Makes and starts one under `parent` (a temporary folder of the caller's choice).
    ///
    /// # Errors
    /// As [`init_server`] and [`start_server`]; nothing is left behind.
    pub async fn start(binaries: &Binaries, parent: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        let root = new_folder(parent)?;
        let guardian = Guardian::watch(&root)?;
        let made = match check_socket_length(&root.join("socket")) {
            Ok(()) => init_server(binaries, &root).await,
            Err(error) => Err(error),
        };
        let folder = made.map_err(|error| {
            let _ = std::fs::remove_dir_all(&root);
            match error.kind() {
                ErrorKind::Io => error.hint("choose another folder for temporary files: export TMPDIR=/tmp"),
                _ => error,
            }
        })?;
        let pid = start_server(&folder, settings).await?;
        Ok(Self { folder, port: port_of(settings), pid, guardian })
    }

    /// How to reach its database `dbname` as `user`.
    pub fn target(&self, user: &str, dbname: &str) -> PostgresTarget {
        let host = Host { address: Address::Socket(self.folder.socket()), port: self.port, password: None };
        PostgresTarget { sslmode: SslMode::Disable, ..PostgresTarget::new(host, user, dbname) }
    }

    /// Its folders and programs.
    pub fn folder(&self) -> &ServerFolder {
        &self.folder
    }

    /// The number in the socket's name, and the TCP port where the settings ask for TCP.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Process id of the server's first process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Starts it again with other settings; it may be running or have crashed.
    ///
    /// # Errors
    /// It does not stop or does not come up.
    pub async fn restart(&mut self, settings: &[(&str, &str)]) -> Result<()> {
        if self.folder.data().join("postmaster.pid").exists() {
            stop_server(&self.folder, false).await?;
        }
        self.pid = start_server(&self.folder, settings).await?;
        self.port = port_of(settings);
        Ok(())
    }

    /// Breaks it off as a crash would; [`ScratchServer::restart`] brings it back.
    ///
    /// # Errors
    /// It does not run.
    pub async fn crash(&mut self) -> Result<()> {
        stop_server(&self.folder, true).await
    }

    /// Stops it in order and removes everything.
    ///
    /// # Errors
    /// It does not stop in order; it is removed all the same.
    pub async fn stop(self) -> Result<()> {
        let stopped = stop_server(&self.folder, false).await;
        drop(self.guardian);
        stopped
    }
}

/// Makes a folder under `parent` with a name that no other run uses: short, for a socket's path is.
fn new_folder(parent: &Path) -> Result<PathBuf> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = parent.join(format!("ms-{}-{number}", std::process::id()));
        match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(Error::io("make the folder", &folder, e)),
        }
    }
}

fn port_of(settings: &[(&str, &str)]) -> u16 {
    let port = settings.iter().rfind(|(name, _)| *name == "port");
    port.and_then(|(_, value)| value.parse().ok()).unwrap_or(5432)
}
