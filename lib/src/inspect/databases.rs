//! The list of a server's databases.

use serde::Serialize;

use crate::engine::Session;
use crate::error::Result;

/// One line of the list of databases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DatabaseLine {
    /// Its name.
    pub name: String,
    /// The role that owns it.
    pub owner: String,
    /// The encoding of its text, `UTF8`.
    pub encoding: String,
    /// How its text is ordered, `C.UTF-8`.
    pub collation: String,
    /// Bytes on disk; `None` where this role may not connect to it.
    pub bytes: Option<u64>,
    /// The comment.
    pub comment: Option<String>,
}

const DATABASES: &str = "
SELECT d.datname, pg_catalog.pg_get_userbyid(d.datdba), pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate,
  CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') THEN pg_catalog.pg_database_size(d.oid) END,
  pg_catalog.shobj_description(d.oid, 'pg_database')
FROM pg_catalog.pg_database d WHERE NOT d.datistemplate ORDER BY d.datname";

/// The databases of a PostgreSQL server, templates left out, by name.
///
/// # Errors
/// The server does not answer.
pub async fn databases(session: &mut dyn Session) -> Result<Vec<DatabaseLine>> {
    let rows = session.query(DATABASES).await?;
    let line = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter();
        let mut next = move || cells.next().flatten();
        DatabaseLine {
            name: next().unwrap_or_default(),
            owner: next().unwrap_or_default(),
            encoding: next().unwrap_or_default(),
            collation: next().unwrap_or_default(),
            bytes: next().and_then(|bytes| bytes.parse().ok()),
            comment: next(),
        }
    };
    Ok(rows.into_iter().map(line).collect())
}
