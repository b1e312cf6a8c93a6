//! Operators, their families and classes.

use super::{one_statement, rebuild_unless};
use crate::catalog::{ObjectId, Operator, OperatorClass, OperatorFamily};
use crate::diff::change::{Change, Statement};
use crate::diff::naming::named;
use crate::sql::ident;

/// One that others only mention is made by them.
pub(super) fn create(id: &ObjectId, one: &Operator) -> Vec<Statement> {
    let Some(function) = &one.function else { return Vec::new() };
    let mut settings = vec![format!("FUNCTION = {function}")];
    let mut set = |name: &str, value: &Option<String>| {
        settings.extend(value.as_ref().map(|value| format!("{name} = {value}")));
    };
    set("LEFTARG", &one.left);
    set("RIGHTARG", &one.right);
    set("COMMUTATOR", &one.commutator);
    set("NEGATOR", &one.negator);
    set("RESTRICT", &one.restrict);
    set("JOIN", &one.join);
    settings.extend(one.hashes.then(|| "HASHES".to_owned()));
    settings.extend(one.merges.then(|| "MERGES".to_owned()));
    let name = format!("{}.{}", ident(&id.schema), id.name);
    one_statement(format!("CREATE OPERATOR {name} (\n    {}\n)", settings.join(",\n    ")))
}

pub(super) fn change(id: &ObjectId, old: &Operator, new: &Operator) -> Change {
    let plain =
        |one: &Operator| Operator { owner: String::new(), comment: None, restrict: None, join: None, ..one.clone() };
    if plain(old) != plain(new) {
        return Change::Rebuild;
    }
    let mut settings = Vec::new();
    let mut set = |name: &str, old: &Option<String>, new: &Option<String>| {
        if old != new {
            settings.push(format!("{name} = {}", new.as_deref().unwrap_or("NONE")));
        }
    };
    set("RESTRICT", &old.restrict, &new.restrict);
    set("JOIN", &old.join, &new.join);
    match settings.is_empty() {
        true => Change::none(),
        false => Change::Alter(one_statement(format!("ALTER {} SET ({})", named(id), settings.join(", ")))),
    }
}

pub(super) fn create_family(id: &ObjectId, one: &OperatorFamily) -> Vec<Statement> {
    let mut statements = one_statement(format!("CREATE {}", named(id)));
    if !one.members.is_empty() {
        statements.push(Statement::new(format!("ALTER {} ADD {}", named(id), one.members.join(", "))));
    }
    statements
}

pub(super) fn change_family(id: &ObjectId, old: &OperatorFamily, new: &OperatorFamily) -> Change {
    let gone: Vec<String> =
        old.members.iter().filter(|member| !new.members.contains(member)).map(|member| place(member)).collect();
    let fresh: Vec<String> = new.members.iter().filter(|member| !old.members.contains(member)).cloned().collect();
    let alter = |word: &str, members: Vec<String>| {
        let sql = format!("ALTER {} {word} {}", named(id), members.join(", "));
        (!members.is_empty()).then(|| Statement::new(sql))
    };
    Change::Alter([alter("DROP", gone), alter("ADD", fresh)].into_iter().flatten().collect())
}

/// `OPERATOR 1 (integer, integer)`: a member without what it is, as DROP takes it.
fn place(member: &str) -> String {
    let words: Vec<&str> = member.splitn(3, ' ').collect();
    let types = member.find('(').and_then(|from| Some(&member[from..=from + member[from..].find(')')?]));
    format!("{} {} {}", words.first().unwrap_or(&""), words.get(1).unwrap_or(&""), types.unwrap_or(""))
}

pub(super) fn create_class(one: &OperatorClass) -> Vec<Statement> {
    let default = if one.default { "DEFAULT " } else { "" };
    let storage = one.storage.iter().map(|storage| format!("STORAGE {storage}"));
    let mut members: Vec<String> = storage.chain(one.members.iter().cloned()).collect();
    if members.is_empty() {
        // A class must have one member, and this one says nothing.
        members.push(format!("STORAGE {}", one.data_type));
    }
    one_statement(format!(
        "CREATE OPERATOR CLASS {} {default}FOR TYPE {} USING {} FAMILY {} AS\n    {}",
        one.name,
        one.data_type,
        ident(&one.method),
        one.family,
        members.join(",\n    ")
    ))
}

pub(super) fn change_class(old: &OperatorClass, new: &OperatorClass) -> Change {
    let plain = |one: &OperatorClass| OperatorClass { owner: String::new(), comment: None, ..one.clone() };
    rebuild_unless(plain(old) == plain(new))
}
