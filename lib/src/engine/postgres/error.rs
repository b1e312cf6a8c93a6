//! The driver's errors as ours. Servers speak many languages, so nothing here reads a message's text: SQLSTATE
//! and the source routine, which are never translated, tell failures apart.

use std::error::Error as _;

use tokio_postgres::error::{DbError, ErrorPosition};

use crate::error::{Error, ErrorKind, SqlError};

/// The server's ErrorResponse, field by field.
pub(super) fn words(db: &DbError) -> SqlError {
    let (position, internal) = match db.position() {
        Some(ErrorPosition::Original(at)) => (Some(*at as usize), None),
        Some(ErrorPosition::Internal { query, .. }) => (None, Some(format!("internal query: {query}"))),
        None => (None, None),
    };
    let context: Vec<String> = db.where_().map(str::to_owned).into_iter().chain(internal).collect();
    SqlError {
        sqlstate: db.code().code().to_owned(),
        message: db.message().to_owned(),
        detail: db.detail().map(str::to_owned),
        hint: db.hint().map(str::to_owned),
        position,
        context: (!context.is_empty()).then(|| context.join("\n")),
        object: db.constraint().or(db.column()).or(db.table()).or(db.datatype()).or(db.schema()).map(str::to_owned),
        schema: db.schema().map(str::to_owned),
        table: db.table().map(str::to_owned),
        column: db.column().map(str::to_owned),
        constraint: db.constraint().map(str::to_owned),
        routine: db.routine().map(str::to_owned),
    }
}

/// An error on a session that had been made; `last_words` is what the connection said when it ended.
pub(super) fn in_session(error: tokio_postgres::Error, last_words: Option<String>) -> Error {
    if let Some(db) = error.as_db_error() {
        let sql = words(db);
        if ends_session(&sql.sqlstate) {
            return Error::from_sql(sql).of_kind(ErrorKind::ConnectionLost).context("the server ended the session");
        }
        return Error::from_sql(sql);
    }
    let broken = error.is_closed() || io_cause(&error).is_some();
    if !broken {
        return Error::new(ErrorKind::Sql, "the server's answer was not understood").source(error);
    }
    let lost = Error::new(ErrorKind::ConnectionLost, "the connection to the server is lost");
    match last_words {
        Some(last_words) => lost.source(last_words),
        None => lost.source(error),
    }
}

/// Is it a FATAL with which the server ends a session: admin_shutdown, crash_shutdown, cannot_connect_now,
/// database_dropped, idle_session_timeout, idle_in_transaction_session_timeout, transaction_timeout?
fn ends_session(sqlstate: &str) -> bool {
    matches!(sqlstate, "57P01" | "57P02" | "57P03" | "57P04" | "57P05" | "25P03" | "25P04")
}

/// The input or output error behind the driver's, if there is one.
pub(super) fn io_cause(error: &tokio_postgres::Error) -> Option<&std::io::Error> {
    let mut cause = error.source();
    while let Some(next) = cause {
        if let Some(io) = next.downcast_ref::<std::io::Error>() {
            return Some(io);
        }
        cause = next.source();
    }
    None
}
