//! What becomes of a table that both sides have.

use super::shape::{Shape, mentions, name_of, same};
use super::statement::Statement;
use crate::sql::{ClauseKind, ColumnDef, Flavor, TokenKind, ident, significant};

/// How a table that both sides have becomes the other.
pub(super) enum Change {
    /// By these statements, none where both are the same.
    Alter(Vec<Statement>),
    /// It is made anew, and its rows are copied.
    Rebuild,
}

/// What SQLite looks at when a column goes, besides the table.
pub(super) struct Around<'a> {
    /// The statements of what stays: indexes on the table, and all views and triggers.
    pub statements: Vec<&'a str>,
    /// A view reads what is not there, so that no column can go anywhere.
    pub broken: bool,
}

/// Compares `old` and `new`.
pub(super) fn change(old: &Shape<'_>, new: &Shape<'_>, around: &Around<'_>) -> Change {
    let comes = |column: &&ColumnDef| old.written.column(&column.name).is_none();
    let goes = |column: &&ColumnDef| new.written.column(&column.name).is_none();
    let added: Vec<&ColumnDef> = new.written.columns.iter().filter(comes).collect();
    let dropped: Vec<&ColumnDef> = old.written.columns.iter().filter(goes).collect();
    let in_place = old.options == new.options
        && rest(old, &dropped) == rest(new, &added)
        && added.iter().all(|column| can_be_added(column))
        && dropped.iter().all(|column| can_be_dropped(column, old, around));
    if !in_place {
        return Change::Rebuild;
    }
    let table = name_of(old.table);
    let add =
        added.iter().map(|column| Statement::new(format!("ALTER TABLE {table} ADD COLUMN {}", new.text_of(column))));
    let drop =
        dropped.iter().map(|column| Statement::new(format!("ALTER TABLE {table} DROP COLUMN {}", ident(&column.name))));
    Change::Alter(add.chain(drop).collect())
}

/// What a shape says besides the columns of `without`, in an order of its own.
fn rest(shape: &Shape<'_>, without: &[&ColumnDef]) -> Vec<String> {
    let is_out = |name: &str| without.iter().any(|column| same(&column.name, name));
    let columns = shape.columns.iter().filter(|(name, _)| !is_out(name)).map(|(name, text)| format!("{name} {text}"));
    let stays = |at: &Option<String>| at.as_ref().is_none_or(|name| !is_out(name));
    let constraints = shape.constraints.iter().filter(|(at, _)| stays(at)).map(|(_, text)| text.clone());
    let mut all: Vec<String> = columns.chain(constraints).collect();
    all.sort();
    all
}

/// Source: SQLite documentation, "ALTER TABLE ADD COLUMN". Rows that are there must get a value without being written.
fn can_be_added(column: &ColumnDef) -> bool {
    let default = column.default_value();
    let has_value = default.is_some_and(|value| !value.eq_ignore_ascii_case("null"));
    default.is_none_or(is_constant)
        && column.clauses.iter().all(|clause| match &clause.kind {
            ClauseKind::Primary { .. } | ClauseKind::Unique(_) | ClauseKind::Other(_) => false,
            ClauseKind::Generated { stored, .. } => !stored,
            ClauseKind::NotNull => has_value || column.generated().is_some(),
            ClauseKind::Foreign(_) => !has_value,
            _ => true,
        })
}

fn is_constant(value: &str) -> bool {
    let tokens: Vec<_> = significant(value, Flavor::Sqlite).collect();
    match tokens.as_slice() {
        [sign, number] => matches!(sign.text, "+" | "-") && number.kind == TokenKind::Number,
        [one] => match one.kind {
            TokenKind::Word => ["null", "true", "false"].iter().any(|word| same(one.text, word)),
            TokenKind::Number | TokenKind::String => true,
            _ => false,
        },
        _ => false,
    }
}

/// Source: SQLite documentation, "ALTER TABLE DROP COLUMN".
fn can_be_dropped(column: &ColumnDef, table: &Shape<'_>, around: &Around<'_>) -> bool {
    let plain = column.clauses.iter().all(|clause| !matches!(clause.kind, ClauseKind::Other(_)));
    let stored = column.generated().is_some_and(|(_, stored)| stored);
    let named = around.statements.iter().any(|statement| mentions(statement, &column.name));
    plain && !stored && !named && !around.broken && !table.needs_column(&column.name)
}
