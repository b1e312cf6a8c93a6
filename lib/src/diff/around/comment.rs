//! Comments.

use crate::catalog::{Column, Content, ObjectId, ObjectKind};
use crate::diff::change::Statement;
use crate::diff::naming::named;
use crate::sql::{ident, literal};

pub(super) fn change(id: &ObjectId, old: Option<Content<'_>>, new: Content<'_>) -> Vec<Statement> {
    let mut statements = said(&on(id, new), old.and_then(of), of(new));
    match new {
        Content::Composite(new) => {
            let before = |name: &str| match old {
                Some(Content::Composite(old)) => old.attributes.iter().find(|one| one.name == name),
                _ => None,
            };
            for one in &new.attributes {
                let place = format!("COLUMN {}.{}", new.name, ident(&one.name));
                let old = before(&one.name).and_then(|one| one.comment.as_deref());
                statements.extend(said(&place, old, one.comment.as_deref()));
            }
        }
        Content::Column(new) => {
            let constraint = |column: &Column| column.not_null_constraint.clone();
            let before = if let Some(Content::Column(old)) = old { constraint(old) } else { None };
            if let Some(new) = constraint(new) {
                let place = format!("CONSTRAINT {} ON {}", ident(&new.name), id.qualified());
                statements.extend(said(
                    &place,
                    before.as_ref().and_then(|old| old.comment.as_deref()),
                    new.comment.as_deref(),
                ));
            }
        }
        _ => {}
    }
    statements
}

fn said(on: &str, old: Option<&str>, new: Option<&str>) -> Vec<Statement> {
    if old == new {
        return Vec::new();
    }
    let text = new.map_or("NULL".to_owned(), literal);
    vec![Statement::new(format!("COMMENT ON {on} IS {text}"))]
}

fn on(id: &ObjectId, content: Content<'_>) -> String {
    match content {
        Content::DomainConstraint(_) => format!("CONSTRAINT {} ON DOMAIN {}", ident(&id.detail), id.qualified()),
        _ if id.kind == ObjectKind::Server => format!("SERVER {}", ident(&id.name)),
        _ => named(id),
    }
}

fn of(content: Content<'_>) -> Option<&str> {
    use Content as C;
    let comment = match content {
        C::Schema(one) => &one.comment,
        C::Extension(one) => &one.comment,
        C::Language(one) => &one.comment,
        C::AccessMethod(one) => &one.comment,
        C::Enum(one) => &one.comment,
        C::Composite(one) => &one.comment,
        C::Range(one) => &one.comment,
        C::BaseType(one) => &one.comment,
        C::Domain(one) => &one.comment,
        C::DomainConstraint(one) => &one.comment,
        C::Collation(one) => &one.comment,
        C::Routine(one) => &one.comment,
        C::Operator(one) => &one.comment,
        C::OperatorFamily(one) => &one.comment,
        C::OperatorClass(one) => &one.comment,
        C::Cast(one) => &one.comment,
        C::Conversion(one) => &one.comment,
        C::Transform(one) => &one.comment,
        C::TextSearchParser(one) => &one.comment,
        C::TextSearchTemplate(one) => &one.comment,
        C::TextSearchDictionary(one) => &one.comment,
        C::TextSearchConfiguration(one) => &one.comment,
        C::ForeignDataWrapper(one) => &one.comment,
        C::Server(one) => &one.comment,
        C::UserMapping(_) => return None,
        C::Sequence(one) => &one.comment,
        C::Table(one) => &one.comment,
        C::View(one) => &one.comment,
        C::Column(one) => &one.comment,
        C::Constraint(one) => &one.comment,
        C::Index(one) => &one.comment,
        C::Statistics(one) => &one.comment,
        C::Trigger(one) => &one.comment,
        C::Rule(one) => &one.comment,
        C::Policy(one) => &one.comment,
        C::EventTrigger(one) => &one.comment,
        C::Publication(one) => &one.comment,
        C::Subscription(one) => &one.comment,
    };
    comment.as_deref()
}
