//! Enumerated, composite and range types.

use std::collections::BTreeSet;

use super::{one_statement, rebuild_unless, row_value};
use crate::catalog::{Attribute, Composite, Enum, Name, ObjectId, ObjectKind, Range};
use crate::diff::change::{Change, Statement};
use crate::diff::side::Side;
use crate::sql::{ident, literal};

pub(super) fn create_enum(one: &Enum) -> Vec<Statement> {
    let labels: Vec<String> = one.labels.iter().map(|label| literal(label)).collect();
    one_statement(format!("CREATE TYPE {} AS ENUM ({})", one.name, labels.join(", ")))
}

/// Labels can be added in place, each beside one that is there, and neither go nor change places.
pub(super) fn change_enum(old: &Enum, new: &Enum) -> Change {
    let kept: Vec<&String> = new.labels.iter().filter(|label| old.labels.contains(label)).collect();
    if kept != old.labels.iter().collect::<Vec<_>>() {
        return Change::Rebuild;
    }
    let mut statements = Vec::new();
    for (at, label) in new.labels.iter().enumerate().filter(|(_, label)| !old.labels.contains(label)) {
        let place = match at.checked_sub(1).map(|before| &new.labels[before]) {
            Some(before) => format!(" AFTER {}", literal(before)),
            None => old.labels.first().map(|first| format!(" BEFORE {}", literal(first))).unwrap_or_default(),
        };
        let last = !new.labels[at..].iter().any(|later| old.labels.contains(later));
        let place = if last { String::new() } else { place };
        statements.push(Statement::committed(format!("ALTER TYPE {} ADD VALUE {}{place}", new.name, literal(label))));
    }
    Change::Alter(statements)
}

pub(super) fn create_composite(one: &Composite) -> Vec<Statement> {
    let attributes: Vec<String> = one.attributes.iter().map(attribute).collect();
    match attributes.is_empty() {
        true => one_statement(format!("CREATE TYPE {} AS ()", one.name)),
        false => one_statement(format!("CREATE TYPE {} AS (\n    {}\n)", one.name, attributes.join(",\n    "))),
    }
}

fn attribute(attribute: &Attribute) -> String {
    let collation = attribute.collation.as_ref().map(|name| format!(" COLLATE {name}")).unwrap_or_default();
    format!("{} {}{collation}", ident(&attribute.name), attribute.data_type)
}

/// Attributes are added at the end and dropped; what else happens to them needs a new type. Nobody reads those that go or become
/// another type meanwhile.
pub(super) fn change_composite(id: &ObjectId, (from, old): (&Side<'_>, &Composite), new: &Composite) -> Change {
    let plain = |one: &Attribute| Attribute { comment: None, ..one.clone() };
    let has = |side: &Composite, one: &Attribute| side.attributes.iter().any(|other| other.name == one.name);
    let kept: Vec<Attribute> = old.attributes.iter().filter(|one| has(new, one)).map(plain).collect();
    let stayed: Vec<Attribute> = new.attributes.iter().take(kept.len()).map(plain).collect();
    let names = |list: &[Attribute]| list.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    if names(&kept) != names(&stayed) {
        return Change::Rebuild;
    }
    // A column of the type keeps its values as they are, so that no attribute can become another type.
    let used = || {
        let has = |dependent: &ObjectId| dependent.kind == ObjectKind::Column;
        from.dependents(id).iter().any(has) || row_value::is_stored(id, from)
    };
    if kept != stayed && used() {
        return Change::Rebuild;
    }
    let mut actions: Vec<String> = old
        .attributes
        .iter()
        .filter(|one| !has(new, one))
        .map(|one| format!("DROP ATTRIBUTE {}", ident(&one.name)))
        .collect();
    for (_, one) in kept.iter().zip(&stayed).filter(|(before, after)| before != after) {
        let collation = one.collation.as_ref().map(|name| format!(" COLLATE {name}")).unwrap_or_default();
        actions.push(format!("ALTER ATTRIBUTE {} TYPE {}{collation}", ident(&one.name), one.data_type));
    }
    actions.extend(new.attributes.iter().skip(kept.len()).map(|one| format!("ADD ATTRIBUTE {}", attribute(one))));
    // Tables made of the type follow.
    let follows = from.catalog.tables.iter().any(|table| table.of_type.as_ref() == Some(&old.name));
    let cascade = if follows { " CASCADE" } else { "" };
    let losers = if actions.iter().any(|action| action.starts_with("DROP")) { losers(id, from) } else { Vec::new() };
    let alter = |action: &String| Statement {
        loses: if action.starts_with("DROP") { losers.clone() } else { Vec::new() },
        ..Statement::new(format!("ALTER TYPE {} {action}{cascade}", new.name))
    };
    let statements = actions.iter().map(alter).collect();
    match actions.iter().all(|action| action.starts_with("ADD")) {
        true => Change::Alter(statements),
        false => Change::AlterAlone(statements),
    }
}

/// The tables that have values of the type.
fn losers(id: &ObjectId, from: &Side<'_>) -> Vec<Name> {
    let made_of_it = from.catalog.tables.iter().filter(|table| table.of_type.as_ref() == Some(&id.qualified()));
    let holders = row_value::holders(id, from);
    let having = holders.iter().filter_map(|column| from.table_of(column));
    let names: BTreeSet<Name> = having.chain(made_of_it).map(|table| table.name.clone()).collect();
    names.into_iter().collect()
}

pub(super) fn create_range(one: &Range) -> Vec<Statement> {
    let mut settings = vec![format!("SUBTYPE = {}", one.subtype)];
    let mut set = |name: &str, value: Option<&String>| settings.extend(value.map(|value| format!("{name} = {value}")));
    set("SUBTYPE_OPCLASS", Some(&one.operator_class).filter(|class| !class.is_empty()));
    set("COLLATION", one.collation.as_ref());
    set("CANONICAL", one.canonical.as_ref());
    set("SUBTYPE_DIFF", one.subtype_difference.as_ref());
    if let Some(multirange) = &one.multirange {
        settings.push(format!("MULTIRANGE_TYPE_NAME = {multirange}"));
    }
    one_statement(format!("CREATE TYPE {} AS RANGE (\n    {}\n)", one.name, settings.join(",\n    ")))
}

pub(super) fn change_range(old: &Range, new: &Range) -> Change {
    let plain = |one: &Range| Range { owner: String::new(), comment: None, ..one.clone() };
    rebuild_unless(plain(old) == plain(new))
}

/// Frees the other names that a range type has: its multirange's, and those of the functions that make both, which keep theirs
/// when the types are renamed. Those of a subtype that steps aside too are other functions.
pub(super) fn set_range_aside(one: &Range, from: &Side<'_>, subtype_stays: bool) -> Vec<Statement> {
    let (name, subtype) = (&one.name, &one.subtype);
    let aside = |name: &Name| ident(&from.passing.old(&name.name));
    let mut renamed = Vec::new();
    if let Some(multirange) = &one.multirange {
        renamed.push((format!("FUNCTION {multirange}()"), aside(multirange)));
        renamed.push((format!("TYPE {multirange}"), aside(multirange)));
    }
    if subtype_stays {
        renamed.push((format!("FUNCTION {name}({subtype}, {subtype})"), aside(name)));
        renamed.push((format!("FUNCTION {name}({subtype}, {subtype}, text)"), aside(name)));
    }
    renamed.into_iter().map(|(what, name)| Statement::new(format!("ALTER {what} RENAME TO {name}"))).collect()
}
