//! SQLite's errors as ours.
//!
//! Source: SQLite documentation, "Result and Error Codes"; PostgreSQL documentation, "PostgreSQL Error Codes".

use std::path::Path;

use rusqlite::ffi;

use super::outsider;
use crate::error::{Error, ErrorKind, SqlError};

/// An extended result code, its name, and the SQLSTATE that means the same.
const CODES: &[(i32, &str, &str)] = &[
    (ffi::SQLITE_CONSTRAINT_UNIQUE, "SQLITE_CONSTRAINT_UNIQUE", "23505"),
    (ffi::SQLITE_CONSTRAINT_PRIMARYKEY, "SQLITE_CONSTRAINT_PRIMARYKEY", "23505"),
    (ffi::SQLITE_CONSTRAINT_ROWID, "SQLITE_CONSTRAINT_ROWID", "23505"),
    (ffi::SQLITE_CONSTRAINT_FOREIGNKEY, "SQLITE_CONSTRAINT_FOREIGNKEY", "23503"),
    (ffi::SQLITE_CONSTRAINT_NOTNULL, "SQLITE_CONSTRAINT_NOTNULL", "23502"),
    (ffi::SQLITE_CONSTRAINT_CHECK, "SQLITE_CONSTRAINT_CHECK", "23514"),
    (ffi::SQLITE_CONSTRAINT_DATATYPE, "SQLITE_CONSTRAINT_DATATYPE", "42804"),
    (ffi::SQLITE_CONSTRAINT_TRIGGER, "SQLITE_CONSTRAINT_TRIGGER", "P0001"),
    (ffi::SQLITE_CONSTRAINT, "SQLITE_CONSTRAINT", "23000"),
    (ffi::SQLITE_BUSY_SNAPSHOT, "SQLITE_BUSY_SNAPSHOT", "40001"),
    (ffi::SQLITE_BUSY_RECOVERY, "SQLITE_BUSY_RECOVERY", "55P03"),
    (ffi::SQLITE_BUSY_TIMEOUT, "SQLITE_BUSY_TIMEOUT", "55P03"),
    (ffi::SQLITE_BUSY, "SQLITE_BUSY", "55P03"),
    (ffi::SQLITE_LOCKED, "SQLITE_LOCKED", "55P03"),
    (ffi::SQLITE_READONLY_DIRECTORY, "SQLITE_READONLY_DIRECTORY", "25006"),
    (ffi::SQLITE_READONLY_DBMOVED, "SQLITE_READONLY_DBMOVED", "25006"),
    (ffi::SQLITE_READONLY, "SQLITE_READONLY", "25006"),
    (ffi::SQLITE_FULL, "SQLITE_FULL", "53100"),
    (ffi::SQLITE_NOMEM, "SQLITE_NOMEM", "53200"),
    (ffi::SQLITE_TOOBIG, "SQLITE_TOOBIG", "54000"),
    (ffi::SQLITE_INTERRUPT, "SQLITE_INTERRUPT", "57014"),
    (ffi::SQLITE_NOTADB, "SQLITE_NOTADB", "XX001"),
    (ffi::SQLITE_CORRUPT, "SQLITE_CORRUPT", "XX001"),
    (ffi::SQLITE_CANTOPEN, "SQLITE_CANTOPEN", "58030"),
    (ffi::SQLITE_IOERR, "SQLITE_IOERR", "58030"),
    (ffi::SQLITE_PERM, "SQLITE_PERM", "42501"),
    (ffi::SQLITE_AUTH, "SQLITE_AUTH", "42501"),
    (ffi::SQLITE_MISMATCH, "SQLITE_MISMATCH", "42804"),
    (ffi::SQLITE_RANGE, "SQLITE_RANGE", "42P02"),
    (ffi::SQLITE_SCHEMA, "SQLITE_SCHEMA", "0A000"),
    (ffi::SQLITE_MISUSE, "SQLITE_MISUSE", "XX000"),
    (ffi::SQLITE_INTERNAL, "SQLITE_INTERNAL", "XX000"),
];

