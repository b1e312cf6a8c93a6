//! Domains and their conditions.

use super::{one_statement, row_value};
use crate::catalog::{Content, Domain, DomainConstraint, ObjectId, ObjectKind};
use crate::diff::change::{Change, Statement};
use crate::diff::side::Side;
use crate::diff::spelling;
use crate::sql::ident;

pub(super) fn create(one: &Domain) -> Vec<Statement> {
    let mut sql = format!("CREATE DOMAIN {} AS {}", one.name, one.data_type);
    if let Some(collation) = &one.collation {
        sql.push_str(&format!(" COLLATE {collation}"));
    }
    if let Some(default) = &one.default {
        sql.push_str(&format!(" DEFAULT {default}"));
    }
    if one.not_null {
        let named = one.not_null_constraint.as_ref().map(|check| format!(" CONSTRAINT {}", ident(&check.name)));
        sql.push_str(&format!("{} NOT NULL", named.unwrap_or_default()));
    }
    // A condition that has not been checked cannot be said here.
    let (checked, unchecked): (Vec<_>, Vec<_>) = one.constraints.iter().partition(|check| check.validated);
    for check in checked {
        sql.push_str(&format!("\n    CONSTRAINT {} {}", ident(&check.name), check.definition));
    }
    let later = unchecked.into_iter().map(|check| add(&one.name.to_string(), check));
    std::iter::once(Statement::new(sql)).chain(later).collect()
}

fn add(domain: &str, check: &DomainConstraint) -> Statement {
    Statement::new(format!("ALTER DOMAIN {domain} ADD CONSTRAINT {} {}", ident(&check.name), check.definition))
}

pub(super) fn change(id: &ObjectId, (from, old): (&Side<'_>, &Domain), new: &Domain) -> Change {
    if (&old.data_type, &old.collation) != (&new.data_type, &new.collation) {
        return Change::Rebuild;
    }
    if asks_for_more(old, new) && is_contained(id, from) {
        return Change::Rebuild;
    }
    let mut statements = Vec::new();
    let mut alter = |action: String| statements.push(Statement::new(format!("ALTER DOMAIN {} {action}", new.name)));
    if old.default != new.default {
        alter(new.default.as_ref().map_or("DROP DEFAULT".to_owned(), |default| format!("SET DEFAULT {default}")));
    }
    if old.not_null != new.not_null {
        alter(if new.not_null { "SET NOT NULL" } else { "DROP NOT NULL" }.to_owned());
    }
    Change::Alter(statements)
}

/// Must values that are there be looked at?
fn asks_for_more(old: &Domain, new: &Domain) -> bool {
    let checked = |domain: &Domain, wanted: &DomainConstraint| {
        let condition = spelling::settled(&wanted.definition);
        let mut all = domain.constraints.iter().filter(|check| check.validated);
        all.any(|check| check.name == wanted.name && spelling::settled(&check.definition) == condition)
    };
    let mut wanted = new.constraints.iter().filter(|check| check.validated);
    (new.not_null && !old.not_null) || wanted.any(|check| !checked(old, check))
}

/// Do lists, rows or ranges in tables have values of the domain? The server does not look into them, and refuses then.
pub(in crate::diff) fn is_contained(id: &ObjectId, side: &Side<'_>) -> bool {
    side.dependents(id).iter().any(|dependent| match side.get(dependent) {
        Some(Content::Column(column)) => {
            column.data_type.ends_with("[]")
                && side.whole(dependent).is_some_and(|whole| whole.kind != ObjectKind::View)
        }
        Some(Content::Domain(above)) if above.data_type.ends_with("[]") => row_value::is_stored(dependent, side),
        Some(Content::Domain(_)) => is_contained(dependent, side),
        Some(Content::Composite(_) | Content::Range(_)) => row_value::is_stored(dependent, side),
        _ => false,
    })
}

/// The domain that `data_type` is, the one beneath it, and so on.
fn domains<'a>(data_type: &str, side: &Side<'a>) -> impl Iterator<Item = &'a Domain> + use<'a> {
    let all = &side.catalog.domains;
    let find = |data_type: &str| all.iter().find(|domain| domain.name.to_string() == data_type);
    std::iter::successors(find(data_type), move |domain| find(&domain.data_type))
}

/// Does the server hold each value of the type against conditions, also where all are the same?
pub(in crate::diff) fn looks_at_values(data_type: &str, side: &Side<'_>) -> bool {
    domains(data_type, side).any(|domain| domain.not_null || !domain.constraints.is_empty())
}

/// The default that a column has of its type, and the domain that gives it.
pub(super) fn default_of<'a>(data_type: &str, side: &Side<'a>) -> Option<(ObjectId, &'a str)> {
    let domain = domains(data_type, side).next()?;
    Some((ObjectId::of(ObjectKind::Domain, &domain.name), domain.default.as_deref()?))
}

/// Takes its default away, so that what it calls can be made anew.
pub(super) fn release(one: &Domain) -> Vec<Statement> {
    match one.default {
        Some(_) => one_statement(format!("ALTER DOMAIN {} DROP DEFAULT", one.name)),
        None => Vec::new(),
    }
}

pub(super) fn restore(one: &Domain) -> Vec<Statement> {
    let set = |default: &String| Statement::new(format!("ALTER DOMAIN {} SET DEFAULT {default}", one.name));
    one.default.iter().map(set).collect()
}

/// A NOT NULL is its domain's affair.
pub(super) fn create_constraint(id: &ObjectId, check: &DomainConstraint) -> Vec<Statement> {
    match is_check(check) {
        true => vec![add(&id.qualified().to_string(), check)],
        false => Vec::new(),
    }
}

pub(super) fn drop_constraint(id: &ObjectId, check: &DomainConstraint) -> Vec<Statement> {
    match is_check(check) {
        true => one_statement(format!("ALTER DOMAIN {} DROP CONSTRAINT {}", id.qualified(), ident(&id.detail))),
        false => Vec::new(),
    }
}

pub(super) fn change_constraint(id: &ObjectId, old: &DomainConstraint, new: &DomainConstraint) -> Change {
    let condition = |check: &DomainConstraint| spelling::settled(check.definition.trim_end_matches(" NOT VALID"));
    if condition(old) != condition(new) || (old.validated && !new.validated) {
        return Change::Rebuild;
    }
    match old.validated == new.validated {
        true => Change::none(),
        false => Change::Alter(one_statement(format!(
            "ALTER DOMAIN {} VALIDATE CONSTRAINT {}",
            id.qualified(),
            ident(&id.detail)
        ))),
    }
}

fn is_check(check: &DomainConstraint) -> bool {
    check.definition.starts_with("CHECK")
}
