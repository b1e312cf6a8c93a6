//! Functions, procedures and aggregates.

use super::one_statement;
use crate::catalog::{Routine, RoutineKind};
use crate::diff::change::{Change, Statement};
use crate::sql::{Flavor, TokenKind, tokens};

pub(super) fn create(routine: &Routine) -> Vec<Statement> {
    one_statement(statement(routine))
}

fn statement(routine: &Routine) -> String {
    match routine.kind {
        RoutineKind::Aggregate => {
            let arguments = if routine.arguments.is_empty() { "*" } else { &routine.arguments };
            let settings: Vec<&str> = routine.definition.lines().map(|line| line.trim_end_matches(',')).collect();
            format!("CREATE AGGREGATE {}({arguments}) (\n    {}\n)", routine.name, settings.join(",\n    "))
        }
        _ => routine.definition.trim_end().to_owned(),
    }
}

pub(super) fn change(old: &Routine, new: &Routine) -> Change {
    if (old.kind, &old.result) != (new.kind, &new.result) || names(old) != names(new) {
        return Change::Rebuild;
    }
    if old.definition == new.definition && old.arguments == new.arguments {
        return Change::none();
    }
    // An aggregate has no way but CREATE OR REPLACE, and that changes neither its state nor its direct arguments.
    if new.kind == RoutineKind::Aggregate || loses_default(old, new) {
        return Change::Rebuild;
    }
    Change::Alter(vec![Statement::new(statement(new))])
}

/// Does the server keep what the body says, and not its text?
pub(super) fn is_parsed(routine: &Routine) -> bool {
    routine.kind != RoutineKind::Aggregate && !routine.definition.contains("\nAS ")
}

/// The arguments without their defaults: a name or a mode cannot be changed in place.
fn names(routine: &Routine) -> &str {
    &routine.identity
}

/// Defaults can be added and changed in place, and not taken away; that of an argument of any type can have another one then,
/// which the server does not take either.
fn loses_default(old: &Routine, new: &Routine) -> bool {
    let (old, new) = (arguments(&old.arguments), arguments(&new.arguments));
    let others = old.iter().zip(&new).any(|(old, new)| old.is_polymorphic && old.default != new.default);
    let count = |all: &[Argument]| all.iter().filter(|one| one.default.is_some()).count();
    count(&new) < count(&old) || others
}

struct Argument {
    is_polymorphic: bool,
    default: Option<String>,
}

/// Types that stand for others.
const POLYMORPHIC: [&str; 11] = [
    "anyelement",
    "anyarray",
    "anynonarray",
    "anyenum",
    "anyrange",
    "anymultirange",
    "anycompatible",
    "anycompatiblearray",
    "anycompatiblenonarray",
    "anycompatiblerange",
    "anycompatiblemultirange",
];

fn arguments(text: &str) -> Vec<Argument> {
    let mut found = vec![Argument { is_polymorphic: false, default: None }];
    let mut depth = 0;
    for token in tokens(text, Flavor::Postgres) {
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "," if depth == 0 => found.push(Argument { is_polymorphic: false, default: None }),
            _ => {}
        }
        let Some(last) = found.last_mut() else { continue };
        match &mut last.default {
            Some(default) => default.push_str(token.text),
            None if token.kind == TokenKind::Word && token.text == "DEFAULT" => last.default = Some(String::new()),
            None => last.is_polymorphic |= token.kind == TokenKind::Word && POLYMORPHIC.contains(&token.text),
        }
    }
    found
}
