//! A private unix socket for programs that can only dial addresses: each connection to it becomes a `via` command.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::conn::{Dial, PostgresTarget, SslMode};
use crate::error::{Error, ErrorKind, Result};

use super::via::ViaDial;

/// The socket, for as long as the value lives.
pub(super) struct Bridge {
    folder: PathBuf,
    trouble: Arc<Mutex<Option<String>>>,
    listening: JoinHandle<()>,
}

impl Bridge {
    /// The number in the socket's name.
    pub(super) const PORT: u16 = 5432;

    /// For a `target` that is reached by `via`; `None` for any other. `program` is who will use it.
    pub(super) fn where_needed(target: &PostgresTarget, program: &str) -> Result<Option<Self>> {
        let Some(command) = &target.via else { return Ok(None) };
        if matches!(target.sslmode, SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull) {
            let message = format!("{program} cannot use TLS through `via`, and the connection settings insist on TLS");
            return Err(Error::new(ErrorKind::Config, message)
                .hint("if the command itself is a protected channel, set sslmode=prefer in the connection string"));
        }
        Self::open(command).map(Some)
    }

    /// Opens a socket that leads to `command`. A socket's path must be short, so its folder (0700) is in `/tmp`.
    pub(super) fn open(command: &str) -> Result<Self> {
        let folder = make_folder(Path::new("/tmp"))?;
        let socket = folder.join(format!(".s.PGSQL.{}", Self::PORT));
        let listener = UnixListener::bind(&socket).map_err(|e| {
            let _ = std::fs::remove_dir_all(&folder);
            Error::io("listen on", &socket, e)
        })?;
        let trouble = Arc::default();
        let listening = tokio::spawn(accept(listener, command.to_owned(), Arc::clone(&trouble)));
        Ok(Self { folder, trouble, listening })
    }

    /// The socket's folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What went wrong with the command, if anything did.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.lock().ok()?.clone()
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.listening.abort();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Makes a folder that did not exist before, for nobody else's eyes.
fn make_folder(parent: &Path) -> Result<PathBuf> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = parent.join(format!("ms-via-{}-{number}", std::process::id()));
        match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(Error::io("make the folder", &folder, e)),
        }
    }
}

/// Serves until it is aborted; the connections end with it.
async fn accept(listener: UnixListener, command: String, trouble: Arc<Mutex<Option<String>>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (command, trouble) = (command.clone(), Arc::clone(&trouble));
        connections.spawn(async move {
            if let Err(words) = carry(stream, &command).await
                && let Ok(mut trouble) = trouble.lock()
            {
                trouble.get_or_insert(words);
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn carry(mut stream: UnixStream, command: &str) -> Result<(), String> {
    let mut server = ViaDial.dial(command).await.map_err(|e| e.to_string())?;
    let copied = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
    copied.map(drop).map_err(|e| e.to_string())
}
