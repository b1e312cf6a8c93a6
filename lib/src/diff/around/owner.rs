//! Owners.

use crate::catalog::{Content, ObjectId};
use crate::diff::change::Statement;
use crate::diff::naming::named;
use crate::diff::side::Side;
use crate::sql::ident;

/// What is newly made belongs to the role that makes it.
pub(super) fn change(id: &ObjectId, old: Option<Content<'_>>, new: Content<'_>, to: &Side<'_>) -> Vec<Statement> {
    let Some(owner) = of(new) else { return Vec::new() };
    let before = old.and_then(of).unwrap_or(&to.role);
    if before == owner || owner.is_empty() {
        return Vec::new();
    }
    vec![Statement::new(format!("ALTER {} OWNER TO {}", named(id), ident(owner)))]
}

/// The role that owns the object `id` of `side`, or what it is a part of.
pub(super) fn of_object<'a>(id: &ObjectId, side: &Side<'a>) -> Option<&'a str> {
    match side.get(side.whole(id).unwrap_or(id))? {
        Content::Sequence(one) => Some(&one.owner),
        content => of(content),
    }
}

/// The owner, where the object has one of its own: a sequence that a column owns has the table's.
fn of(content: Content<'_>) -> Option<&str> {
    use Content as C;
    let owner = match content {
        C::Schema(one) => &one.owner,
        C::Language(one) => &one.owner,
        C::Enum(one) => &one.owner,
        C::Composite(one) => &one.owner,
        C::Range(one) => &one.owner,
        C::BaseType(one) => &one.owner,
        C::Domain(one) => &one.owner,
        C::Collation(one) => &one.owner,
        C::Routine(one) => &one.owner,
        C::Operator(one) => &one.owner,
        C::OperatorFamily(one) => &one.owner,
        C::OperatorClass(one) => &one.owner,
        C::Conversion(one) => &one.owner,
        C::TextSearchDictionary(one) => &one.owner,
        C::TextSearchConfiguration(one) => &one.owner,
        C::ForeignDataWrapper(one) => &one.owner,
        C::Server(one) => &one.owner,
        C::Sequence(one) if one.owned_by.is_none() => &one.owner,
        C::Table(one) => &one.owner,
        C::View(one) => &one.owner,
        C::Statistics(one) => &one.owner,
        C::EventTrigger(one) => &one.owner,
        C::Publication(one) => &one.owner,
        C::Subscription(one) => &one.owner,
        _ => return None,
    };
    Some(owner)
}
