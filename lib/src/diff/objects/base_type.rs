//! Base types. A type and the functions that read and write it need each other: an empty shell of the type is made first, then the
//! functions, then the type; and they go together, or stand aside together.

use super::one_statement;
use crate::catalog::{BaseType, Content, ObjectId, ObjectKind as Kind};
use crate::diff::change::{Change, Statement};
use crate::diff::naming::named;
use crate::diff::side::Side;
use crate::sql::ident;

pub(super) fn create(one: &BaseType) -> Vec<Statement> {
    match one.defined {
        true => one_statement(format!("CREATE TYPE {} (\n    {}\n)", one.name, one.settings.join(",\n    "))),
        false => one_statement(format!("CREATE TYPE {}", one.name)),
    }
}

/// Makes the shell, for functions that the type `id` needs and that need it; nothing for other types.
pub(in crate::diff) fn announce(id: &ObjectId, to: &Side<'_>) -> Vec<Statement> {
    match to.get(id) {
        Some(Content::BaseType(one)) if !helpers(id, to).is_empty() => {
            one_statement(format!("CREATE TYPE {}", one.name))
        }
        _ => Vec::new(),
    }
}

/// The functions without which there is no type `id`, and which need it themselves.
pub(in crate::diff) fn helpers(id: &ObjectId, side: &Side<'_>) -> Vec<ObjectId> {
    match side.get(id) {
        Some(Content::BaseType(one)) if one.defined => {
            let needs = side.needs(id).into_iter().filter(|needed| needed.kind == Kind::Function);
            needs.filter(|function| side.needs(function).contains(id)).collect()
        }
        _ => Vec::new(),
    }
}

/// Is `function` one of the helpers of `of_type`?
pub(in crate::diff) fn helps(function: &ObjectId, of_type: &ObjectId, side: &Side<'_>) -> bool {
    function.kind == Kind::Function && of_type.kind == Kind::Type && helpers(of_type, side).contains(function)
}

/// What is set, by its word: `STORAGE` and `extended` of `STORAGE = extended`.
fn setting(text: &str) -> (&str, &str) {
    text.split_once(" = ").unwrap_or((text, ""))
}

/// What can be set of a type that is there. Its columns would keep the old storage.
const SET_IN_PLACE: [&str; 6] = ["RECEIVE", "SEND", "TYPMOD_IN", "TYPMOD_OUT", "ANALYZE", "SUBSCRIPT"];

pub(super) fn change(old: &BaseType, new: &BaseType) -> Change {
    let gone = old.settings.iter().filter(|one| !new.settings.contains(one)).map(|one| setting(one).0);
    let come: Vec<(&str, &str)> =
        new.settings.iter().filter(|one| !old.settings.contains(one)).map(|one| setting(one)).collect();
    let taken: Vec<&str> = gone.filter(|word| !come.iter().any(|(other, _)| other == word)).collect();
    let mut words = taken.iter().copied().chain(come.iter().map(|(word, _)| *word));
    if old.defined != new.defined || !words.all(|word| SET_IN_PLACE.contains(&word)) {
        return Change::Rebuild;
    }
    let reset = taken.iter().map(|word| format!("{word} = NONE"));
    let settings: Vec<String> = come.iter().map(|(word, value)| format!("{word} = {value}")).chain(reset).collect();
    match settings.is_empty() {
        true => Change::none(),
        false => Change::Alter(one_statement(format!("ALTER TYPE {} SET ({})", new.name, settings.join(", ")))),
    }
}

/// The functions go with their type: neither goes without the other.
pub(super) fn drop(id: &ObjectId, from: &Side<'_>) -> Vec<Statement> {
    let cascade = if helpers(id, from).is_empty() { "" } else { " CASCADE" };
    one_statement(format!("DROP {}{cascade}", named(id)))
}

/// Frees the names of the type's functions.
pub(super) fn set_helpers_aside(id: &ObjectId, from: &Side<'_>) -> Vec<Statement> {
    let rename = |function: ObjectId| {
        let aside = ident(&from.passing.old(&function.name));
        Statement::new(format!("ALTER {} RENAME TO {aside}", named(&function)))
    };
    helpers(id, from).into_iter().map(rename).collect()
}
