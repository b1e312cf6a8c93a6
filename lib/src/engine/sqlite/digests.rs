//! Digests of an SQLite database's rows, for its backup and for comparing what a restore has made of it.
//!
//! A row is one line, its values in their order with a tabulator between them: `n` for NULL, `i` and the digits of an integer, `r`
//! and a number with 17 digits, `t` or `b` and the bytes of a text or blob in hexadecimal digits.

use crate::archive::digest::{CopyFormat, RowReader, Rows, Seed};
use crate::archive::manifest::Table;
use crate::engine::{self, Cell, Session};
use crate::error::Result;
use crate::sql::{Statement, ident, literal};

/// Tables with rows of their own: a virtual table's are in the tables behind it. What the planner has counted is no data.
const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' \
    AND name NOT LIKE 'sqlite_stat_' ORDER BY name";

/// The tables of the database and the digests of their rows. Takes no memory for rows.
///
/// # Errors
/// The database cannot be read.
pub async fn digests(session: &mut dyn Session, seed: Seed) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    for row in session.query(TABLES).await? {
        let Some(Some(name)) = row.into_iter().next() else { continue };
        let columns = session.query(&format!("SELECT name FROM pragma_table_info({})", literal(&name))).await?;
        let columns: Vec<String> = columns.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
        let values: Vec<String> = columns.iter().map(|column| value(&ident(column))).collect();
        let sql = format!("SELECT {} FROM {}", values.join(" || char(9) || "), ident(&name));
        let mut lines = Lines { rows: RowReader::new(CopyFormat::Text, seed), error: None };
        let statement = Statement { text: &sql, offset: 0, line: 1, copy_data: None };
        let read = session.stream(&statement, &mut lines).await;
        if let Some(error) = lines.error {
            return Err(error);
        }
        read?;
        let rows: Rows = lines.rows.finish()?;
        tables.push(Table {
            schema: "main".to_owned(),
            name,
            columns,
            copy: CopyFormat::Text,
            rows,
            parts: Vec::new(),
        });
    }
    Ok(tables)
}

/// The text of a column's value.
fn value(column: &str) -> String {
    format!(
        "CASE typeof({column}) WHEN 'null' THEN 'n' WHEN 'integer' THEN 'i' || {column} \
         WHEN 'real' THEN 'r' || printf('%!.17g', {column}) WHEN 'text' THEN 't' || hex({column}) \
         ELSE 'b' || hex({column}) END"
    )
}

/// Digests lines.
struct Lines {
    rows: RowReader,
    error: Option<crate::Error>,
}

impl engine::Rows for Lines {
    fn columns(&mut self, _: &[String]) -> std::io::Result<()> {
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> std::io::Result<()> {
        let line = cells.first().and_then(|cell| cell.text).unwrap_or_default();
        let pushed = self.rows.push(line).and_then(|()| self.rows.push(b"\n"));
        pushed.map_err(|error| {
            self.error = Some(error);
            std::io::Error::other("the row is not taken")
        })
    }
}
