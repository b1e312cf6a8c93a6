//! Reads what an SQLite database is made of: from its pragmas, and from the stored statements where those are silent.

mod ddl;
mod table;

use rusqlite::{Connection, Result};

use crate::catalog::{Catalog, Database, Name, Schema, Trigger, View};

/// The only schema: attached databases are not ours.
const SCHEMA: &str = "main";

/// The catalog of `conn`'s database, as of one moment.
pub(super) fn read(conn: &Connection) -> Result<Catalog> {
    let snapshot = conn.unchecked_transaction()?;
    let mut catalog = Catalog { database: database(conn)?, ..Catalog::default() };
    catalog.schemas.push(Schema { name: SCHEMA.to_owned(), ..Schema::default() });
    // Shadow tables belong to virtual ones as an extension's objects do to the extension.
    let mut statement = conn.prepare(
        "SELECT l.name, l.type, l.wr, l.strict, s.sql
         FROM pragma_table_list l JOIN sqlite_schema s ON s.name = l.name AND s.type IN ('table', 'view')
         WHERE l.schema = 'main' AND l.type <> 'shadow' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (name, kind, sql) = (row.get(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(4)?);
        let sql = sql.unwrap_or_default();
        if kind == "view" {
            catalog.views.push(view(conn, name, sql)?);
            continue;
        }
        let mut options = Vec::new();
        for (there, word) in [(kind == "virtual", "VIRTUAL"), (row.get(3)?, "STRICT"), (row.get(2)?, "WITHOUT ROWID")] {
            if there {
                options.push(word.to_owned());
            }
        }
        catalog.tables.push(table::read(conn, name, sql, options)?);
    }
    drop(rows);
    drop(statement);
    table::complete_references(&mut catalog.tables);
    catalog.sort();
    snapshot.finish()?;
    Ok(catalog)
}

fn database(conn: &Connection) -> Result<Database> {
    let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    let page_size: i64 = conn.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    Ok(Database {
        name: conn.path().unwrap_or_default().to_owned(),
        encoding: conn.query_row("PRAGMA encoding", [], |row| row.get(0))?,
        bytes: Some((pages * page_size).unsigned_abs()),
        search_path: vec![SCHEMA.to_owned()],
        ..Database::default()
    })
}

fn view(conn: &Connection, name: String, definition: String) -> Result<View> {
    Ok(View {
        // A view of something that is gone cannot tell its columns, and is there all the same.
        columns: table::columns(conn, &name, None).unwrap_or_default(),
        triggers: triggers(conn, &name)?,
        name: Name::new(SCHEMA, name),
        definition,
        populated: true,
        ..View::default()
    })
}

fn triggers(conn: &Connection, table: &str) -> Result<Vec<Trigger>> {
    let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE";
    let trigger =
        |row: &rusqlite::Row<'_>| Ok(Trigger { name: row.get(0)?, definition: row.get(1)?, ..Trigger::default() });
    conn.prepare_cached(sql)?.query_map([table], trigger)?.collect()
}
