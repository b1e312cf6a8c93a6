//! What of the machine matters to an upgrade, looked up once: files, programs, disk, and what the new version has.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::cluster::{Cluster, State};
use crate::disk::free_bytes;
use crate::tool::Binaries;

/// What of the machine matters to an upgrade.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The old version's programs.
    pub from: Binaries,
    /// The new version's.
    pub to: Binaries,
    /// The old server's version as a number, 150018; 0 where nobody has asked it.
    pub old_number: u32,
    /// The new one's.
    pub new_number: u32,
    /// The data folder.
    pub data: PathBuf,
    /// The folder beside it that the upgrade works in.
    pub work: PathBuf,
    /// The main configuration file.
    pub configuration: PathBuf,
    /// Whether Debian's tools look after it.
    pub debian: bool,
    /// The folder of the new version's configuration, where Debian's tools know a cluster by its name already.
    pub taken: Option<PathBuf>,
    /// Debian's own folder of the new version's programs, where its tools look after the cluster.
    pub usual_programs: Option<PathBuf>,
    /// The unit of systemd that it runs under.
    pub unit: Option<String>,
    /// By which it is known that it was not shut down in order.
    pub broken: Option<String>,
    /// Its port, where another server has it, and by which that is known.
    pub busy_port: Option<(u16, String)>,
    /// Whether the data folder is a mount point.
    pub is_mount: bool,
    /// Where its log is, where that is not in the data folder.
    pub wal_elsewhere: Option<PathBuf>,
    /// How much room there is, and is needed, on each disk: beside the data folder, and where tablespaces are.
    pub rooms: Vec<Room>,
    /// Whether files can be cloned, where that was asked.
    pub clones: Option<bool>,
    /// Whether files are to be linked.
    pub links: bool,
    /// The extensions that the new version has, each with its version there; `None` where that could not be seen.
    pub new_extensions: Option<BTreeMap<String, String>>,
    /// Where the new version has its libraries.
    pub new_libraries: Option<PathBuf>,
    /// The names of the settings that the new version knows.
    pub new_settings: BTreeSet<String>,
    /// What initdb said, where no new cluster like the old one could be made.
    pub init_error: Option<String>,
    /// What the new server said, where it did not start with the old configuration.
    pub start_error: Option<String>,
    /// What pg_upgrade said, where it refuses what none of our looks has found.
    pub upgrade_error: Option<String>,
}

impl Machine {
    /// The file that the new version would load for `library`, where that can be said.
    pub fn new_library(&self, library: &str) -> Option<PathBuf> {
        let named = library.strip_prefix("$libdir/").unwrap_or(library);
        let path = match named.starts_with('/') {
            true => PathBuf::from(named),
            false => self.new_libraries.as_ref()?.join(named),
        };
        Some(if path.extension().is_some_and(|end| end == "so" || end == "dylib") {
            path
        } else {
            PathBuf::from(format!("{}.{}", path.display(), LIBRARY))
        })
    }

    /// Whether the new version does not know the setting; names with a point in them are extensions' own.
    pub fn lacks_setting(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        !name.contains('.')
            && !self.new_settings.is_empty()
            && !self.new_settings.contains(&name)
            // What `--describe-config` leaves out, every version knows.
            && !NOT_LISTED.contains(&name.as_str())
    }
}

/// A disk that the new cluster will have files on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// A folder on it.
    pub folder: PathBuf,
    /// Free bytes, where that can be seen.
    pub free: Option<u64>,
    /// About how many bytes are needed.
    pub needed: u64,
    device: Option<u64>,
}

impl Room {
    /// On the disk of `folder`.
    pub(in crate::upgrade) fn of(folder: &Path, needed: u64) -> Self {
        let device = std::fs::metadata(folder).map(|about| about.dev()).ok();
        Self { folder: folder.to_owned(), free: free_bytes(folder), needed, device }
    }

