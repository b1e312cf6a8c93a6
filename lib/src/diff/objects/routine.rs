//! Functions, procedures and aggregates.

use super::one_statement;
use crate::catalog::{Routine, RoutineKind};
use crate::diff::change::{Change, Statement};

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
    if new.kind == RoutineKind::Aggregate || drops_default(old, new) {
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

/// Defaults can be added and changed in place, and not taken away.
fn drops_default(old: &Routine, new: &Routine) -> bool {
    let defaults = |routine: &Routine| routine.arguments.matches(" DEFAULT ").count();
    defaults(new) < defaults(old)
}
