//! Foreign data wrappers, servers and user mappings.

use super::{one_statement, options};
use crate::catalog::{ForeignDataWrapper, ObjectId, Server, UserMapping};
use crate::diff::change::{Change, Statement};
use crate::diff::naming::named;
use crate::sql::{ident, literal};

pub(super) fn create_wrapper(one: &ForeignDataWrapper) -> Vec<Statement> {
    let clause = |word: &str, function: &Option<String>| {
        function.as_ref().map(|function| format!(" {word} {function}")).unwrap_or_default()
    };
    one_statement(format!(
        "CREATE FOREIGN DATA WRAPPER {}{}{}{}",
        ident(&one.name),
        clause("HANDLER", &one.handler),
        clause("VALIDATOR", &one.validator),
        options::foreign(&one.options)
    ))
}

pub(super) fn change_wrapper(id: &ObjectId, old: &ForeignDataWrapper, new: &ForeignDataWrapper) -> Change {
    let mut actions = Vec::new();
    let mut set = |word: &str, old: &Option<String>, new: &Option<String>| match new {
        new if old == new => {}
        Some(function) => actions.push(format!("{word} {function}")),
        None => actions.push(format!("NO {word}")),
    };
    set("HANDLER", &old.handler, &new.handler);
    set("VALIDATOR", &old.validator, &new.validator);
    actions.extend(options::change_foreign(&old.options, &new.options));
    altered(id, &actions)
}

pub(super) fn create_server(one: &Server) -> Vec<Statement> {
    let clause = |word: &str, text: &Option<String>| {
        text.as_ref().map(|text| format!(" {word} {}", literal(text))).unwrap_or_default()
    };
    one_statement(format!(
        "CREATE SERVER {}{}{} FOREIGN DATA WRAPPER {}{}",
        ident(&one.name),
        clause("TYPE", &one.server_type),
        clause("VERSION", &one.version),
        ident(&one.wrapper),
        options::foreign(&one.options)
    ))
}

pub(super) fn change_server(id: &ObjectId, old: &Server, new: &Server) -> Change {
    let gone = old.version.is_some() && new.version.is_none();
    if (&old.wrapper, &old.server_type) != (&new.wrapper, &new.server_type) || gone {
        return Change::Rebuild;
    }
    let mut actions = Vec::new();
    if let Some(version) = new.version.as_ref().filter(|_| old.version != new.version) {
        actions.push(format!("VERSION {}", literal(version)));
    }
    actions.extend(options::change_foreign(&old.options, &new.options));
    altered(id, &actions)
}

pub(super) fn create_mapping(id: &ObjectId, one: &UserMapping) -> Vec<Statement> {
    one_statement(format!("CREATE {}{}", named(id), options::foreign(&one.options)))
}

pub(super) fn change_mapping(id: &ObjectId, old: &UserMapping, new: &UserMapping) -> Change {
    let changed = options::change_foreign(&old.options, &new.options);
    altered(id, &changed.into_iter().collect::<Vec<_>>())
}

fn altered(id: &ObjectId, actions: &[String]) -> Change {
    match actions.is_empty() {
        true => Change::none(),
        false => Change::Alter(vec![Statement::new(format!("ALTER {} {}", named(id), actions.join(" ")))]),
    }
}
