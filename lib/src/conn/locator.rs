//! A database named by one text: a URL, a keyword string or an SQLite file.

use std::path::PathBuf;

use super::url::{self, Pairs};
use super::{Origin, conninfo};
use crate::error::{Error, ErrorKind, Result};

/// What such a text names.
pub(super) enum Locator {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// libpq's keywords.
    Postgres(Pairs),
}

/// Would libpq take `text`, given as a database's name, for a whole connection string?
pub(super) fn is_locator(text: &str) -> bool {
    text.contains("://") || text.contains('=') || is_sqlite(text)
}

/// Reads `text`; a message names `origin` and never quotes the text.
///
/// # Errors
/// It is neither, or is malformed.
pub(super) fn parse(text: &str, origin: &Origin) -> Result<Locator> {
    let text = text.trim();
    let read = if is_sqlite(text) {
        sqlite(text).map(Locator::Sqlite)
    } else if url::is_postgres(text) {
        url::parse(text).map(Locator::Postgres)
    } else if let Some((scheme, _)) = text.split_once("://").filter(|(scheme, _)| !scheme.contains(['=', ' '])) {
        Err(fault(format!("{scheme} is no engine that Mainstay knows"))
            .hint("write postgresql://user@host/database or sqlite:FILE"))
    } else if text.contains('=') {
        conninfo::parse(text).map(Locator::Postgres)
    } else {
        Err(fault("it is neither a URL, nor keywords, nor an SQLite file")
            .hint("write postgresql://user@host/database or sqlite:FILE; a database's name alone goes with --dbname"))
    };
    read.map_err(|error| error.context(format!("cannot read the connection in {origin}")).of_kind(origin.error_kind()))
}

fn is_sqlite(text: &str) -> bool {
    let scheme = text.split(':').next().unwrap_or_default();
    let ending = || [".db", ".sqlite", ".sqlite3"].iter().any(|ending| text.ends_with(ending));
    (text.contains(':') && scheme.split('+').next() == Some("sqlite"))
        || (!text.contains("://") && !text.contains('=') && ending())
}

/// `sqlite:PATH`, `sqlite://PATH`, `sqlite:///ABSOLUTE`; with a driver's name SQLAlchemy's rule, where
/// three slashes are relative and four absolute.
fn sqlite(text: &str) -> Result<PathBuf> {
    let (scheme, rest) = match text.split_once(':') {
        Some((scheme, rest)) if scheme.starts_with("sqlite") => (scheme, rest),
        _ => return Ok(PathBuf::from(text)),
    };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        if !matches!(parameter, "mode=rwc" | "mode=rw" | "cache=private" | "cache=shared") {
            return Err(fault(format!("the SQLite parameter {parameter:?} is not supported")).hint("write sqlite:FILE"));
        }
    }
    let path = match path.strip_prefix("//") {
        Some(path) if scheme.contains('+') => path.strip_prefix('/').unwrap_or(path),
        Some(path) => path,
        None => path,
    };
    match url::decode(path, "the path")?.as_str() {
        "" => Err(fault("it names no file").hint("write sqlite:FILE")),
        ":memory:" => Err(fault("a database in memory would be gone at the end").hint("write sqlite:FILE")),
        path => Ok(PathBuf::from(path)),
    }
}

fn fault(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, message)
}
