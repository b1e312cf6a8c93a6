//! Opening the file, with errors that say what is wrong with it.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::from_sqlite;
use crate::error::{Error, ErrorKind, Result};

/// How long a statement waits for another writer.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// The folder that `path` is in.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Opens the existing database at `path`.
///
/// # Errors
/// It is a folder, no database, not readable.
pub(super) fn existing(path: &Path) -> Result<Connection> {
    open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

/// Opens the existing database at `path` for reading alone.
///
/// # Errors
/// As [`existing`].
pub(super) fn for_reading(path: &Path) -> Result<Connection> {
    let conn = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.pragma_update(None, "query_only", true).map_err(|e| from_sqlite(e, path))?;
    Ok(conn)
}

/// Opens the database at `path`, made now if it is missing: for its owner alone, since nobody can tell what it will hold.
/// SQLite gives the files beside it the same rights.
///
/// # Errors
/// The folder is missing or not writable, and all of [`existing`].
pub(super) fn or_create(path: &Path) -> Result<Connection> {
    check_place(path)?;
    // An empty file is an empty database. Where it cannot be made, SQLite says why.
    let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
}

/// Opens the database at `path` to write to it while others read: in WAL mode.
///
/// # Errors
/// All of [`or_create`]; the file is not in WAL mode and cannot be put into it.
pub(super) fn for_writing(path: &Path) -> Result<Connection> {
    let conn = or_create(path)?;
    let mode = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
    let mode = mode.map_err(|e| from_sqlite(e, path));
    let reason = match mode {
        Ok(mode) if mode == "wal" => return Ok(conn),
        Ok(mode) => Error::new(ErrorKind::Sql, format!("the journal stays in the mode `{mode}`")),
        Err(error) => error,
    };
    let shown = path.display();
    Err(Error::new(reason.kind(), format!("{shown} cannot be put into WAL mode, in which nobody waits for readers"))
        .source(reason)
        .hint(format!("see who has the file open: fuser -v {shown}"))
        .hint("a network file system cannot hold it: keep it on a local one"))
}

/// An empty database that stands for a file which does not exist yet.
///
/// # Errors
/// The folder that the file would be made in is missing.
pub(super) fn nothing_yet(path: &Path) -> Result<Connection> {
    check_place(path)?;
    Connection::open_in_memory().and_then(prepared).map_err(|e| from_sqlite(e, path))
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection> {
    check_place(path)?;
    Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).and_then(prepared).map_err(|e| {
        let error = from_sqlite(e, path);
        if error.kind() == ErrorKind::Io {
            error.hint(format!("look at the rights: ls -ld {} {}", folder(path).display(), path.display()))
        } else {
            error
        }
    })
}

/// Settings of every connection; reads the header, so that a file of another kind is found at once.
fn prepared(conn: Connection) -> rusqlite::Result<Connection> {
    conn.busy_timeout(BUSY)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.query_row("PRAGMA schema_version", [], |_| Ok(()))?;
    Ok(conn)
}

fn check_place(path: &Path) -> Result<()> {
    let folder = folder(path);
    if path.is_dir() {
        return Err(Error::new(ErrorKind::Io, format!("{} is a folder, not a database file", path.display()))
            .hint(format!("name a file in it: {}", path.join("service.db").display())));
    }
    if !folder.is_dir() {
        let what = if folder.exists() { "is no folder" } else { "does not exist" };
        return Err(Error::new(
            ErrorKind::Io,
            format!("there is no place for the database {}: {} {what}", path.display(), folder.display()),
        )
        .hint(format!("make the folder: mkdir -p {}", folder.display())));
    }
    Ok(())
}
