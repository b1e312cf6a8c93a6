//! A database file without anybody else: the only state in which it may be exchanged for another one.
//!
//! Source: SQLite documentation, "How To Corrupt An SQLite Database File", unlinking or renaming a file while it is in use.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::error::from_sqlite;
use super::open;
use crate::error::{Error, ErrorKind, Result};

/// A program that is being started holds what its parent has open for a moment: so often, and so far apart, a file is looked at.
const LOOKS: u32 = 25;
const PAUSE: Duration = Duration::from_millis(40);

/// Keeps everybody out of a database file until it goes. All of the database is in that one file meanwhile, without a log beside
/// it; but one that is damaged, which nobody can hold, is only seen to be nobody's.
pub struct Alone {
    held: Option<Connection>,
    /// The file's journal mode.
    mode: String,
}

impl Alone {
    /// Waits a moment for others to end what they do.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`]: somebody has the file open. It is as it was.
    pub async fn hold(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        let held = tokio::task::spawn_blocking(move || hold(&path)).await;
        held.map_err(|error| Error::new(ErrorKind::Io, "holding the file was given up").source(error))?
    }

    /// Lets the file go as it was before: it was not exchanged.
    pub fn let_go(self) {
        if let Some(held) = self.held {
            // Whoever comes in between may hold it, and then sets its own mode.
            let _ = held.execute_batch("ROLLBACK");
            let _ = held.query_row(&format!("PRAGMA journal_mode = {}", self.mode), [], |_| Ok(()));
        }
    }
}

fn hold(path: &Path) -> Result<Alone> {
    let held = match open::existing(path) {
        Ok(conn) => in_one_file(conn, path),
        // What is no database can be held by nobody.
        Err(error) if matches!(error.kind(), ErrorKind::Verification | ErrorKind::Sql) => {
            Ok(Alone { held: None, mode: String::new() })
        }
        Err(error) => Err(error),
    }?;
    // A connection without WAL that does nothing holds no lock, and would go on with the file that is put away.
    match user(path) {
        None => Ok(held),
        Some(user) => {
            held.let_go();
            Err(in_use(Error::new(ErrorKind::Locked, format!("{user} has {} open", path.display())), path))
        }
    }
}

/// Everything into the one file, and everybody kept out of it.
fn in_one_file(conn: Connection, path: &Path) -> Result<Alone> {
    let refused = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => in_use(from_sqlite(error, path), path),
        _ => from_sqlite(error, path),
    };
    let is_damaged = |error: &rusqlite::Error| {
        matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
    };
    let asked = |pragma: &str| conn.query_row(pragma, [], |row| row.get::<_, String>(0));
    let mode = match asked("PRAGMA journal_mode") {
        Ok(mode) => mode,
        Err(error) if is_damaged(&error) => return Ok(Alone { held: None, mode: String::new() }),
        Err(error) => return Err(refused(error)),
    };
    // Leaving WAL mode takes everything into the file and removes the log; it is refused while any other connection is there.
    let held = match asked("PRAGMA journal_mode = DELETE") {
        Ok(mode) if mode == "wal" => {
            Err(in_use(Error::new(ErrorKind::Locked, format!("{} stays in WAL mode", path.display())), path))
        }
        Ok(_) => match conn.execute_batch("BEGIN EXCLUSIVE") {
            Err(error) if !is_damaged(&error) => Err(refused(error)),
            _ => Ok(()),
        },
        Err(error) if is_damaged(&error) => Ok(()),
        Err(error) => Err(refused(error)),
    };
    let alone = Alone { held: Some(conn), mode };
    match held {
        Ok(()) => Ok(alone),
        Err(error) => {
            alone.let_go();
            Err(error)
        }
    }
}

fn in_use(reason: Error, path: &Path) -> Error {
    let shown = path.display();
    Error::new(ErrorKind::Locked, format!("{shown} is in use, so it is not exchanged for another file"))
        .source(reason)
        .hint(format!("stop the service, and run the command again; who has the file open: fuser -v {shown}"))
}

/// Another process that has the file open and keeps it, where the system tells.
fn user(path: &Path) -> Option<String> {
    let mut found = opener(path)?;
    for _ in 1..LOOKS {
        std::thread::sleep(PAUSE);
        found = opener(path)?;
    }
    Some(found)
}

fn opener(path: &Path) -> Option<String> {
    // By number: it may have several names, and others where another process sees it.
    let file = path.metadata().ok()?;
    let is_it = |open: &std::fs::Metadata| (open.dev(), open.ino()) == (file.dev(), file.ino());
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    for process in processes {
        let Ok(pid) = process.file_name().to_string_lossy().parse::<u32>() else { continue };
        let mut open = std::fs::read_dir(process.path().join("fd")).into_iter().flatten().flatten();
        if pid != std::process::id() && open.any(|one| one.path().metadata().is_ok_and(|open| is_it(&open))) {
            let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Some(format!("{}, process {pid},", name.trim()));
        }
    }
    None
}
