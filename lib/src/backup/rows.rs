//! Is there anything to lose?

use crate::dialect::are_books;
use crate::engine::{Session, first_cell};
use crate::error::Result;
use crate::sql::{Flavor, ident, literal};

/// So many tables are asked about in one query: each holds a lock until the query ends.
const TABLES_PER_QUERY: usize = 50;

/// Tables of PostgreSQL that hold bytes, and whether the rows can be asked for: a table without the right to read it, or with
/// row security, counts by its bytes alone. What an extension brought can be brought again.
const POSTGRES_TABLES: &str = "
SELECT format('%I.%I', n.nspname, c.relname),
       (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND NOT c.relrowsecurity)::text,
       c.relname,
       (SELECT string_agg(a.attname, e'\\n') FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND pg_relation_size(c.oid) > 0
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'mainstay') AND n.nspname NOT LIKE 'pg\\_%'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
UNION ALL SELECT 'pg_catalog.pg_largeobject_metadata', 'true', 'large objects', ''";

/// Tables of SQLite; a virtual table's rows are in the tables behind it.
const SQLITE_TABLES: &str = "
SELECT name, 'true', name, (SELECT group_concat(c.name, char(10)) FROM pragma_table_info(sqlite_schema.name) c) FROM sqlite_schema
WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
  AND name NOT LIKE 'mainstay\\_%' ESCAPE '\\'";

/// Whether the database has any row worth a copy: a user table with at least one row, Mainstay's own excepted, and the
/// version tables of migration tools. Stops at the first row.
///
/// # Errors
/// The server refused a query.
pub async fn has_rows(session: &mut dyn Session) -> Result<bool> {
    let tables = match session.flavor() {
        Flavor::Postgres => session.query(POSTGRES_TABLES).await?,
        Flavor::Sqlite => session.query(SQLITE_TABLES).await?,
    };
    let mut names = Vec::new();
    for row in tables {
        let [Some(table), Some(readable), Some(name), columns] = row.as_slice() else { continue };
        if are_books(name, columns.iter().flat_map(|columns| columns.lines())) {
            continue;
        }
        if readable != "true" {
            return Ok(true);
        }
        names.push(match session.flavor() {
            Flavor::Postgres => table.clone(),
            Flavor::Sqlite => ident(table),
        });
    }
    for some in names.chunks(TABLES_PER_QUERY) {
        let each: Vec<String> = some.iter().map(|name| format!("EXISTS (SELECT 1 FROM {name})")).collect();
        let query = format!("SELECT CASE WHEN {} THEN {} END", each.join(" OR "), literal("rows"));
        let answer = session.query(&query).await?;
        if first_cell(&answer).is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