/// What `SQLITE_ERROR` says in words, and the SQLSTATE that means the same.
const WORDS: &[(&str, &str)] = &[
    ("syntax error", "42601"),
    ("incomplete input", "42601"),
    ("unrecognized token", "42601"),
    ("no such table", "42P01"),
    ("no such view", "42P01"),
    ("no such column", "42703"),
    ("has no column named", "42703"),
    ("no such function", "42883"),
    ("no such index", "42704"),
    ("no such trigger", "42704"),
    ("duplicate column name", "42701"),
    ("ambiguous column name", "42702"),
    ("already exists", "42P07"),
    ("no transaction is active", "25P01"),
    ("within a transaction", "25001"),
    ("foreign key mismatch", "42830"),
];

/// A statement's error without the file's name, for an embedder's own work on a [`SharedFile`](super::SharedFile).
impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        of_statement(error).1
    }
}

/// The error of a statement on the database at `path`.
pub(super) fn from_sqlite(error: rusqlite::Error, path: &Path) -> Error {
    let (code, error) = of_statement(error);
    let shown = path.display();
    if code == ffi::SQLITE_BUSY_SNAPSHOT {
        return error.hint("somebody wrote after this transaction had read: begin it with BEGIN IMMEDIATE");
    }
    match code & 0xff {
        ffi::SQLITE_NOTADB => error
            .of_kind(ErrorKind::Verification)
            .context(format!("{shown} is not an SQLite database"))
            .hint(format!("see what it is: file {shown}")),
        ffi::SQLITE_CANTOPEN | ffi::SQLITE_IOERR => {
            error.of_kind(ErrorKind::Io).context(format!("cannot read or write the database file {shown}"))
        }
        ffi::SQLITE_READONLY => error.context(format!("the database file {shown} cannot be written")).hint(format!(
            "the file and its folder must both be writable, SQLite keeps its journal beside the file: \
             ls -ld {shown} {}",
            super::open::folder(path).display()
        )),
        ffi::SQLITE_FULL => error.hint(format!("make room: df -h {}", super::open::folder(path).display())),
        ffi::SQLITE_BUSY => outsider::named(error, path),
        _ => error,
    }
}

/// The extended result code, and the error in SQLite's words.
fn of_statement(error: rusqlite::Error) -> (i32, Error) {
    let (code, message, position) = match &error {
        rusqlite::Error::SqlInputError { error, msg, sql, offset } => {
            (error.extended_code, msg.clone(), position(sql, *offset))
        }
        rusqlite::Error::SqliteFailure(error, message) => {
            (error.extended_code, message.clone().unwrap_or_else(|| error.to_string()), None)
        }
        other => (ffi::SQLITE_ERROR, other.to_string(), None),
    };
    let (routine, sqlstate) = meaning(code, &message);
    let sql = SqlError {
        sqlstate: sqlstate.to_owned(),
        object: message.split_once("constraint failed: ").map(|(_, object)| object.to_owned()),
        message,
        position,
        routine: Some(routine.to_owned()),
        ..SqlError::default()
    };
    (code, Error::from_sql(sql))
}

/// A statement that expects values, which nobody gives.
pub(super) fn unbound() -> Error {
    Error::from_sql(SqlError {
        sqlstate: "42P02".to_owned(),
        message: "the statement has parameters, and there are no values for them".to_owned(),
        routine: Some("SQLITE_RANGE".to_owned()),
        ..SqlError::default()
    })
}

fn meaning(code: i32, message: &str) -> (&'static str, &'static str) {
    let named = |wanted: i32| CODES.iter().find(|(code, ..)| *code == wanted);
    if let Some((_, name, sqlstate)) = named(code).or_else(|| named(code & 0xff)) {
        return (name, sqlstate);
    }
    let worded = WORDS.iter().find(|(words, _)| message.contains(words));
    ("SQLITE_ERROR", worded.map_or("42000", |(_, sqlstate)| sqlstate))
}

/// Byte offset to character position, from 1.
fn position(sql: &str, offset: i32) -> Option<usize> {
    let before = sql.get(..usize::try_from(offset).ok()?)?;
    Some(before.chars().count() + 1)
}
