//! A state as SQL text: the engine's own, never ours.

use crate::conn::Target;
use crate::dialect::are_books;
use crate::engine;
use crate::error::Result;

use super::{State, States};

/// What SQLite keeps of every object, with the table that it belongs to and its columns. Tables that a module makes for itself
/// come with the virtual table.
const SQLITE_SCHEMA: &str = "SELECT tbl_name, sql, \
     (SELECT group_concat(c.name, char(10)) FROM pragma_table_info(tbl_name) c) FROM sqlite_schema WHERE sql IS NOT NULL \
     AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name NOT LIKE 'mainstay\\_%' ESCAPE '\\' \
     AND tbl_name NOT IN (SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow') ORDER BY rowid";

/// PostgreSQL's tables with their columns.
#[cfg(feature = "postgres")]
const POSTGRES_TABLES: &str = "SELECT n.nspname, c.relname, string_agg(a.attname, e'\\n') FROM pg_class c \
     JOIN pg_namespace n ON n.oid = c.relnamespace \
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
     WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' GROUP BY 1, 2 ORDER BY 1, 2";

impl States {
    /// The SQL that makes the schema of `state`: pg_dump's, or what SQLite keeps; without the books of migration tools. The same
    /// schema gives the same bytes.
    ///
    /// # Errors
    /// As [`States::stage`], or there is no pg_dump that fits the server.
    pub async fn sql(&self, state: &State) -> Result<String> {
        let stage = self.stage(state).await?;
        let text = match stage.target() {
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => self.pg_dump(target, false).await,
            target => self.sqlite_schema(target).await,
        };
        stage.close().await?;
        text
    }

    /// What pg_dump prints of `target`, with or without its rows.
    #[cfg(feature = "postgres")]
    pub(super) async fn pg_dump(&self, target: &crate::conn::PostgresTarget, rows: bool) -> Result<String> {
        use crate::tool::{dump_schema, dump_statements, find_binaries};
        let mut session = engine::postgres::connect(target, &self.context).await?;
        let version = engine::Session::server(&session).version_number;
        let tables = engine::Session::query(&mut session, POSTGRES_TABLES).await;
        engine::Session::close(Box::new(session)).await;
        let books = tables?.into_iter().filter_map(|row| match row.as_slice() {
            [Some(schema), Some(table), Some(columns)] if are_books(table, columns.lines()) => {
                Some(format!("\"{schema}\".\"{table}\""))
            }
            _ => None,
        });
        let books: Vec<String> = books.collect();
        let binaries = find_binaries(&self.search_path, &["pg_dump"])?;
        let books: Vec<&str> = books.iter().map(String::as_str).collect();
        let dump = match rows {
            true => dump_statements(target, version, &binaries, &["mainstay"], &books).await?,
            false => dump_schema(target, version, &binaries, &["mainstay"], &books).await?,
        };
        Ok(steady(&dump))
    }

    async fn sqlite_schema(&self, target: &Target) -> Result<String> {
        let mut session = engine::connect(target, &self.context).await?;
        let rows = session.query(SQLITE_SCHEMA).await;
        session.close().await;
        let statement = |row: engine::Row| match row.as_slice() {
            [Some(table), Some(sql), columns]
                if !are_books(table, columns.iter().flat_map(|columns| columns.lines())) =>
            {
                Some(format!("{sql};\n"))
            }
            _ => None,
        };
        Ok(rows?.into_iter().filter_map(statement).collect())
    }
}

/// Without the lines that differ from one run of pg_dump to the next: the key of its fences, and the versions of program and
/// server.
#[cfg(feature = "postgres")]
fn steady(dump: &str) -> String {
    let changes = ["\\restrict ", "\\unrestrict ", "-- Dumped from database version ", "-- Dumped by pg_dump version "];
    let kept = dump.lines().filter(|line| !changes.iter().any(|start| line.starts_with(start)));
    let mut text = String::with_capacity(dump.len());
    for line in kept {
        // What was between two lines that are gone leaves no gap.
        if !(line.is_empty() && (text.is_empty() || text.ends_with("\n\n\n"))) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
