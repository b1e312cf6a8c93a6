//! Generated columns that a child has of its parents and computes in its own way.

use super::column::{SETS_EXPRESSION, is_remade, on_column, parents};
use super::is_called;
use crate::catalog::{Column, Content, ObjectId, ObjectKind, Origin, Table, TableKind};
use crate::diff::change::Statement;
use crate::diff::side::Side;
use crate::diff::spelling;

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
    let settable = to.server >= SETS_EXPRESSION && table.kind == TableKind::Table && left.stored && is.stored;
    if anew || !settable || to.has_children(&table.name) {
        return Some(OwnWay::None);
    }
    let set = on_column(table, new, &format!("SET EXPRESSION AS ({})", is.expression));
    Some(OwnWay::Set(set.rewriting(&table.name, &format!("column {} is computed again", new.name))))
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
