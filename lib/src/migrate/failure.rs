//! From an engine's error to one that says which migration, which statement, where, and what now.

use crate::dialect::{Direction, Migration, Record, Script, Version};
use crate::engine::FlightError;
use crate::error::{Error, ErrorKind};
use crate::sql::Statement;

use super::Folder;

pub(super) fn is_lock_timeout(error: &FlightError) -> bool {
    matches!(error, FlightError::Statement(_, error) | FlightError::Own(error) if error.sqlstate() == Some("55P03"))
}

/// A user's statement failed.
pub(super) fn statement(
    folder: &Folder,
    migration: &Migration,
    script: &Script,
    statements: &[Statement<'_>],
    index: usize,
    error: Error,
) -> Error {
    let kind = error.kind();
    let position = error.sql().and_then(|sql| sql.position);
    let needs_no_transaction = error.sqlstate() == Some("25001");
    let place = script.place(&statements[index], position);
    let error = error
        .context(format!("{} failed at statement {} of {}", migration.title(), index + 1, statements.len()))
        .of_kind(kind)
        .at(place);
    if needs_no_transaction && !script.directives.no_transaction {
        return error.hint(format!("{}: {}", folder.dialect.no_transaction(), script.file));
    }
    error
}

/// One of our own statements failed, or the connection did.
pub(super) fn own(migration: &Migration, error: Error) -> Error {
    match error.sqlstate() {
        // The ledger's row goes in first: a second runner that slipped past the lock fails on its key, with nothing done.
        Some("23505" | "40001") => error
            .context(format!("another instance has applied {} meanwhile", migration.title()))
            .of_kind(ErrorKind::Locked),
        _ => error.context(format!("{} failed", migration.title())),
    }
}

/// The script did not leave the version that it should have left.
pub(super) fn guard(migration: &Migration, script: &Script, record: &Record, found: Option<String>) -> Error {
    let expected = record.guard.as_ref().map_or("", |guard| guard.expect.as_str());
    let found = found.unwrap_or_else(|| "nothing".to_owned());
    Error::new(
        ErrorKind::Verification,
        format!("{} left schemaversion at {found} instead of {expected}; it was rolled back", migration.title()),
    )
    .hint(format!("add to {}: UPDATE schemaversion SET version = {expected};", script.file))
}

/// The ledger itself cannot be made or written.
pub(super) fn ledger(error: FlightError) -> Error {
    match error {
        FlightError::Own(error) | FlightError::Statement(_, error) => {
            let code = error.sqlstate().unwrap_or_default().to_owned();
            let error = error.context("cannot write the ledger of migrations");
            match code.as_str() {
                "42501" => error.hint("the role needs CREATE on the database: mainstay bootstrap"),
                // Two runners that slipped past the lock make its schema and tables at the same moment.
                "23505" | "42P06" | "42P07" | "40001" => error.of_kind(ErrorKind::Locked),
                _ => error,
            }
        }
        FlightError::Guard(_) => Error::new(ErrorKind::Verification, "the ledger of migrations did not take a row"),
    }
}

/// Adds where the database stands now: `good` is its version, `None` where it could not be asked.
pub(super) fn say_where_we_stand(
    error: Error,
    migration: &Migration,
    direction: Direction,
    good: Option<Option<Version>>,
) -> Error {
    let script = migration.script(direction).unwrap_or(&migration.up);
    let partly = script.directives.no_transaction;
    let error = if partly { error.half_done() } else { error };
    let (word, done) = match direction {
        Direction::Up => ("up", "applied"),
        Direction::Down => ("down", "undone"),
    };
    let what = if partly {
        "the statements before the failed one stay; the next run goes on from there".to_owned()
    } else {
        format!("nothing of this migration was {done}")
    };
    let error = match good {
        Some(Some(version)) => error.hint(format!("the database is at version {version}; {what}")),
        Some(None) => error.hint(format!("no migration is applied; {what}")),
        None => {
            return error.hint(
                "where the database stands could not be asked; when the server is back: mainstay migrate status",
            );
        }
    };
    let again = format!("mainstay migrate {word}");
    match error.sqlstate().unwrap_or_default() {
        "42501" => error.hint("the role lacks a right; give it what the service needs: mainstay bootstrap"),
        "55P03" => error
            .hint(format!("when the lock is free: {again}"))
            .hint("to wait longer for it: [migrations] lock_patience = \"10 min\" in mainstay.toml"),
        "53100" => error.hint(format!("when there is room again: {again}")),
        "57014" => error
            .hint(format!("it was broken off; try again: {again}"))
            .hint(format!("to allow it more time: `-- mainstay: statement-timeout 1h` at the head of {}", script.file)),
        _ => error.hint(format!("mend {}, then: {again}", script.file)),
    }
}
