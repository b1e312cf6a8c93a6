//! What a step takes, and whether we have it: said before anything runs.

use super::Wish;
use super::facts::MEMBERSHIP_OPTIONS;
use super::plan::Needed;
use super::state::State;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::ident;

/// A right that a step takes of a role that is no superuser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// The attribute CREATEROLE.
    CreateRole,
    /// The attribute CREATEDB.
    CreateDatabase,
    /// The right to grant and alter this role.
    AdminOf(String),
    /// To be able to become the owner.
    Owner,
    /// Nothing less will do.
    Superuser,
}

/// Refuses if the role that asks lacks a right for one of the steps: all that it lacks, at once.
pub(super) fn refuse_lacking(wish: &Wish, state: &State, steps: &[Needed]) -> Result<()> {
    let me = &state.me;
    if me.superuser {
        return Ok(());
    }
    let mut lacking: Vec<(String, &str)> = Vec::new();
    for needed in steps {
        for right in needed.needs.iter().filter_map(|need| lacks(need, wish, state)) {
            if !lacking.iter().any(|(said, _)| *said == right) {
                lacking.push((right, &needed.step.title));
            }
        }
    }
    if lacking.is_empty() {
        return Ok(());
    }
    let said: Vec<String> = lacking.iter().map(|(right, title)| format!("{right} (to {title})")).collect();
    let mut error = Error::new(
        ErrorKind::Refused,
        format!("role {} may not bootstrap database {}: it lacks {}", me.name, wish.database, said.join(" and ")),
    )
    .hint("run it as the server's own user: sudo -u postgres mainstay bootstrap")
    .hint("or hand the SQL to an administrator: mainstay bootstrap --print | psql");
    let attributes: Vec<&str> =
        ["CREATEROLE", "CREATEDB"].into_iter().filter(|name| lacking.iter().any(|(right, _)| right == name)).collect();
    if !attributes.is_empty() {
        error = error.hint(format!("or as a superuser: ALTER ROLE {} {}", ident(&me.name), attributes.join(" ")));
    }
    Err(error)
}

/// The right by its name, if we lack it.
fn lacks(need: &Need, wish: &Wish, state: &State) -> Option<String> {
    let me = &state.me;
    match need {
        Need::CreateRole => (!me.createrole).then(|| "CREATEROLE".to_owned()),
        Need::CreateDatabase => (!me.createdb).then(|| "CREATEDB".to_owned()),
        Need::AdminOf(role) => may_not_grant(role, state),
        Need::Owner if me.becomes.contains(&wish.owner) => None,
        Need::Owner => may_not_grant(&wish.owner, state),
        Need::Superuser => Some("SUPERUSER".to_owned()),
    }
}

/// Before 16, CREATEROLE is enough for every role that is no superuser; since, it takes the ADMIN option, which the
/// creator of a role has.
fn may_not_grant(role: &str, state: &State) -> Option<String> {
    let me = &state.me;
    if state.is(role, "superuser") {
        return Some("SUPERUSER".to_owned());
    }
    let may =
        me.administers.contains(role) || me.createrole && (state.version < MEMBERSHIP_OPTIONS || !state.has(role));
    (!may).then(|| format!("ADMIN OPTION on role {role}"))
}
