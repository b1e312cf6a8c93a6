//! A step of a role's plan, and what it takes of a role that is no superuser.

use std::collections::BTreeMap;

use super::state::{Facts, Lacking};
use crate::plan::{Action, SqlStep, Step};
use crate::sql::ident;

/// A step and the rights that it takes.
#[derive(Clone, Debug)]
pub(super) struct Needed {
    pub step: Step,
    pub needs: Vec<Need>,
}

/// A right that a step takes of a role that is no superuser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// The attribute CREATEROLE.
    CreateRole,
    /// To grant and alter the role that is changed, from PostgreSQL 16 on more than CREATEROLE.
    AdminOfRole,
    /// To grant this role to others.
    AdminOf(String),
    /// To be able to become this role.
    Become(String),
    /// Nothing less will do.
    Superuser,
}

/// Statements that need no role but ours.
pub(super) fn step(title: impl Into<String>, statements: Vec<String>, needs: Vec<Need>) -> Needed {
    Needed { step: Step::new(title, Action::Sql(SqlStep::new(statements))), needs }
}

/// Statements each by the role that has to run it: as a superuser all by oneself, else as that role.
pub(super) fn step_as(title: impl Into<String>, statements: Vec<(String, String)>, facts: &Facts) -> Needed {
    let mut needs = Vec::new();
    let mut all = Vec::new();
    for (role, statements) in by_role(statements) {
        if facts.am("superuser") || facts.me.0 == role {
            all.extend(statements);
            continue;
        }
        needs.push(Need::Become(role.clone()));
        // Who may not, gets the superuser's plan to hand on.
        if facts.creators.get(&role) == Some(&true) {
            all.push(format!("SET LOCAL ROLE {}", ident(&role)));
            all.extend(statements);
            all.push("RESET ROLE".to_owned());
        } else {
            all.extend(statements);
        }
    }
    step(title, all, needs)
}

/// GRANT or REVOKE of what `objects` say, one statement for each owner, kind and list of privileges.
pub(super) fn on_objects<'a>(
    objects: impl IntoIterator<Item = &'a Lacking>,
    statement: impl Fn(&str, &str, &str) -> String,
) -> Vec<(String, String)> {
    let mut groups: BTreeMap<(&str, &str, &str), Vec<&str>> = BTreeMap::new();
    for object in objects {
        groups.entry((&object.owner, object.kind, &object.rights)).or_default().push(&object.name);
    }
    let told = |((owner, kind, rights), names): ((&str, &str, &str), Vec<&str>)| {
        (owner.to_owned(), statement(rights, kind, &names.join(", ")))
    };
    groups.into_iter().map(told).collect()
}

fn by_role(statements: Vec<(String, String)>) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (role, statement) in statements {
        match groups.iter_mut().find(|(one, _)| *one == role) {
            Some((_, statements)) => statements.push(statement),
            None => groups.push((role, vec![statement])),
        }
    }
    groups
}
