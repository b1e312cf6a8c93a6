//! Tables that are made of a composite type. Their columns are the type's: they come, go and change with its attributes, and the
//! server lets nobody do it by the table.

use super::aspects::own_aspects;
use super::column::on_own_column;
use super::{alter_table, not_null, types};
use crate::catalog::{Column, Content, ObjectId, ObjectKind as Kind, Table};
use crate::diff::change::{Change, Statement};
use crate::diff::side::Side;

/// The type that the table is made of before and after, where it is changed in place.
pub(in crate::diff) fn lasting_type(old: &Table, new: &Table, from: &Side<'_>, to: &Side<'_>) -> Option<ObjectId> {
    let name = old.of_type.as_ref().filter(|name| new.of_type.as_ref() == Some(*name))?;
    let id = ObjectId::of(Kind::Type, name);
    match (from.get(&id), to.get(&id)) {
        (Some(Content::Composite(before)), Some(Content::Composite(after))) => {
            let changes = types::change_composite(&id, (from, before), after);
            (changes != Change::Rebuild).then_some(id)
        }
        _ => None,
    }
}

/// Is it a column of such a table?
pub(in crate::diff) fn follows_type(id: &ObjectId, from: &Side<'_>, to: &Side<'_>) -> bool {
    let tables = (from.table(&id.qualified()), to.table(&id.qualified()));
    matches!(tables, (Some(old), Some(new)) if lasting_type(old, new, from, to).is_some())
}

/// What a column that comes with its type has besides; `None` where it comes otherwise.
pub(in crate::diff) fn beyond_type(id: &ObjectId, from: &Side<'_>, to: &Side<'_>) -> Option<Vec<Statement>> {
    let (Some(table), Some(Content::Column(column))) = (to.table_of(id), to.get(id)) else { return None };
    if !follows_type(id, from, to) {
        return None;
    }
    let mut statements = Vec::new();
    if let Some(default) = &column.default {
        statements.push(on_own_column(table, column, to, &format!("SET DEFAULT {default}")));
    }
    if column.not_null {
        statements.push(not_null::own(table, column, to));
    }
    statements.extend(own_aspects(table, (&Column::default(), column), to));
    Some(statements)
}

/// Is the table made of that type?
pub(in crate::diff) fn is_made_of(table: &ObjectId, of_type: &ObjectId, side: &Side<'_>) -> bool {
    matches!(side.get(table), Some(Content::Table(one)) if one.of_type.as_ref() == Some(&of_type.qualified()))
}

/// Is a table of both sides made of something else from now on?
pub(in crate::diff) fn changes_type(old: &Content<'_>, new: &Content<'_>) -> bool {
    matches!((old, new), (Content::Table(old), Content::Table(new)) if old.of_type != new.of_type)
}

/// Makes the table nobody's, while its type is made anew.
pub(super) fn release(table: &Table) -> Vec<Statement> {
    table.of_type.iter().map(|_| Statement::new(format!("{} NOT OF", alter_table(table)))).collect()
}

/// Makes the table one of its type.
pub(super) fn restore(table: &Table) -> Vec<Statement> {
    table.of_type.iter().map(|name| Statement::new(format!("{} OF {name}", alter_table(table)))).collect()
}
