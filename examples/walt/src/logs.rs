//! Questions about logs: by issuer, by stream, by what a line says, and in a window of time.

use std::time::SystemTime;

use futures_util::{Stream, TryStreamExt};
use tokio_postgres::{Client, GenericClient};

use crate::Result;

/// What to look for; everything that is left out fits every line.
#[derive(Clone, Debug, Default)]
pub struct Search<'a> {
    /// Names of the devices that said it.
    pub issuers: Option<&'a [&'a str]>,
    /// A POSIX extended regular expression that the stream's name matches somewhere.
    pub stream: Option<&'a str>,
    /// The same for the line.
    pub line: Option<&'a str>,
    /// Strictly later than this.
    pub after: Option<SystemTime>,
    /// Strictly earlier than this.
    pub before: Option<SystemTime>,
}

/// One line found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The device's name.
    pub issuer: String,
    /// The stream's.
    pub stream: String,
    /// When.
    pub at: SystemTime,
    /// What.
    pub line: String,
}

// `(?e)` makes the server read POSIX extended expressions, as users of grep -E know them.
const MATCHES: &str = "FROM logs
    JOIN logstreams ON logstreams.id = logs.stream_id
    JOIN devices ON devices.mac = logstreams.issuer_mac
    WHERE ($1::text[] IS NULL OR devices.name = ANY ($1))
      AND ($2::text IS NULL OR logstreams.name ~ ('(?e)' || $2))
      AND ($3::text IS NULL OR logs.line ~ ('(?e)' || $3))
      AND ($4::timestamptz IS NULL OR logs.timestamp > $4)
      AND ($5::timestamptz IS NULL OR logs.timestamp < $5)";

/// The lines that match, in order of time, as they come from the server: a whole history need not fit in memory.
///
/// # Errors
/// An expression is none (SQLSTATE 2201B).
pub async fn find<'a>(db: &'a Client, search: &'a Search<'a>) -> Result<impl Stream<Item = Result<Found>> + 'a> {
    let sql = format!(
        "SELECT coalesce(devices.name, devices.mac), logstreams.name, logs.timestamp, logs.line {MATCHES}
        ORDER BY logs.timestamp"
    );
    let Search { issuers, stream, line, after, before } = search;
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 5] = [issuers, stream, line, after, before];
    let rows = db.query_raw(&sql, params).await?;
    Ok(rows.and_then(|row| async move {
        Ok(Found { issuer: row.try_get(0)?, stream: row.try_get(1)?, at: row.try_get(2)?, line: row.try_get(3)? })
    }))
}

/// How many lines match.
///
/// # Errors
/// As [`find`].
pub async fn count(db: &impl GenericClient, search: &Search<'_>) -> Result<i64> {
    let Search { issuers, stream, line, after, before } = search;
    let row = db.query_one(&format!("SELECT count(*) {MATCHES}"), &[issuers, stream, line, after, before]).await?;
    row.try_get(0)
}
