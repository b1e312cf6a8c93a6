//! An SQLite baseline: the statements that SQLite keeps, and its rows as SQLite quotes them.

use std::collections::BTreeSet;

use crate::dialect::are_books;
use crate::engine::{Row, Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, ident};

use super::{joined, statements};

/// What there is, in the order of making; tables behind a virtual one come with it.
const SCHEMA: &str = "
SELECT s.type, s.name, s.tbl_name, s.sql, s.sql LIKE 'CREATE VIRTUAL%',
  (SELECT group_concat(c.name, char(10)) FROM pragma_table_info(s.tbl_name) c) FROM sqlite_schema s
WHERE s.sql IS NOT NULL AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND s.tbl_name NOT LIKE 'mainstay\\_%' ESCAPE '\\'
  AND s.name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow') ORDER BY s.rowid";

/// What a program may keep beside its tables.
const NUMBERS: [&str; 2] = ["user_version", "application_id"];

/// The script that makes what is in the database of `session`.
///
/// # Errors
/// [`ErrorKind::Refused`]: a virtual table has rows.
pub(super) async fn script(session: &mut dyn Session, flavor: Flavor) -> Result<String> {
    let (mut tables, mut rows, mut others, mut books) = (Vec::new(), Vec::new(), Vec::new(), BTreeSet::new());
    for row in session.query(SCHEMA).await? {
        let [Some(kind), Some(name), Some(table), Some(sql), is_virtual, columns] = row.as_slice() else { continue };
        if are_books(table, columns.iter().flat_map(|columns| columns.lines())) {
            books.insert(table.clone());
            continue;
        }
        if kind != "table" {
            others.push(sql.clone());
            continue;
        }
        tables.push(sql.clone());
        match is_virtual.as_deref() {
            Some("1") => refuse_rows(session, name).await?,
            _ => rows.extend(inserts(session, name).await?),
        }
    }
    // Rows may point at rows that come later; whether they all do is seen at the end.
    let first = if rows.is_empty() { Vec::new() } else { vec!["PRAGMA defer_foreign_keys = on".to_owned()] };
    let last = [positions(session, &books).await?, numbers(session).await?].concat();
    let all = [first, tables, rows, last, others].concat();
    let text = joined(all.iter().map(String::as_str));
    debug_assert_eq!(statements(&text, flavor).len(), all.len(), "each is one statement");
    Ok(text)
}

async fn refuse_rows(session: &mut dyn Session, name: &str) -> Result<()> {
    let found = session.query(&format!("SELECT 1 FROM {} LIMIT 1", ident(name))).await?;
    if found.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Refused, format!("the migrations put rows into the virtual table {name}"))
        .source("how it keeps them is its module's own affair")
        .hint("squash what comes before: mainstay migrate squash --to VERSION"))
}

/// A statement for each row.
async fn inserts(session: &mut dyn Session, table: &str) -> Result<Vec<String>> {
    let columns = format!("SELECT name FROM pragma_table_xinfo({}) WHERE hidden = 0", quoted(table));
    let names = session.query(&columns).await?.into_iter().filter_map(|row| row.into_iter().next().flatten());
    let names: Vec<String> = names.map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
    let values: Vec<String> = names.iter().map(|name| format!("quote({name})")).collect();
    let found = session.query(&format!("SELECT {} FROM {}", values.join(", "), ident(table))).await?;
    let head = format!("INSERT INTO {} ({}) VALUES", ident(table), names.join(", "));
    let insert = |row: Row| {
        let values: Vec<String> = row.into_iter().map(|value| value.unwrap_or_else(|| "NULL".to_owned())).collect();
        format!("{head} ({})", values.join(", "))
    };
    Ok(found.into_iter().map(insert).collect())
}

/// Where the tables that never take a number twice stand.
async fn positions(session: &mut dyn Session, books: &BTreeSet<String>) -> Result<Vec<String>> {
    let there = session.query("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'").await?;
    if first_cell(&there) != Some("1") {
        return Ok(Vec::new());
    }
    let found = session.query("SELECT name, seq FROM sqlite_sequence ORDER BY name").await?;
    let mut statements = Vec::new();
    for row in found {
        let [Some(name), Some(position)] = row.as_slice() else { continue };
        if name.starts_with("mainstay_") || books.contains(name) {
            continue;
        }
        let name = quoted(name);
        statements.push(format!("DELETE FROM sqlite_sequence WHERE name = {name}"));
        statements.push(format!("INSERT INTO sqlite_sequence (name, seq) VALUES ({name}, {position})"));
    }
    Ok(statements)
}

async fn numbers(session: &mut dyn Session) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    for name in NUMBERS {
        let found = session.query(&format!("PRAGMA {name}")).await?;
        let number = first_cell(&found).filter(|number| *number != "0");
        statements.extend(number.map(|number| format!("PRAGMA {name} = {number}")));
    }
    Ok(statements)
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
