//! A database file without anybody else: the only state in which it may be exchanged for another one.
//!
//! Source: SQLite documentation, "How To Corrupt An SQLite Database File", unlinking or renaming a file while it is in use.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::from_sqlite;
use super::open;
use crate::error::{Error, ErrorKind, Result};

/// Keeps everybody out of a database file until it goes. All of the database is in that one file meanwhile, without a log beside it.
pub struct Alone {
    _held: Connection,
}

impl Alone {
    /// Waits a moment for others to end what they do.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`]: somebody has the file open.
    pub async fn hold(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        let held = tokio::task::spawn_blocking(move || hold(&path)).await;
        held.map_err(|error| Error::new(ErrorKind::Io, "holding the file was given up").source(error))?
    }
}

fn hold(path: &Path) -> Result<Alone> {
    let refused = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            in_use(from_sqlite(error, path), path)
        }
        _ => from_sqlite(error, path),
    };
    let conn = open::existing(path)?;
    // Leaving WAL mode takes everything into the file and removes the log; it is refused while any other connection is there.
    let mode: String = conn.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0)).map_err(refused)?;
    if mode == "wal" {
        return Err(in_use(Error::new(ErrorKind::Locked, format!("{} stays in WAL mode", path.display())), path));
    }
    conn.execute_batch("BEGIN EXCLUSIVE").map_err(refused)?;
    // A connection without WAL that does nothing holds no lock, and would go on with the file that is put away.
    match user(path) {
        Some(user) => Err(in_use(Error::new(ErrorKind::Locked, format!("{user} has {} open", path.display())), path)),
        None => Ok(Alone { _held: conn }),
    }
}

fn in_use(reason: Error, path: &Path) -> Error {
    let shown = path.display();
    Error::new(ErrorKind::Locked, format!("{shown} is in use, so it is not exchanged for another file"))
        .source(reason)
        .hint(format!("stop the service, and run the command again; who has the file open: fuser -v {shown}"))
}

/// Another process that has the file open, where the system tells.
fn user(path: &Path) -> Option<String> {
    let file = path.canonicalize().ok()?;
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    for process in processes {
        let Ok(pid) = process.file_name().to_string_lossy().parse::<u32>() else { continue };
        if pid != std::process::id() && has_open(&process.path().join("fd"), &file) {
            let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Some(format!("{}, process {pid},", name.trim()));
        }
    }
    None
}

fn has_open(descriptors: &Path, file: &PathBuf) -> bool {
    let mut descriptors = std::fs::read_dir(descriptors).into_iter().flatten().flatten();
    descriptors.any(|descriptor| std::fs::read_link(descriptor.path()).is_ok_and(|open| open == *file))
}
