//! Types that stand aside under another name, so that their successors can be made beside them.

use super::{base_type, one_statement, types};
use crate::catalog::{Content, ObjectId, ObjectKind as Kind};
use crate::diff::change::Statement;
use crate::diff::naming::named;
use crate::diff::side::Side;
use crate::sql::ident;

/// Gives a type another name, so that its successor can be made beside it.
pub(in crate::diff) fn set_aside(
    id: &ObjectId,
    from: &Side<'_>,
    is_aside: impl Fn(&ObjectId) -> bool,
) -> Vec<Statement> {
    let renamed = format!("ALTER {} RENAME TO {}", named(id), ident(&from.passing.old(&id.name)));
    let mut statements = match from.get(id) {
        Some(Content::Range(range)) => {
            let needs = from.needs(id);
            let subtype_stays = !needs.iter().filter(|needed| needed.kind != Kind::Collation).any(is_aside);
            types::set_range_aside(range, from, subtype_stays)
        }
        Some(Content::BaseType(_)) => base_type::set_helpers_aside(id, from),
        _ => Vec::new(),
    };
    statements.push(Statement::new(renamed));
    statements
}

/// Drops a type that stood aside.
pub(in crate::diff) fn forget(id: &ObjectId, from: &Side<'_>) -> Vec<Statement> {
    let sql = format!("DROP {}", named(&ObjectId { name: from.passing.old(&id.name), ..id.clone() }));
    match base_type::helpers(id, from).is_empty() {
        true => vec![Statement::new(sql).tidying()],
        false => one_statement(format!("{sql} CASCADE")),
    }
}
