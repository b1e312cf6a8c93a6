//! NOT NULL of columns: a property of the column, and from PostgreSQL 18 on a constraint with a name besides.

use super::alter_table;
use super::column::{follows, on_column, parents};
use crate::catalog::{Column, NotNull, Origin, Table, TableKind};
use crate::diff::change::Statement;
use crate::diff::side::Side;
use crate::sql::ident;

/// ` NOT NULL` in the column's definition, with a name where it is not the one that the server gives; nothing where rows have not
/// been checked, as no definition says that.
pub(super) fn definition(table: &Table, column: &Column) -> String {
    match &column.not_null_constraint {
        Some(constraint) if !constraint.validated => String::new(),
        Some(constraint) if constraint.name != usual_name(table, column) || constraint.no_inherit => {
            format!(" CONSTRAINT {} NOT NULL{}", ident(&constraint.name), no_inherit(constraint))
        }
        _ if column.not_null => " NOT NULL".to_owned(),
        _ => String::new(),
    }
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
            let made = own(table, new);
            let checked = new.not_null_constraint.as_ref().is_none_or(|constraint| constraint.validated);
            vec![match checked && table.kind != TableKind::Foreign {
                true => made.blocking(&table.name, &format!("column {} is looked through for NULL", new.name)).failing(
                    &table.name,
                    &new.name,
                    "is NULL",
                ),
                false => made,
            }]
        }
    }
}

/// What makes the column refuse NULL, by its own constraint.
pub(super) fn own(table: &Table, column: &Column) -> Statement {
    match &column.not_null_constraint {
        Some(constraint) if !is_plain(table, column, constraint) => add(table, column, constraint),
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
    if before.name != after.name {
        statements.push(alter(format!("RENAME CONSTRAINT {} TO {name}", ident(&before.name))));
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
fn is_plain(table: &Table, column: &Column, constraint: &NotNull) -> bool {
    constraint.name == usual_name(table, column) && constraint.validated && !constraint.no_inherit
}

fn no_inherit(constraint: &NotNull) -> &'static str {
    if constraint.no_inherit { " NO INHERIT" } else { "" }
}

fn usual_name(table: &Table, column: &Column) -> String {
    format!("{}_{}_not_null", table.name.name, column.name)
}
