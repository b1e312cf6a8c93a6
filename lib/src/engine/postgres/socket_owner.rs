//! A unix socket opened as the OS user that owns it, so that root passes peer authentication as that user.

use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::Path;

use rustix::process::geteuid;
use tokio::net::UnixStream;
use tokio::sync::oneshot;

use super::refusal;
use crate::error::{Error, ErrorKind, Result};

/// Opens `path` as its owner.
///
/// # Errors
/// We are not root, or nobody listens.
pub(super) async fn connect(path: &Path) -> Result<UnixStream> {
    let owner = std::fs::metadata(path).map_err(|error| refusal::socket(error, path))?.uid();
    if geteuid().as_raw() == owner {
        return UnixStream::connect(path).await.map_err(|error| refusal::socket(error, path));
    }
    if !geteuid().is_root() {
        return Err(Error::new(
            ErrorKind::PeerAuthentication,
            format!("only root can connect to {} as the user who owns it", path.display()),
        )
        .hint("run the same command as root: sudo mainstay bootstrap"));
    }
    let (sender, receiver) = oneshot::channel();
    let socket = path.to_owned();
    // The user id is changed in a thread that ends right after, so no other work ever runs under it.
    std::thread::Builder::new()
        .name("mainstay-socket-owner".to_owned())
        .spawn(move || drop(sender.send(connect_as(owner, &socket))))
        .map_err(|error| Error::new(ErrorKind::Io, "cannot start a thread").source(error))?;
    let stream = receiver.await.map_err(|_| Error::new(ErrorKind::Io, "the connecting thread ended early"))?;
    let opened = stream.and_then(|stream| {
        stream.set_nonblocking(true)?;
        UnixStream::from_std(stream)
    });
    opened.map_err(|error| refusal::socket(error, path))
}

/// The kernel notes the effective user id of the connecting thread at the moment of `connect` (`SO_PEERCRED`).
#[cfg(target_os = "linux")]
fn connect_as(owner: u32, path: &Path) -> std::io::Result<BlockingStream> {
    use rustix::process::Uid;
    rustix::thread::set_thread_res_uid(None, Uid::from_raw(owner), None)?;
    BlockingStream::connect(path)
}

/// Elsewhere a single thread's user cannot be changed.
#[cfg(not(target_os = "linux"))]
fn connect_as(_owner: u32, _path: &Path) -> std::io::Result<BlockingStream> {
    Err(std::io::Error::new(std::io::ErrorKind::Unsupported, "connecting as another user works on Linux only"))
}
