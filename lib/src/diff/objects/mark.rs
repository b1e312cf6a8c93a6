//! Checks that stand on a column only while a plan is under way, so that one that was interrupted is known from the catalog.

use super::{alter_table, fill};
use crate::catalog::{Column, Constraint, ConstraintKind, Origin, Table};
use crate::diff::change::Statement;
use crate::diff::passing::passing;
use crate::diff::side::Side;
use crate::sql::ident;

/// What is on its way for a column that has the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::diff) enum Mark {
    /// The rows that were there before it get its default. Until then the check asks for nothing.
    Filling,
    /// It will refuse NULL, and no new row has it any more.
    NotNull,
}

impl Mark {
    fn name(self, column: &str) -> String {
        passing(column, if self == Self::Filling { "__filling" } else { "__not_null" })
    }

    fn condition(self, column: &str) -> String {
        let column = ident(column);
        match self {
            Self::Filling => format!("({column} IS NOT NULL) OR true"),
            Self::NotNull => format!("{column} IS NOT NULL"),
        }
    }

    /// The check that says so of `column`: the rows that are there are not looked at.
    pub(in crate::diff) fn on(self, column: &str) -> Constraint {
        let condition = self.condition(column);
        Constraint {
            name: self.name(column),
            kind: ConstraintKind::Check,
            definition: format!("CHECK (({condition})) NOT VALID"),
            columns: vec![column.to_owned()],
            expression: Some(condition),
            validated: false,
            ..Constraint::default()
        }
    }

    /// The check on `column` of `table`, where it is there.
    pub(in crate::diff) fn find<'a>(self, table: &'a Table, column: &str) -> Option<&'a Constraint> {
        let end = if self == Self::Filling { " OR true" } else { " IS NOT NULL" };
        table.constraint(&self.name(column)).filter(|found| {
            found.kind == ConstraintKind::Check
                && found.columns == [column]
                && found.expression.as_deref().is_some_and(|text| text.trim_end_matches(')').ends_with(end))
        })
    }

    /// Is `constraint` such a check?
    pub(super) fn is(table: &Table, constraint: &Constraint) -> bool {
        let is = |column: &str, mark: Self| mark.find(table, column).is_some_and(|one| one.name == constraint.name);
        match constraint.columns.as_slice() {
            [column] => is(column, Self::Filling) || is(column, Self::NotNull),
            _ => false,
        }
    }
}

/// Fills the rows of a column that are to be filled still, the plan of before having been interrupted.
pub(super) fn fill_left(before: &Table, table: &Table, column: &Column, to: &Side<'_>) -> Vec<Statement> {
    let is_left = !to.is_online()
        && Mark::Filling.find(before, &column.name).is_some()
        && Mark::Filling.find(table, &column.name).is_none();
    match is_left && column.default.is_some() && column.generated.is_none() {
        true => vec![fill::at_once(table, column)],
        false => Vec::new(),
    }
}

/// Brings the column where its marks say that it goes, and takes off those that the new side does not have as checks of its own;
/// nothing where it goes nowhere.
pub(super) fn finish(before: &Table, table: &Table, (old, new): (&Column, &Column), to: &Side<'_>) -> Vec<Statement> {
    if !to.is_online() || new.origin == Origin::Inherited {
        return Vec::new();
    }
    let alter = |action: String| Statement::new(format!("{} {action}", alter_table(table)));
    let drop = |name: &str| alter(format!("DROP CONSTRAINT {}", ident(name))).tidying();
    let wanted = |mark: Mark| mark.find(table, &new.name).is_some();
    let mut statements = Vec::new();
    let filled = Mark::Filling.find(before, &new.name).filter(|_| !wanted(Mark::Filling));
    if let Some(mark) = &filled {
        statements.push(fill::in_batches(table, new));
        statements.push(drop(&mark.name));
    }
    if new.not_null && !old.not_null {
        let mark = Mark::NotNull.on(&new.name);
        let name = ident(&mark.name);
        if Mark::NotNull.find(before, &new.name).is_none() {
            statements.push(alter(format!("ADD CONSTRAINT {name} {}", mark.definition)));
        }
        let checked = alter(format!("VALIDATE CONSTRAINT {name}"));
        statements.push(match filled.is_some() {
            true => checked,
            false => checked.failing(&table.name, &new.name, "is NULL"),
        });
        // The server takes the check for a proof and reads no row.
        statements.push(alter(format!("ALTER COLUMN {} SET NOT NULL", ident(&new.name))));
        if !wanted(Mark::NotNull) {
            statements.push(drop(&mark.name));
        }
    }
    statements
}
