//! Text search: parsers, templates, dictionaries and configurations.

use super::one_statement;
use crate::catalog::{ObjectId, TextSearchConfiguration, TextSearchDictionary, TextSearchMapping};
use crate::diff::change::{Change, Statement};
use crate::diff::naming::named;
use crate::sql::ident;

/// A parser or a template, which are their functions.
pub(super) fn create(id: &ObjectId, settings: &[String]) -> Vec<Statement> {
    one_statement(format!("CREATE {} (\n    {}\n)", named(id), settings.join(",\n    ")))
}

pub(super) fn create_dictionary(one: &TextSearchDictionary) -> Vec<Statement> {
    let options = one.options.as_ref().map(|options| format!(",\n    {options}")).unwrap_or_default();
    one_statement(format!("CREATE TEXT SEARCH DICTIONARY {} (\n    TEMPLATE = {}{options}\n)", one.name, one.template))
}

pub(super) fn change_dictionary(id: &ObjectId, old: &TextSearchDictionary, new: &TextSearchDictionary) -> Change {
    if old.template != new.template {
        return Change::Rebuild;
    }
    match (&old.options, &new.options) {
        (old, new) if old == new => Change::none(),
        (None, Some(new)) => Change::Alter(one_statement(format!("ALTER {} ({new})", named(id)))),
        _ => Change::Rebuild,
    }
}

pub(super) fn create_configuration(one: &TextSearchConfiguration) -> Vec<Statement> {
    let made = format!("CREATE TEXT SEARCH CONFIGURATION {} (PARSER = {})", one.name, one.parser);
    let alter = format!("ALTER TEXT SEARCH CONFIGURATION {}", one.name);
    std::iter::once(made)
        .chain(one.mappings.iter().map(|mapping| format!("{alter} ADD MAPPING FOR {}", words(mapping))))
        .map(Statement::new)
        .collect()
}

pub(super) fn change_configuration(
    id: &ObjectId,
    old: &TextSearchConfiguration,
    new: &TextSearchConfiguration,
) -> Change {
    if old.parser != new.parser {
        return Change::Rebuild;
    }
    let alter = |action: String| Statement::new(format!("ALTER {} {action}", named(id)));
    let find = |side: &TextSearchConfiguration, token: &str| {
        side.mappings.iter().find(|mapping| mapping.token == token).cloned()
    };
    let mut statements = Vec::new();
    for mapping in old.mappings.iter().filter(|mapping| find(new, &mapping.token).is_none()) {
        statements.push(alter(format!("DROP MAPPING FOR {}", ident(&mapping.token))));
    }
    for mapping in &new.mappings {
        match find(old, &mapping.token) {
            None => statements.push(alter(format!("ADD MAPPING FOR {}", words(mapping)))),
            Some(before) if before != *mapping => {
                statements.push(alter(format!("ALTER MAPPING FOR {}", words(mapping))));
            }
            Some(_) => {}
        }
    }
    Change::Alter(statements)
}

fn words(mapping: &TextSearchMapping) -> String {
    format!("{} WITH {}", ident(&mapping.token), mapping.dictionaries.join(", "))
}
