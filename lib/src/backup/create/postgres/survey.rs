//! What has rows in a PostgreSQL database, as the snapshot sees it.

use std::collections::BTreeMap;

use crate::engine::postgres::PostgresSession;
use crate::engine::{Row, Session};
use crate::error::{Error, ErrorKind, Result};

use super::binary;

/// Relations of the database that may have rows, in no schema of the system's, and no session's own.
pub(super) const OURS: &str = "c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'";

/// The extension that a relation belongs to.
const EXTENSION: &str = "(SELECT e.extname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid \
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e' \
    AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass)";

/// A relation that may have rows.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) owner: String,
    pub(super) kind: Kind,
    /// Kept in memory's stead on one server only: a standby has none of its rows.
    pub(super) unlogged: bool,
    /// An ordinary file of pages, in which a row has its place.
    pub(super) heap: bool,
    /// Bytes of its own file, without what lies outside of the rows.
    pub(super) bytes: u64,
    /// All its bytes but those of indexes.
    pub(super) all_bytes: u64,
    /// A materialised view that was filled.
    pub(super) filled: bool,
    /// The extension that has made it.
    pub(super) extension: Option<String>,
    /// May be read, and all of it.
    pub(super) readable: bool,
    /// Row security would leave rows out for us.
    pub(super) secured: bool,
    /// The columns that have values of their own, in their order.
    pub(super) columns: Vec<Column>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    Partitioned,
    Foreign,
    MaterializedView,
    Sequence,
}

/// A column that COPY writes.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// Its values say nothing of the database in their binary form.
    pub(super) binary: bool,
    /// An integer that is never null and unique: ranges of it have all rows.
    pub(super) key: bool,
}

impl Relation {
    /// `schema.name`, quoted where needed.
    pub(super) fn sql(&self) -> String {
        format!("{}.{}", crate::sql::ident(&self.schema), crate::sql::ident(&self.name))
    }

    /// `schema.name` for people.
    pub(super) fn describe(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }
}

/// Reads all relations; one that has vanished since the snapshot has no size.
pub(super) async fn relations(session: &mut PostgresSession) -> Result<Vec<Relation>> {
    let rows = session
        .query(&format!(
            "SELECT c.oid, n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner), c.relkind, c.relpersistence = 'u', \
               COALESCE(m.amname = 'heap', false), \
               CASE WHEN c.relkind = 'r' THEN pg_catalog.pg_relation_size(c.oid) END, \
               CASE WHEN c.relkind = 'r' THEN pg_catalog.pg_table_size(c.oid) END, \
               c.relispopulated, {EXTENSION}, \
               pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'), \
               pg_catalog.row_security_active(c.oid) \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam \
             WHERE c.relkind IN ('r', 'p', 'f', 'm', 'S') AND {OURS} ORDER BY n.nspname, c.relname"
        ))
        .await?;
    let mut columns = columns(session).await?;
    let mut relations = Vec::with_capacity(rows.len());
    for row in rows {
        let mut relation = relation(row)?;
        relation.columns = columns.remove(&relation.oid).unwrap_or_default();
        relations.push(relation);
    }
    Ok(relations)
}

fn relation(row: Row) -> Result<Relation> {
    let mut cells = Cells(row.into_iter());
    Ok(Relation {
        oid: cells.number()?,
        schema: cells.text()?,
        name: cells.text()?,
        owner: cells.text()?,
        kind: match cells.text()?.as_str() {
            "r" => Kind::Table,
            "p" => Kind::Partitioned,
            "f" => Kind::Foreign,
            "m" => Kind::MaterializedView,
            _ => Kind::Sequence,
        },
        unlogged: cells.flag()?,
        heap: cells.flag()?,
        bytes: cells.maybe().and_then(|text| text.parse().ok()).unwrap_or_default(),
        all_bytes: cells.maybe().and_then(|text| text.parse().ok()).unwrap_or_default(),
        filled: cells.flag()?,
        extension: cells.maybe(),
        readable: cells.flag()?,
        secured: cells.flag()?,
        columns: Vec::new(),
    })
}

/// The columns of tables, generated ones left out, by the table.
async fn columns(session: &mut PostgresSession) -> Result<BTreeMap<u32, Vec<Column>>> {
    let rows = session
        .query(&format!(
            "WITH RECURSIVE {} \
             SELECT a.attrelid, a.attname, t.oid IN (SELECT oid FROM telling), \
               a.attnotnull AND t.oid IN (20, 21, 23) AND EXISTS (SELECT FROM pg_catalog.pg_index i \
                 WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL \
                 AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum) \
             FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
             WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND {OURS} \
             ORDER BY a.attrelid, a.attnum",
            binary::telling()
        ))
        .await?;
    let mut columns: BTreeMap<u32, Vec<Column>> = BTreeMap::new();
    for row in rows {
        let mut cells = Cells(row.into_iter());
        let table = cells.number()?;
        let column = Column { name: cells.text()?, binary: cells.flag()?, key: cells.flag()? };
        columns.entry(table).or_default().push(column);
    }
    Ok(columns)
}

/// An answer's row, cell by cell.
pub(super) struct Cells(pub(super) std::vec::IntoIter<Option<String>>);

impl Cells {
    pub(super) fn maybe(&mut self) -> Option<String> {
        self.0.next().flatten()
    }

    pub(super) fn text(&mut self) -> Result<String> {
        self.maybe().ok_or_else(unreadable)
    }

    pub(super) fn number<N: std::str::FromStr>(&mut self) -> Result<N> {
        self.text()?.parse().map_err(|_| unreadable())
    }

    pub(super) fn flag(&mut self) -> Result<bool> {
        Ok(self.text()? == "t")
    }
}

fn unreadable() -> Error {
    Error::new(ErrorKind::Sql, "the server's catalog has an entry that cannot be read")
}
