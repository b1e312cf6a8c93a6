//! NOT NULL of columns: a property of the column, and from PostgreSQL 18 on a constraint with a name besides.

use super::alter_table;
use super::column::{follows, on_column, parents};
use crate::catalog::{Column, Content, NotNull, ObjectId, Origin, Table, TableKind};
use crate::diff::change::Statement;
use crate::diff::side::Side;
use crate::sql::ident;

/// ` NOT NULL` in the column's definition, with a name where it is not the one that the server gives; nothing where rows have not
/// been checked, as no definition says that.
pub(super) fn definition(table: &Table, column: &Column, to: &Side<'_>) -> String {
    match &column.not_null_constraint {
        Some(constraint) if !constraint.validated => String::new(),
        Some(constraint) if !is_usual(&constraint.name, table, column, to) || constraint.no_inherit => {
            format!(" CONSTRAINT {} NOT NULL{}", ident(&constraint.name), no_inherit(constraint))
        }
        _ if column.not_null => " NOT NULL".to_owned(),
        _ => String::new(),
    }
}

/// The constraint of a column that comes with a parent, where the table has it of its own too: else it would have the parent's
/// name.
pub(super) fn beside_parents(column: &Column) -> Option<String> {
    let constraint = column.not_null_constraint.as_ref()?;
    let own_too = constraint.origin == Origin::Both && constraint.validated;
    own_too.then(|| format!("CONSTRAINT {} NOT NULL {}", ident(&constraint.name), ident(&column.name)))
}

/// The constraint that a column's definition could not say, as its rows have not been checked.
pub(super) fn unchecked(table: &Table, column: &Column) -> Option<Statement> {
    column.not_null_constraint.as_ref().filter(|constraint| !constraint.validated).map(|one| add(table, column, one))
}

/// What makes the column's NOT NULL the new one.
pub(super) fn change(
    table: &Table,
    (from, old): (&Side<'_>, &Column),
    (to, new): (&Side<'_>, &Column),
) -> Vec<Statement> {
    let with_parent =
        follows(new) && given(table, from, &new.name) == old.not_null && given(table, to, &new.name) == new.not_null;
    match (old.not_null, new.not_null) {
        (true, true) if goes_with_parents(table, (from, old), (to, new)) => {
            vec![own(table, new, to).blocking(&table.name, &looked_through(new))]
        }
        (true, true) => match (&old.not_null_constraint, &new.not_null_constraint) {
            (Some(before), Some(after)) if after.origin != Origin::Inherited => {
                become_(table, (old, before), (new, after))
            }
            _ => Vec::new(),
        },
        (false, false) => Vec::new(),
        _ if with_parent => Vec::new(),
        (true, false) => vec![on_column(table, new, "DROP NOT NULL")],
        (false, true) => {
            let made = own(table, new, to);
            let checked = new.not_null_constraint.as_ref().is_none_or(|constraint| constraint.validated);
            vec![match checked && table.kind != TableKind::Foreign {
                true => made.blocking(&table.name, &looked_through(new)).failing(&table.name, &new.name, "is NULL"),
                false => made,
            }]
        }
    }
}

/// Does its NOT NULL go with that of its parents, so that it is to be made again? Only from PostgreSQL 18 on the server knows one
/// of the column's own besides.
fn goes_with_parents(table: &Table, (from, old): (&Side<'_>, &Column), (to, new): (&Side<'_>, &Column)) -> bool {
    let is_its_own = old.not_null_constraint.as_ref().is_some_and(|one| one.origin != Origin::Inherited);
    !is_its_own && given(table, from, &new.name) && !given(table, to, &new.name)
}

fn looked_through(column: &Column) -> String {
    format!("column {} is looked through for NULL", column.name)
}

/// Gives the constraint of the column `id` the name that its parents' has from now on: theirs takes it in, and leaves it its name.
pub(in crate::diff) fn take_parents_name(id: &ObjectId, from: &Side<'_>, to: &Side<'_>) -> Vec<Statement> {
    let constraint = |side: &Side<'_>| match side.get(id) {
        Some(Content::Column(column)) => column.not_null_constraint.clone(),
        _ => None,
    };
    match (constraint(from), constraint(to), to.table_of(id)) {
        (Some(old), Some(new), Some(table)) if old.name != new.name && joins(&old, &new) => {
            vec![rename(table, &old, &new)]
        }
        _ => Vec::new(),
    }
}

fn joins(old: &NotNull, new: &NotNull) -> bool {
    old.origin == Origin::Own && new.origin != Origin::Own
}

fn rename(table: &Table, old: &NotNull, new: &NotNull) -> Statement {
    let (old, new) = (ident(&old.name), ident(&new.name));
    Statement::new(format!("{} RENAME CONSTRAINT {old} TO {new}", alter_table(table)))
}

/// What makes the column refuse NULL, by its own constraint.
pub(super) fn own(table: &Table, column: &Column, to: &Side<'_>) -> Statement {
    match &column.not_null_constraint {
        Some(constraint) if !is_plain(table, column, constraint, to) => add(table, column, constraint),
        _ => on_column(table, column, "SET NOT NULL"),
    }
}

/// Does a parent ask for it?
pub(super) fn given(table: &Table, side: &Side<'_>, column: &str) -> bool {
    parents(table, side).any(|parent| parent.column(column).is_some_and(|column| column.not_null))
}

fn become_(table: &Table, (old, before): (&Column, &NotNull), (new, after): (&Column, &NotNull)) -> Vec<Statement> {
    let alter = |action: String| Statement::new(format!("{} {action}", alter_table(table)));
    if before.validated && !after.validated {
        return vec![on_column(table, old, "DROP NOT NULL"), add(table, new, after)];
    }
    let name = ident(&after.name);
    let mut statements = Vec::new();
    if before.name != after.name && !joins(before, after) {
        statements.push(rename(table, before, after));
    }
    if before.no_inherit != after.no_inherit {
        let word = if after.no_inherit { "NO INHERIT" } else { "INHERIT" };
        statements.push(alter(format!("ALTER CONSTRAINT {name} {word}")));
    }
    if !before.validated && after.validated {
        let checked = alter(format!("VALIDATE CONSTRAINT {name}"));
        statements.push(checked.failing(&table.name, &new.name, "is NULL"));
    }
    statements
}

fn add(table: &Table, column: &Column, constraint: &NotNull) -> Statement {
    let (name, column) = (ident(&constraint.name), ident(&column.name));
    let unchecked = if constraint.validated { "" } else { " NOT VALID" };
    let no_inherit = no_inherit(constraint);
    Statement::new(format!("{} ADD CONSTRAINT {name} NOT NULL {column}{no_inherit}{unchecked}", alter_table(table)))
}

/// Is it what `SET NOT NULL` makes?
fn is_plain(table: &Table, column: &Column, constraint: &NotNull, to: &Side<'_>) -> bool {
    is_usual(&constraint.name, table, column, to) && constraint.validated && !constraint.no_inherit
}

fn no_inherit(constraint: &NotNull) -> &'static str {
    if constraint.no_inherit { " NO INHERIT" } else { "" }
}

/// Is it the name that the server gives? A table with children gets another one while a child has that.
fn is_usual(name: &str, table: &Table, column: &Column, to: &Side<'_>) -> bool {
    name == format!("{}_{}_not_null", table.name.name, column.name) && !to.has_children(&table.name)
}
