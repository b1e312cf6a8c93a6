//! What was loaded, compared with what was sent: read again from the tables.

use std::io;

use crate::archive::digest::{CopyFormat, RowReader, Rows};
use crate::archive::manifest::{Manifest, Mismatch, Range, Table};
use crate::engine::{Cell, Rows as Sink, Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Statement, ident, literal, qualified};

use super::text::UNENCODED;
use super::work::TableName;

/// The rows that the table `name` was sent, and by what they are compared.
pub(super) struct Sent {
    /// Counted and digested on the way; `None` where the archive has statements in place of rows.
    pub(super) rows: Option<Rows>,
    /// The archive has made the table itself; others came with an extension and may have rows of its own.
    pub(super) ours: bool,
}

/// How a table was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    /// Every row by its digest.
    Digest(Rows),
    /// By their number.
    Count(u64),
    /// Not at all: nobody knows what it should have.
    Unknown,
    /// By their digests, and they are others.
    Other(Box<Mismatch>),
}

impl Compared {
    /// What differs.
    pub(super) fn mismatch(&self) -> Option<&Mismatch> {
        match self {
            Self::Other(mismatch) => Some(mismatch),
            _ => None,
        }
    }
}

/// Compares the table `name`: by digests where the manifest has some, else by the number of rows. Other digests are a result, for
/// a drill wants to know all of them.
pub(super) async fn table(
    session: &mut dyn Session,
    manifest: Option<&Manifest>,
    name: &TableName,
    sent: &Sent,
) -> Result<Compared> {
    let (schema, table) = name;
    let said = manifest.and_then(|manifest| {
        manifest.tables.iter().find(|one| one.schema == *schema && one.name == *table).map(|table| (manifest, table))
    });
    if let Some((manifest, said)) = said {
        let rows = digest(session, manifest, said, sent.ours, "").await?;
        if said.compare(Some(rows), &[]).is_none() {
            return Ok(Compared::Digest(rows));
        }
        let mut parts = Vec::new();
        for part in &said.parts {
            parts.push(match part.range.as_ref().and_then(within) {
                Some(condition) if sent.ours => Some(digest(session, manifest, said, true, &condition).await?),
                _ => None,
            });
        }
        return Ok(said
            .compare(Some(rows), &parts)
            .map_or(Compared::Digest(rows), |mismatch| Compared::Other(Box::new(mismatch))));
    }
    let Some(expected) = sent.rows else { return Ok(Compared::Unknown) };
    if !sent.ours {
        return Ok(Compared::Unknown);
    }
    // A partitioned table has its rows in its partitions, another one its own beside those of what inherits from it.
    let kind = format!(
        "SELECT relkind FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass({})",
        literal(&quoted(name))
    );
    let only = if first_cell(&session.query(&kind).await?) == Some("p") { "" } else { "ONLY " };
    let answer = session.query(&format!("SELECT pg_catalog.count(*) FROM {only}{}", quoted(name))).await?;
    let found: u64 = first_cell(&answer).and_then(|cell| cell.parse().ok()).unwrap_or_default();
    match found == expected.count {
        true => Ok(Compared::Count(found)),
        false => Err(differs(name, &format!("{} rows", expected.count), &format!("{found} rows"))),
    }
}

/// What a restore says of other rows.
pub(super) fn refused(mismatch: &Mismatch) -> Error {
    let found = mismatch.found.map_or_else(|| "none".to_owned(), |rows| rows.to_string());
    differs(&(mismatch.schema.clone(), mismatch.name.clone()), &mismatch.expected.to_string(), &found)
}

/// The condition that the rows of a range by key meet.
fn within(range: &Range) -> Option<String> {
    let Range::Key { column, from, to } = range else { return None };
    let column = ident(column);
    let bounds = [from.map(|from| format!("{column} >= {from}")), to.map(|to| format!("{column} <= {to}"))];
    let bounds: Vec<String> = bounds.into_iter().flatten().collect();
    Some(if bounds.is_empty() { "true".to_owned() } else { bounds.join(" AND ") })
}

fn differs(name: &TableName, expected: &str, found: &str) -> Error {
    let message = format!("table {} has come out with other rows: {found}, and it should be {expected}", quoted(name));
    Error::new(ErrorKind::Verification, message).hint("restore another backup: mainstay backup list")
}

/// The digest of the table's rows, of those that meet `condition` where there is one.
async fn digest(
    session: &mut dyn Session,
    manifest: &Manifest,
    table: &Table,
    ours: bool,
    condition: &str,
) -> Result<Rows> {
    let name = (table.schema.clone(), table.name.clone());
    let columns: Vec<String> = table.columns.iter().map(|column| ident(column)).collect();
    let from = match ours {
        true if !condition.is_empty() => {
            format!("(SELECT {} FROM ONLY {} WHERE {condition})", columns.join(", "), quoted(&name))
        }
        true if columns.is_empty() => quoted(&name),
        true => format!("{} ({})", quoted(&name), columns.join(", ")),
        // Only the rows that are the user's, by the condition that the extension gives.
        false => {
            let condition = extension_condition(session, &name).await?;
            format!("(SELECT {} FROM ONLY {} {condition})", columns.join(", "), quoted(&name))
        }
    };
    let format = match table.copy {
        CopyFormat::Text => "text",
        CopyFormat::Binary => "binary",
    };
    // As they were taken: byte for byte where they are in no encoding.
    let encoding = match manifest.source.encoding.as_str() {
        UNENCODED => format!(", ENCODING {}", literal(UNENCODED)),
        _ => String::new(),
    };
    let copy = format!("COPY {from} TO STDOUT WITH (FORMAT {format}{encoding})");
    let mut taker = Taker { reader: RowReader::new(table.copy, manifest.seed) };
    session.stream(&Statement { text: &copy, offset: 0, line: 1, copy_data: None }, &mut taker).await?;
    taker.reader.finish()
}

/// Which rows of an extension's table are the user's.
async fn extension_condition(session: &mut dyn Session, name: &TableName) -> Result<String> {
    let answer = session
        .query(&format!(
            "SELECT c.condition FROM pg_catalog.pg_extension e, \
             LATERAL pg_catalog.unnest(e.extconfig, e.extcondition) AS c(relation, condition) \
             WHERE c.relation = pg_catalog.to_regclass({})",
            literal(&quoted(name))
        ))
        .await?;
    Ok(first_cell(&answer).unwrap_or_default().to_owned())
}

/// A table's name as SQL.
pub(super) fn quoted(name: &TableName) -> String {
    if name.0.is_empty() { ident(&name.1) } else { qualified(&name.0, &name.1) }
}

struct Taker {
    reader: RowReader,
}

impl Sink for Taker {
    fn columns(&mut self, _: &[String]) -> io::Result<()> {
        Ok(())
    }

    fn row(&mut self, _: &[Cell<'_>]) -> io::Result<()> {
        Ok(())
    }

    fn csv(&mut self, piece: &[u8]) -> io::Result<()> {
        self.reader.push(piece).map_err(io::Error::other)
    }
}
