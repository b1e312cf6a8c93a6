//! An SQLite copy: `VACUUM INTO` in one step, then checked page by page and table by table.

use std::path::Path;

use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{ident, literal};

/// The copy's name inside our session while it is checked.
const COPY: &str = "mainstay_copy";

/// Writes the copy to `file`, which is empty or not there; its size.
pub(super) async fn copy(session: &mut dyn Session, file: &Path) -> Result<u64> {
    let Some(name) = file.to_str() else {
        return Err(Error::new(ErrorKind::Io, format!("the path {} is not UTF-8", file.display())));
    };
    let before = counts(session, "main").await?;
    session.query(&format!("VACUUM INTO {}", literal(name))).await?;
    session.query(&format!("ATTACH {} AS {COPY}", literal(name))).await?;
    let checked = check(session, &before, file).await;
    session.query(&format!("DETACH {COPY}")).await?;
    checked?;
    std::fs::metadata(file).map(|metadata| metadata.len()).map_err(|e| Error::io("read", file, e))
}

/// The copy is sound, and has as many rows as the original: a table that somebody writes to meanwhile has no fixed number.
async fn check(session: &mut dyn Session, before: &[(String, String)], file: &Path) -> Result<()> {
    let problems = session.query(&format!("PRAGMA {COPY}.integrity_check")).await?;
    let first = first_cell(&problems).unwrap_or_default();
    if first != "ok" {
        let message = format!("the copy {} is damaged", file.display());
        return Err(Error::new(ErrorKind::Verification, message).source(first.to_owned()));
    }
    let copied = counts(session, COPY).await?;
    if copied == before || counts(session, "main").await? != before {
        return Ok(());
    }
    let table = before.iter().find(|table| !copied.contains(table)).map(|(name, _)| name.as_str()).unwrap_or_default();
    let message = format!("the copy {} has other rows in {table} than the database", file.display());
    Err(Error::new(ErrorKind::Verification, message))
}

/// Each ordinary table of `schema` and how many rows it has.
async fn counts(session: &mut dyn Session, schema: &str) -> Result<Vec<(String, String)>> {
    let list = format!(
        "SELECT name FROM {schema}.sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
    );
    let mut counts = Vec::new();
    for row in session.query(&list).await? {
        let Some(Some(name)) = row.into_iter().next() else { continue };
        let answer = session.query(&format!("SELECT count(*) FROM {schema}.{}", ident(&name))).await?;
        let count = answer.into_iter().next().and_then(|row| row.into_iter().next().flatten());
        counts.push((name, count.unwrap_or_default()));
    }
    Ok(counts)
}
