//! Who holds a lock on the database without standing in the queue: another program, sqlite3 for one.
//!
//! Source: SQLite documentation, "WAL-mode File Format", locks; proc(5), `/proc/locks`. The files themselves are not opened
//! for this: closing one would give back the locks that SQLite holds in this process.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::beside;
use crate::error::Error;

/// The byte of `-shm` that a writer locks.
const WRITER: &str = "120";

/// Names in `error`, which says that `database` is locked, the process that keeps others from writing, where the system
/// tells; it may be this one, by another connection.
pub(super) fn named(error: Error, database: &Path) -> Error {
    let shown = database.display();
    let Some(pid) = holder(database) else {
        return error.hint(format!("see who has the file open, and end that transaction: fuser -v {shown}"));
    };
    let program = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let program = if program.is_empty() { "another program" } else { program.trim() };
    error
        .context(format!("{program}, process {pid}, has locked {shown}"))
        .hint(format!("end its transaction there with COMMIT or ROLLBACK, or end the program: kill {pid}"))
}

fn holder(database: &Path) -> Option<u32> {
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let inode = |path: &Path| path.metadata().ok().map(|metadata| metadata.ino());
    let (data, shared) = (inode(database), inode(&beside::path(database, "-shm")));
    locks.lines().find_map(|line| writer(line, data, shared))
}

/// The process of a line `1: POSIX  ADVISORY  WRITE 4711 08:02:131 120 120` that has locked the database or its log.
fn writer(line: &str, data: Option<u64>, shared: Option<u64>) -> Option<u32> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, "POSIX", _, "WRITE", pid, place, start, _] = words[..] else { return None };
    let inode = place.rsplit(':').next()?.parse().ok();
    let locked = inode.is_some() && (inode == data || (inode == shared && start == WRITER));
    // 0 is a process that this container does not see.
    pid.parse().ok().filter(|pid| locked && *pid > 0)
}

#[cfg(test)]
mod tests {
    use super::writer;

    #[test]
    fn only_a_writers_lock_counts() {
        let (data, shared) = (Some(131), Some(132));
        for (line, pid) in [
            ("1: POSIX  ADVISORY  WRITE 4711 08:02:132 120 120", Some(4711)),
            ("2: POSIX  ADVISORY  WRITE 4711 08:02:131 1073741825 1073742335", Some(4711)),
            ("3: POSIX  ADVISORY  READ  4711 08:02:131 1073741826 1073742335", None),
            ("4: POSIX  ADVISORY  WRITE 4711 08:02:132 121 121", None),
            ("5: POSIX  ADVISORY  WRITE 4711 08:02:999 120 120", None),
            ("5: -> POSIX  ADVISORY  WRITE 4712 08:02:132 120 120", None),
            ("5: POSIX  ADVISORY  WRITE 0 08:02:132 120 120", None),
            ("6: OFDLCK ADVISORY  WRITE -1 08:02:132 120 120", None),
        ] {
            assert_eq!(writer(line, data, shared), pid, "{line}");
        }
    }
}
