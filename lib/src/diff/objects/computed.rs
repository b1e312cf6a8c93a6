//! Generated columns: whether their values are made anew, and those that a child has of its parents and computes in its own way.

use super::column::{on_column, parents};
use super::is_called;
use crate::catalog::{Column, Content, Generated, ObjectId, ObjectKind, Origin, Table, TableKind};
use crate::diff::change::Statement;
use crate::diff::side::Side;
use crate::diff::spelling;

/// From this version on, a generated column gets another expression in its place.
const SETS_EXPRESSION: u32 = 170_000;

/// A generated column's values are made anew with it; one that becomes generated loses its own.
pub(super) fn is_remade(old: &Column, new: &Column) -> bool {
    match (&old.generated, &new.generated) {
        (Some(old), Some(new)) if old.stored == new.stored && spelling::same(&old.expression, &new.expression) => false,
        (None, None) => false,
        (Some(old), None) => !old.stored,
        _ => true,
    }
}

/// The statement that lets a kept column be computed in another way, where that is all that its values notice. A family's columns
/// are computed each in its own way.
pub(super) fn another_expression(
    (before, old): (&Table, &Column),
    (table, new): (&Table, &Column),
    (from, to): (&Side<'_>, &Side<'_>),
) -> Option<Statement> {
    let (Some(was), Some(is)) = (&old.generated, &new.generated) else { return None };
    let alone = |table: &Table, side: &Side<'_>| table.parents().next().is_none() && !side.has_children(&table.name);
    let same = (&old.data_type, &old.collation) == (&new.data_type, &new.collation);
    if !same || spelling::same(&was.expression, &is.expression) || !alone(before, from) || !alone(table, to) {
        return None;
    }
    set_expression(table, new, (was, is), to)
}

/// `None` where the server has no such statement.
fn set_expression(
    table: &Table,
    column: &Column,
    (was, is): (&Generated, &Generated),
    to: &Side<'_>,
) -> Option<Statement> {
    let can = to.server >= SETS_EXPRESSION && table.kind == TableKind::Table && was.stored && is.stored;
    let set = || on_column(table, column, &format!("SET EXPRESSION AS ({})", is.expression));
    can.then(|| set().rewriting(&table.name, &format!("column {} is computed again", column.name)))
}

/// How a child's column that is to be computed in another way than its parents' would leave it gets there.
pub(in crate::diff) enum OwnWay {
    /// By a statement of its own.
    Set(Statement),
    /// By none: the server neither drops an inherited column nor makes it anew.
    None,
}

/// The way to how `new` is computed, where neither what was before nor what comes from the parents is that.
pub(in crate::diff) fn own_way(
    (from, before, old): (&Side<'_>, &Table, &Column),
    (to, table, new): (&Side<'_>, &Table, &Column),
) -> Option<OwnWay> {
    let (Some(was), Some(is)) = (&old.generated, &new.generated) else { return None };
    if [old, new].iter().any(|column| column.origin != Origin::Inherited) || !before.parents().eq(table.parents()) {
        return None;
    }
    let above = |table: &Table, side| parents(table, side).find_map(|parent| parent.column(&new.name));
    let (above_before, above) = (above(before, from)?, above(table, to)?);
    let anew = is_remade(above_before, above);
    let left = if anew { above.generated.as_ref()? } else { was };
    if left.stored == is.stored && spelling::same(&left.expression, &is.expression) {
        return None;
    }
    let can = !anew && !to.has_children(&table.name);
    let set = set_expression(table, new, (left, is), to).filter(|_| can);
    Some(set.map_or(OwnWay::None, OwnWay::Set))
}

/// Is it a column that keeps what it was computed to be, by `needed` too, and lets go of that? It is not computed any more.
pub(in crate::diff) fn keeps_computed(id: &ObjectId, needed: &ObjectId, from: &Side<'_>, to: &Side<'_>) -> bool {
    let of_expression = needed.kind == ObjectKind::Column || is_called(needed.kind);
    match (from.get(id), to.get(id)) {
        (Some(Content::Column(old)), Some(Content::Column(new))) if of_expression => {
            let stored = old.generated.as_ref().is_some_and(|one| one.stored);
            stored && new.generated.is_none() && !to.needs(id).contains(needed)
        }
        _ => false,
    }
}
