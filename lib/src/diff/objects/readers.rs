//! Which kinds of objects call others, and which read columns.

use super::routine;
use crate::catalog::{Content, ObjectId, ObjectKind as Kind};
use crate::diff::side::Side;

/// Do expressions call what is of this kind?
pub(in crate::diff) fn is_called(kind: Kind) -> bool {
    matches!(kind, Kind::Function | Kind::Aggregate | Kind::Operator | Kind::Sequence)
}

/// May the key of a partitioned table need what is of this kind?
pub(in crate::diff) fn cuts(kind: Kind) -> bool {
    is_called(kind) || kind == Kind::OperatorClass
}

/// Must objects of this kind be out of the way when a column that they read gets another type?
pub(in crate::diff) fn reads(kind: Kind) -> bool {
    let views = [Kind::View, Kind::MaterializedView, Kind::Rule];
    let parts = [Kind::Policy, Kind::Trigger, Kind::Column];
    views.contains(&kind)
        || parts.contains(&kind)
        || matches!(kind, Kind::Function | Kind::Procedure | Kind::Publication)
}

/// May `reader`, who needs a composite type, read an attribute of it? Then it must be out of the way when that goes. Columns of the
/// type hold values, and bodies in a string are looked at only when they run.
pub(in crate::diff) fn reads_attributes(reader: &ObjectId, side: &Side<'_>) -> bool {
    match side.get(reader) {
        Some(Content::Routine(routine)) => routine::is_parsed(routine),
        Some(Content::Column(column)) => column.generated.is_some(),
        Some(Content::Constraint(_) | Content::DomainConstraint(_) | Content::Index(_) | Content::Statistics(_)) => {
            true
        }
        Some(_) => reads(reader.kind),
        None => false,
    }
}
