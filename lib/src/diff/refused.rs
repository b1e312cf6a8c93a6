//! What PostgreSQL has no way for. It is refused before there is a plan that would fail.

use super::objects::{self, OwnWay, own_way};
use super::side::Side;
use crate::catalog::{Extension, Table};
use crate::error::{Error, ErrorKind, Result};

/// Looks for what no statement does on the way from `from` to `to`.
///
/// # Errors
/// [`ErrorKind::Refused`]: there is such a thing; the error says which, and what can be done instead.
pub(super) fn refuse(from: &Side<'_>, to: &Side<'_>) -> Result<()> {
    for old in &from.catalog.extensions {
        if let Some(new) = to.catalog.extensions.iter().find(|new| new.name == old.name) {
            refuse_older(old, new)?;
        }
    }
    for new in to.catalog.tables.iter().filter(|table| table.of_type.is_some()) {
        if let Some(old) = from.table(&new.name).filter(|old| old.kind == new.kind) {
            refuse_order((from, old), (to, new))?;
        }
    }
    for new in &to.catalog.tables {
        if let Some(old) = from.table(&new.name).filter(|old| old.kind == new.kind) {
            refuse_expression((from, old), (to, new))?;
        }
    }
    Ok(())
}

/// Before PostgreSQL 17, and where the parent's column is made anew, a child's column is computed as it was, or as the parent's.
fn refuse_expression((from, old): (&Side<'_>, &Table), (to, new): (&Side<'_>, &Table)) -> Result<()> {
    for column in &new.columns {
        let Some(before) = old.column(&column.name) else { continue };
        if let Some(OwnWay::None) = own_way((from, old, before), (to, new, column)) {
            let (table, name) = (&new.name, &column.name);
            let why = "the server makes no inherited column anew";
            return Err(Error::new(
                ErrorKind::Refused,
                format!("column {name} of {table} cannot be computed otherwise than its parent's: {why}"),
            )
            .hint(format!("make {table} anew beside it, copy its rows, and let the new one take its place"))
            .hint("or want the parent's own expression"));
        }
    }
    Ok(())
}

fn refuse_older(old: &Extension, new: &Extension) -> Result<()> {
    let numbers = |version: &str| version.split('.').map(|one| one.parse().ok()).collect::<Option<Vec<u64>>>();
    match (numbers(&old.version), numbers(&new.version)) {
        (Some(before), Some(after)) if after < before => {
            let (name, is, wanted) = (&old.name, &old.version, &new.version);
            let why = "an extension is not updated to an older version";
            Err(Error::new(ErrorKind::Refused, format!("extension {name} is {is} and wanted as {wanted}: {why}")).hint(
                format!("want version '{is}'; or drop the extension with what needs it, and make it again, by hand"),
            ))
        }
        _ => Ok(()),
    }
}

/// Columns that are there keep their places, and a table is of a type only when its columns stand as the attributes do.
fn refuse_order((from, old): (&Side<'_>, &Table), (to, new): (&Side<'_>, &Table)) -> Result<()> {
    if objects::lasting_type(old, new, from, to).is_some() {
        return Ok(());
    }
    let names = |table: &Table| table.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    let (before, wanted) = (names(old), names(new));
    let kept = before.iter().filter(|name| wanted.contains(name));
    let added = wanted.iter().filter(|name| !before.contains(name));
    let Some(of_type) = new.of_type.as_ref().filter(|_| !kept.chain(added).eq(wanted.iter())) else { return Ok(()) };
    let why = "columns that are there cannot change their order";
    Err(Error::new(ErrorKind::Refused, format!("table {} cannot become one of type {of_type}: {why}", new.name))
        .hint("add attributes at the end of the type; or make the table anew under another name, and copy its rows"))
}
