//! Whether a server runs on a data folder: `postmaster.pid`, and the process that it names.

use std::path::{Path, PathBuf};

use serde::Serialize;

/// Whether a cluster runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum State {
    /// No server, and none that was broken off.
    Stopped,
    /// A server runs on it.
    Running(Postmaster),
    /// Its `postmaster.pid` names a process that is no server of this folder: it was broken off, or runs where we do not see it,
    /// in a container or on another machine.
    Broken(Postmaster),
    /// The data folder is not there.
    Missing,
    /// The data folder is for others' eyes only.
    Hidden,
}

impl State {
    /// In a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Running(_) => "running",
            Self::Broken(_) => "broken off",
            Self::Missing => "missing",
            Self::Hidden => "not to be seen",
        }
    }
}

/// What `postmaster.pid` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Postmaster {
    /// The server's first process.
    pub pid: i32,
    /// When it started, in seconds since 1970.
    pub since: Option<i64>,
    /// Its port.
    pub port: Option<u16>,
    /// The folder of its first socket.
    pub socket: Option<PathBuf>,
    /// The first address that it listens on, where it listens on any.
    pub listens: Option<String>,
    /// Whether it takes connections: `ready`, `starting`, `stopping`, `standby`.
    pub status: Option<String>,
}

impl State {
    /// Looks at the data folder `data`, a real path.
    pub(super) fn of(data: &Path) -> Self {
        match std::fs::read_to_string(data.join("postmaster.pid")) {
            Ok(text) => match parse(&text) {
                Some(postmaster) if is_server_of(postmaster.pid, data) => Self::Running(postmaster),
                Some(postmaster) => Self::Broken(postmaster),
                None => Self::Stopped,
            },
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Self::Hidden,
            Err(_) if data.is_dir() => Self::Stopped,
            Err(_) => Self::Missing,
        }
    }
}

/// Its lines are pid, folder, start, port, socket's folder, address, shared memory, status; the later ones come while it starts.
fn parse(text: &str) -> Option<Postmaster> {
    let line = |at: usize| text.lines().nth(at).map(str::trim).filter(|line| !line.is_empty());
    Some(Postmaster {
        // A server of a single user writes its number with a minus.
        pid: line(0)?.parse::<i32>().ok()?.checked_abs()?,
        since: line(2).and_then(|line| line.parse().ok()),
        port: line(3).and_then(|line| line.parse().ok()),
        socket: line(4).map(PathBuf::from),
        listens: line(5).map(str::to_owned),
        status: line(7).map(str::to_owned),
    })
}

/// Numbers of processes are used again: a server works in its data folder.
fn is_server_of(pid: i32, data: &Path) -> bool {
    let process = PathBuf::from(format!("/proc/{pid}"));
    if !Path::new("/proc/self").exists() {
        let pid = rustix::process::Pid::from_raw(pid);
        return pid.is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok());
    }
    match std::fs::read_link(process.join("cwd")) {
        Ok(folder) => folder == data,
        // Whose process it is not sees its name alone.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            let name = std::fs::read_to_string(process.join("comm")).unwrap_or_default();
            matches!(name.trim_end(), "postgres" | "postmaster")
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_has_only_begun_has_fewer_lines() {
        let whole = "4711\n/srv/pg\n1763800000\n5433\n/run/postgresql\n127.0.0.1\n  5433001    196610\nready   \n";
        let read = parse(whole).unwrap();
        assert_eq!((read.pid, read.since, read.port), (4711, Some(1_763_800_000), Some(5433)));
        assert_eq!((read.socket, read.listens.as_deref()), (Some("/run/postgresql".into()), Some("127.0.0.1")));
        assert_eq!(read.status.as_deref(), Some("ready"));
        let begun = parse("4711\n/srv/pg\n1763800000\n5433\n\n\n").unwrap();
        assert_eq!((begun.socket, begun.listens, begun.status), (None, None, None));
        assert_eq!(parse("-4711\n/srv/pg\n").map(|alone| alone.pid), Some(4711));
        assert_eq!(parse("no number"), None);
    }

    #[test]
    fn a_process_that_works_elsewhere_is_no_server_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let own = std::process::id();
        std::fs::write(folder.path().join("postmaster.pid"), format!("{own}\n/x\n")).unwrap();
        assert_eq!(State::of(folder.path()).word(), "broken off");
        let here = std::env::current_dir().unwrap().canonicalize().unwrap();
        assert!(is_server_of(i32::try_from(own).unwrap(), &here));
        assert_eq!(State::of(&folder.path().join("none")), State::Missing);
    }
}
