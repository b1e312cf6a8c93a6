//! A spoke: one host's hands. The hub knows it by a socket in the folder of spokes, one line asked, one line answered.

use std::path::{Path, PathBuf};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

/// The socket of the spoke on `host`.
fn socket(folder: &Path, host: &str) -> PathBuf {
    folder.join(format!("{host}.sock"))
}

/// Serves the hub until it is stopped. Making the machine itself is left out: it says that it did.
///
/// # Errors
/// The socket cannot be made.
pub async fn serve(folder: &Path, host: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let socket = socket(folder, host);
    match std::fs::remove_file(&socket) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&socket)?;
    loop {
        let (stream, _) = listener.accept().await?;
        // A hub that went away in the middle asks again.
        let _ = answer(stream).await;
    }
}

async fn answer(stream: UnixStream) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut asked = String::new();
    stream.read_line(&mut asked).await?;
    stream.write_all(format!("done {asked}").as_bytes()).await
}

/// The hosts whose spokes have a socket in `folder`, by name.
pub fn hosts(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let name = |entry: std::fs::DirEntry| Some(entry.file_name().to_str()?.strip_suffix(".sock")?.to_owned());
    let mut hosts: Vec<String> = entries.filter_map(name).collect();
    hosts.sort();
    hosts
}

/// Asks the spoke on `host` to do `task` to the machine `vm`; `false` where it did not say that it did.
///
/// # Errors
/// Nobody listens there.
pub async fn ask(folder: &Path, host: &str, task: &str, vm: &str) -> std::io::Result<bool> {
    let mut stream = BufReader::new(UnixStream::connect(socket(folder, host)).await?);
    stream.write_all(format!("{task} {vm}\n").as_bytes()).await?;
    let mut answered = String::new();
    stream.read_line(&mut answered).await?;
    Ok(answered == format!("done {task} {vm}\n"))
}
