//! initdb, postgres and their end: private servers on a unix socket.

use std::fmt::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

use super::find::Binaries;
use super::owner::Owner;
use super::process::{Program, last_lines};

/// A socket's path has 107 bytes at most on Linux and 103 elsewhere; `.s.PGSQL.65535.lock` goes on top of the folder.
const LONGEST_SOCKET_FOLDER: usize = 80;

/// A private cluster's folders.
#[derive(Clone, Debug)]
pub struct ServerFolder {
    /// Everything of it: `data/`, `socket/`, `log`.
    pub root: PathBuf,
    /// The programs that run it.
    pub binaries: Binaries,
}

impl ServerFolder {
    /// The cluster itself.
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// Where the socket is.
    pub fn socket(&self) -> PathBuf {
        self.root.join("socket")
    }

    /// What the server says.
    pub fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    /// Writes the file `name` into the data folder, for the server's eyes only.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        use std::os::unix::fs::PermissionsExt;
        let path = self.data().join(name);
        std::fs::write(&path, text).map_err(|e| Error::io("write", &path, e))?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
            .map_err(|e| Error::io("protect", &path, e))?;
        if let Some(owner) = Owner::needed()? {
            owner.give(&path)?;
        }
        Ok(path)
    }

    fn program(&self, name: &str) -> Result<Program> {
        Ok(Program::new(self.binaries.program(name)).owner(Owner::needed()?).folder(&self.root))
    }
}

/// Makes a cluster in the new or empty folder `root`: superuser `postgres`, trust on a socket folder of mode 0700, no TCP, UTF8,
/// C.UTF-8. Started as root it belongs to the user `postgres`, or to `nobody` where there is none.
///
/// # Errors
/// [`ErrorKind::Io`]: the folder is not empty, or the server's user cannot enter it.
/// [`ErrorKind::Program`]: initdb failed; its own words are the cause.
pub async fn init_server(binaries: &Binaries, root: &Path) -> Result<ServerFolder> {
    let folder = ServerFolder { root: root.to_path_buf(), binaries: binaries.clone() };
    let owner = Owner::needed()?;
    if let (Some(owner), Some(parent)) = (owner, root.parent()) {
        owner.check_way(parent)?;
    }
    for path in [folder.root.clone(), folder.socket()] {
        make_folder(&path)?;
        if let Some(owner) = owner {
            owner.give(&path)?;
        }
    }
    // C.UTF-8 exists neither on macOS nor on older Red Hat; plain C sorts the same way.
    if initdb(&folder, "C.UTF-8").await.is_err() {
        let _ = std::fs::remove_dir_all(folder.data());
        initdb(&folder, "C").await?;
    }
    Ok(folder)
}

/// Makes a folder for its owner alone; an empty one that is there already will do.
fn make_folder(path: &Path) -> Result<()> {
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Err(e) if !is_empty(path) => Err(Error::io("make the folder", path, e)),
        _ => Ok(()),
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

async fn initdb(folder: &ServerFolder, locale: &str) -> Result<()> {
    let initdb = folder.program("initdb")?.arg("-D", &folder.data()).args([
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        &format!("--locale={locale}"),
        "--no-sync",
    ]);
    initdb.run().await?;
    let configuration = folder.data().join("postgresql.conf");
    let text = std::fs::read_to_string(&configuration).map_err(|e| Error::io("read", &configuration, e))?;
    folder.write("private.conf", "")?;
    folder.write("postgresql.conf", &format!("{text}\ninclude 'private.conf'\n"))?;
    Ok(())
}

/// Starts it and waits until it answers; `settings` are `name=value` of postgresql.conf. Returns the process id.
///
/// # Errors
/// It does not come up within a minute: the last lines of its log are the cause.
pub async fn start_server(folder: &ServerFolder, settings: &[(&str, &str)]) -> Result<u32> {
    folder.write("private.conf", &configuration(folder, settings))?;
    let start = folder
        .program("pg_ctl")?
        .args(["start", "--silent", "--wait", "--timeout=60"])
        .arg("-D", &folder.data())
        .arg("-l", &folder.log());
    let outcome = start.outcome().await?;
    if !outcome.status.success() {
        let log = std::fs::read_to_string(folder.log()).unwrap_or_default();
        let message = format!("the private PostgreSQL server in {} did not start", folder.root.display());
        return Err(Error::new(ErrorKind::Program, message).source(last_lines(&log)));
    }
    server_pid(folder)
}

/// Stops it (immediately when `crash`), waits for its end.
///
/// # Errors
/// It does not run, or does not end within a minute.
pub async fn stop_server(folder: &ServerFolder, crash: bool) -> Result<()> {
    let mode = if crash { "--mode=immediate" } else { "--mode=fast" };
    let stop = folder.program("pg_ctl")?.args(["stop", "--silent", "--wait", "--timeout=60", mode]);
    stop.arg("-D", &folder.data()).run().await.map(drop)
}

/// The number in the first line of `postmaster.pid`.
fn server_pid(folder: &ServerFolder) -> Result<u32> {
    let file = folder.data().join("postmaster.pid");
    let text = std::fs::read_to_string(&file).map_err(|e| Error::io("read", &file, e))?;
    let number = text.lines().next().and_then(|line| line.trim().parse().ok());
    number.ok_or_else(|| Error::new(ErrorKind::Program, format!("{} has no process id", file.display())))
}

fn configuration(folder: &ServerFolder, settings: &[(&str, &str)]) -> String {
    let socket = folder.socket();
    let own = [
        ("listen_addresses", ""),
        ("unix_socket_directories", &*socket.to_string_lossy()),
        ("unix_socket_permissions", "0700"),
        ("port", "5432"),
    ];
    let mut text = String::new();
    for (name, value) in own.iter().chain(settings) {
        let _ = writeln!(text, "{name} = '{}'", value.replace('\\', "\\\\").replace('\'', "''"));
    }
    text
}

/// A socket in `folder` has a path that the system takes.
///
/// # Errors
/// [`ErrorKind::Io`]: it is too long.
pub fn check_socket_length(folder: &Path) -> Result<()> {
    let length = folder.as_os_str().len();
    if length <= LONGEST_SOCKET_FOLDER {
        return Ok(());
    }
    let message =
        format!("{} has {length} bytes, and the folder of a socket can have {LONGEST_SOCKET_FOLDER}", folder.display());
    Err(Error::new(ErrorKind::Io, message))
}
