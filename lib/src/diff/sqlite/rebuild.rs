//! A table made anew with its rows, where `ALTER TABLE` cannot do it.
//!
//! The new one is made under another name, filled, and takes the old one's name once that is gone: in this order, what names the
//! table never follows it elsewhere. Source: SQLite documentation, "Making Other Kinds Of Table Schema Changes".

use super::shape::{Affinity, Shape, is_rowid, name_of, same};
use super::statement::Statement;
use crate::plan::Hazard;
use crate::sql::{ColumnDef, Flavor, ident, literal_for};

/// Rows copied from one table to another.
struct Copied {
    /// Columns of the new table, as SQL, and where their values come from.
    into: Vec<String>,
    from: Vec<String>,
}

/// The statements, in order: make, fill, drop, rename. `aside` is the name meanwhile; `lost` are the indexes
/// that go with the old table and do not come back, in words.
pub(super) fn rebuild(old: &Shape<'_>, new: &Shape<'_>, aside: &str, lost: &[String]) -> Vec<Statement> {
    let table = name_of(old.table);
    let mut statements = vec![Statement::new(new.create_as(&ident(aside)))];
    if old.counts_up() && new.counts_up() {
        let [to, from] = [aside, &old.table.name.name].map(|name| literal_for(name, Flavor::Sqlite));
        statements.push(Statement::new(format!(
            "INSERT INTO sqlite_sequence (name, seq) SELECT {to}, seq FROM sqlite_sequence WHERE name = {from}"
        )));
    }
    let copied = copied(old, new);
    if !copied.into.is_empty() {
        // What breaks a constraint must fail here, whatever the constraint says of rows to come.
        let strictly = if new.forgives() { " OR ABORT" } else { "" };
        let (into, from) = (copied.into.join(", "), copied.from.join(", "));
        let fill = format!("INSERT{strictly} INTO {} ({into}) SELECT {from} FROM {table}", ident(aside));
        statements.push(with_failures(Statement::harmless(fill), old, new));
    }
    let mut drop = Statement::harmless(format!("DROP TABLE {table}"));
    if copied.into.is_empty() {
        drop = drop.risking(Hazard::DeletesData, format!("drops the rows of {table}"), Some(&table));
    }
    for column in &old.written.columns {
        let reason = match new.written.column(&column.name) {
            None if column.generated().is_none() => format!("drops column {} of {table}", ident(&column.name)),
            Some(other) if column.generated().is_none() && other.generated().is_some() => {
                format!("replaces the values of column {} of {table} by computed ones", ident(&column.name))
            }
            _ => continue,
        };
        drop = drop.risking(Hazard::DeletesData, reason, Some(&table));
    }
    for what in lost {
        drop = drop.risking(Hazard::DropsObject, format!("drops {what}"), None);
    }
    statements.push(drop);
    statements.push(Statement::new(format!("ALTER TABLE {} RENAME TO {}", ident(aside), name_of(new.table))));
    statements
}

fn copied(old: &Shape<'_>, new: &Shape<'_>) -> Copied {
    let mut copied = Copied { into: Vec::new(), from: Vec::new() };
    for column in new.written.columns.iter().filter(|column| column.generated().is_none()) {
        if let Some(source) = old.written.column(&column.name) {
            copied.into.push(ident(&column.name));
            copied.from.push(ident(&source.name));
        }
    }
    let is_set = |alias: String| copied.into.iter().any(|name| *name == ident(&alias) || same(name, &alias));
    if old.has_rowid() && new.has_rowid() && !new.rowid_alias().is_some_and(is_set) {
        let taken = |name: &str| [old, new].iter().any(|shape| shape.written.column(name).is_some());
        if let Some(rowid) = ["rowid", "_rowid_", "oid"].into_iter().find(|name| !taken(name)) {
            copied.into.insert(0, rowid.to_owned());
            copied.from.insert(0, rowid.to_owned());
        }
    }
    copied
}

/// What about the rows may make the copying fail, or give them other values.
fn with_failures(mut fill: Statement, old: &Shape<'_>, new: &Shape<'_>) -> Statement {
    let table = name_of(old.table);
    let alias = new.rowid_alias();
    for column in new.written.columns.iter().filter(|column| column.generated().is_none()) {
        let name = ident(&column.name);
        let Some(before) = old.written.column(&column.name) else {
            let is_alias = alias.as_ref().is_some_and(|alias| same(alias, &column.name));
            if new.refuses_null(column) && !is_alias && !has_value(column) {
                let reason = format!("gives {table} the column {name}, NOT NULL and without a default");
                fill = fill.risking(Hazard::FailsOnRows, reason, Some(&table));
            }
            continue;
        };
        if new.refuses_null(column) && !old.refuses_null(before) && !is_key(old, before) {
            let reason = format!("fails where column {name} of {table} is NULL");
            fill = fill.risking(Hazard::FailsOnRows, reason, None);
        }
        let (was, is) = (Affinity::of(&before.data_type), Affinity::of(&column.data_type));
        if was != is && is != Affinity::Blob {
            let of = |column: &ColumnDef| match column.data_type.as_str() {
                "" => "no type".to_owned(),
                some => some.to_owned(),
            };
            let reason =
                format!("converts the values of column {name} of {table} from {} to {}", of(before), of(column));
            fill = fill.risking(Hazard::ConvertsValues, reason, Some(&table));
        }
    }
    fill
}

fn has_value(column: &ColumnDef) -> bool {
    column.default_value().is_some_and(|value| !same(value, "null"))
}

/// The row's number is never NULL.
fn is_key(shape: &Shape<'_>, column: &ColumnDef) -> bool {
    shape.rowid_alias().is_some_and(|alias| same(&alias, &column.name)) || is_rowid(&column.name)
}