    /// `rooms` with one more, which may be on a disk of theirs.
    pub(in crate::upgrade) fn add(rooms: &mut Vec<Room>, another: Room) {
        match rooms.iter_mut().find(|room| room.device == another.device) {
            Some(room) => room.needed += another.needed,
            None => rooms.push(another),
        }
    }
}

/// How the names of libraries end.
pub(super) const LIBRARY: &str = if cfg!(target_os = "macos") { "dylib" } else { "so" };

/// Settings that `postgres --describe-config` does not list.
const NOT_LISTED: [&str; 12] = [
    "config_file",
    "data_directory",
    "external_pid_file",
    "hba_file",
    "ident_file",
    "include",
    "include_dir",
    "include_if_exists",
    "role",
    "session_authorization",
    "transaction_isolation",
    "is_superuser",
];

/// How it was left, where it does not run: by `control`, what pg_controldata says of it.
pub(in crate::upgrade) fn broken(cluster: &Cluster, control: &BTreeMap<String, String>) -> Option<String> {
    let state = control.get("Database cluster state").map(String::as_str).unwrap_or_default();
    match &cluster.state {
        State::Running(_) => None,
        State::Broken(server) => {
            Some(format!("postmaster.pid names process {}, which is no server of this folder", server.pid))
        }
        _ if state.starts_with("shut down") => None,
        _ => Some(format!("its control file says `{state}`")),
    }
}

/// Whether somebody listens on `port`: on a socket in one of `folders`, or, where `tcp` is wanted, on the network.
pub(in crate::upgrade) fn busy_port(port: u16, folders: &[PathBuf], tcp: bool) -> Option<(u16, String)> {
    let sockets = folders.iter().map(|folder| folder.join(format!(".s.PGSQL.{port}")));
    let mut answered = sockets.filter(|socket| std::os::unix::net::UnixStream::connect(socket).is_ok());
    if let Some(socket) = answered.next() {
        return Some((port, format!("a server answers at {}", socket.display())));
    }
    match TcpListener::bind(("127.0.0.1", port)) {
        Err(error) if tcp && error.kind() == std::io::ErrorKind::AddrInUse => {
            Some((port, format!("somebody listens at 127.0.0.1:{port}")))
        }
        _ => None,
    }
}

/// Whether `folder` is on another file system than the folder above it.
pub(in crate::upgrade) fn is_mount(folder: &Path) -> bool {
    let device = |path: &Path| std::fs::metadata(path).map(|about| about.dev()).ok();
    folder.parent().is_some_and(|above| device(above) != device(folder))
}

/// Bytes of all files in `folder`; links are not followed.
pub(in crate::upgrade) fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(about) if about.is_dir() => bytes_in(&entry.path()),
        // What is allocated: files may have holes.
        Ok(about) if about.is_file() => about.blocks() * 512,
        _ => 0,
    };
    entries.map(size).sum()
}

/// The folders of version `major` in the tablespace at `place`.
pub(in crate::upgrade) fn folders_of(place: &Path, major: u32) -> Vec<PathBuf> {
    let begins = format!("PG_{major}_");
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&begins));
    ours.map(|entry| entry.path()).collect()
}

/// Whether the file system of `folder` makes clones of files: tried with two small files.
pub(in crate::upgrade) fn clones_in(folder: &Path) -> bool {
    let name = |end: &str| folder.join(format!(".mainstay-clone-{}-{end}", std::process::id()));
    let (from, to) = (name("a"), name("b"));
    let tried = std::fs::write(&from, [0; 4096]).and_then(|()| clone(&from, &to));
    let _ = std::fs::remove_file(&from);
    let _ = std::fs::remove_file(&to);
    tried.is_ok()
}

#[cfg(target_os = "linux")]
fn clone(from: &Path, to: &Path) -> std::io::Result<()> {
    let (from, to) = (std::fs::File::open(from)?, std::fs::File::create(to)?);
    Ok(rustix::fs::ioctl_ficlone(&to, &from)?)
}

#[cfg(not(target_os = "linux"))]
fn clone(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::Error::from(std::io::ErrorKind::Unsupported))
}
