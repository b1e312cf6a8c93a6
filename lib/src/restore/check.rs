//! What was loaded, compared with what was sent: read again from the tables.

use std::io;

use crate::archive::digest::{CopyFormat, RowReader, Rows};
use crate::archive::manifest::{Manifest, Table};
use crate::engine::{Cell, Rows as Sink, Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Statement, ident, literal, qualified};

use super::work::TableName;

/// The rows that the table `name` was sent, and by what they are compared.
pub(super) struct Sent {
    /// Counted and digested on the way; `None` where the archive has statements in place of rows.
    pub(super) rows: Option<Rows>,
    /// The archive has made the table itself; others came with an extension and may have rows of its own.
    pub(super) ours: bool,
}

/// How a table was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    /// Every row by its digest.
    Digest(Rows),
    /// By their number.
    Count(u64),
    /// Not at all: nobody knows what it should have.
    Unknown,
}

/// Compares the table `name`: by digests where the manifest has some, else by the number of rows.
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
        let rows = digest(session, manifest, said, sent.ours).await?;
        return match said.compare(Some(rows), &[]) {
            None => Ok(Compared::Digest(rows)),
            Some(_) => Err(differs(name, &said.rows.to_string(), &rows.to_string())),
        };
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

fn differs(name: &TableName, expected: &str, found: &str) -> Error {
    let message = format!("table {} has come out with other rows: {found}, and it should be {expected}", quoted(name));
    Error::new(ErrorKind::Verification, message).hint("restore another backup: mainstay backup list")
}

async fn digest(session: &mut dyn Session, manifest: &Manifest, table: &Table, ours: bool) -> Result<Rows> {
    let name = (table.schema.clone(), table.name.clone());
    let columns: Vec<String> = table.columns.iter().map(|column| ident(column)).collect();
    let from = match ours {
        true if columns.is_empty() => quoted(&name),
        true => format!("{} ({})", quoted(&name), columns.join(", ")),
        // Only the rows that are the user's, by the condition that the extension gives.
        false => {
            let condition = condition(session, &name).await?;
            format!("(SELECT {} FROM ONLY {} {condition})", columns.join(", "), quoted(&name))
        }
    };
    let format = match table.copy {
        CopyFormat::Text => "",
        CopyFormat::Binary => " WITH (FORMAT binary)",
    };
    let copy = format!("COPY {from} TO STDOUT{format}");
    let mut taker = Taker { reader: RowReader::new(table.copy, manifest.seed) };
    session.stream(&Statement { text: &copy, offset: 0, line: 1, copy_data: None }, &mut taker).await?;
    taker.reader.finish()
}

/// Which rows of an extension's table are the user's.
async fn condition(session: &mut dyn Session, name: &TableName) -> Result<String> {
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
