//! Columns of views.

use super::aspects::aspects;
use crate::catalog::{Column, ObjectId, ObjectKind};
use crate::diff::change::Statement;
use crate::diff::side::Side;
use crate::sql::ident;

/// A view's column has nothing of its own but the default that an INSERT by the view takes; a materialised one's is kept as a
/// table's.
pub(super) fn steps(id: &ObjectId, old: &Column, new: &Column, to: &Side<'_>) -> Vec<Statement> {
    let default = (old.default != new.default).then(|| set_default(id, new.default.as_deref()));
    let materialized = to.whole(id).is_some_and(|whole| whole.kind == ObjectKind::MaterializedView);
    let aspects = if materialized { aspects(old, new) } else { Vec::new() };
    let name = ident(&id.detail);
    let alter =
        |action| Statement::new(format!("ALTER MATERIALIZED VIEW {} ALTER COLUMN {name} {action}", id.qualified()));
    default.into_iter().chain(aspects.into_iter().map(alter)).collect()
}

pub(super) fn set_default(id: &ObjectId, default: Option<&str>) -> Statement {
    let action = default.map_or("DROP DEFAULT".to_owned(), |default| format!("SET DEFAULT {default}"));
    Statement::new(format!("ALTER VIEW {} ALTER COLUMN {} {action}", id.qualified(), ident(&id.detail)))
}
