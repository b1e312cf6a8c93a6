//! One role at a time: made for a purpose, given and taken what that purpose needs, dropped without loss; and who may do what.
//!
//! [`plan`] reads what there is and says what is missing; [`apply`] does exactly that in one transaction. What those who only
//! read may do is said by [`bootstrap::access`](crate::bootstrap::access), for its own logins and for these alike. Why it is
//! so is in `docs/design/roles.md`.

mod apply;
mod change;
mod facts;
mod grants;
mod list;
mod open;
mod password;
mod preset;
mod removal;
mod revoke;
mod rights;
mod state;
mod step;

pub use apply::apply;
pub use change::{Change, Deed, Password};
pub use list::{InSchema, Who, list};
pub use open::Remaining;
pub use password::generate;
pub use preset::Preset;

use serde::Serialize;

use crate::bootstrap::Wish;
use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Action, Plan, PlanKind};
use crate::sql::literal;

use state::Facts;
use step::Needed;

/// Where a plan's statement says the role's password; as psql reads it this is a variable.
pub const PASSWORD_VARIABLE: &str = ":role_password";

/// Below this likeness another role's name is no help.
const ALIKE: f64 = 0.8;

/// What would be done, and what that leaves possible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// What would be done, in one transaction.
    pub plan: Plan,
    /// What the role can do all the same that its preset is meant to keep it from.
    pub remains: Vec<Remaining>,
}

impl Proposal {
    /// Whether a step of it has a place for a password.
    pub fn wants_password(&self) -> bool {
        let has = |sql: &String| sql.ends_with(PASSWORD_VARIABLE);
        self.plan.steps.iter().any(|step| matches!(&step.action, Action::Sql(sql) if sql.statements.iter().any(has)))
    }
}

/// What `change` takes, as `session`'s role would do it. The plan is made whether or not that role may carry it out, so that it
/// can be printed for somebody who may. It holds no secret.
///
/// # Errors
/// The role is not there ([`ErrorKind::NotFound`]), or the change would lose something or break the service
/// ([`ErrorKind::Refused`]).
pub async fn plan(session: &mut dyn Session, change: &Change, wish: &Wish) -> Result<Proposal> {
    let (facts, steps) = examine(session, change, wish).await?;
    let remains = match &change.deed {
        Deed::Revoke { preset } => revoke::remaining(change, *preset, wish, &facts),
        _ => open::remaining(change, &facts),
    };
    let steps = steps.into_iter().map(|needed| needed.step).collect();
    let plan = Plan { kind: PlanKind::Roles, database: wish.database.clone(), state: facts.hash(), steps };
    Ok(Proposal { plan, remains })
}

/// What there is, and what `change` takes from there.
async fn examine(session: &mut dyn Session, change: &Change, wish: &Wish) -> Result<(Facts, Vec<Needed>)> {
    change.validate(wish)?;
    let version = session.server().version_number;
    let facts = Facts::new(version, session.query(&facts::of(change, wish, version)).await?);
    if !facts.exists() && !matches!(change.deed, Deed::Create { .. }) {
        return Err(missing(session, change).await?);
    }
    let steps = match &change.deed {
        Deed::Create { preset, .. } | Deed::Grant { preset, .. } => {
            refuse_superusers_rights(*preset, wish, &facts)?;
            grants::needed(change, *preset, wish, &facts)
        }
        Deed::Revoke { preset } => revoke::needed(change, *preset, wish, &facts),
        Deed::Drop { reassign_to } => {
            let heir = reassign_to.as_deref();
            removal::refuse(change, heir, wish, &facts)?;
            removal::needed(change, heir, &facts)
        }
    };
    Ok((facts, steps))
}

fn refuse_superusers_rights(preset: Preset, wish: &Wish, facts: &Facts) -> Result<()> {
    let owner = facts.groups.get(&wish.owner);
    if preset != Preset::Owner || owner.is_some_and(|flags| !flags.contains("superuser")) {
        return Ok(());
    }
    Err(match owner {
        Some(_) => Error::new(
            ErrorKind::Refused,
            format!("the owner {} is a superuser: its rights are not handed on", wish.owner),
        )
        .hint("name a role of the service's own: owner = \"…\" under [database] in mainstay.toml"),
        None => Error::new(ErrorKind::NotFound, format!("the owner {} does not exist", wish.owner))
            .hint("mainstay bootstrap"),
    })
}

async fn missing(session: &mut dyn Session, change: &Change) -> Result<Error> {
    let role = &change.role;
    let names = session.query("SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'").await?;
    let names: Vec<String> = names.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
    let error = Error::new(ErrorKind::NotFound, format!("role {role} does not exist"));
    let near = names.iter().map(|name| (strsim::jaro_winkler(role, name), name)).max_by(|a, b| a.0.total_cmp(&b.0));
    Ok(match near.filter(|(alike, _)| *alike >= ALIKE) {
        Some((_, near)) => error.hint(format!("did you mean {near}? mainstay role list --all shows the roles")),
        None => error.hint("mainstay role list --all shows the roles"),
    })
}

/// Is the role there?
async fn exists(session: &mut dyn Session, role: &str) -> Result<bool> {
    let sql = format!("SELECT 't' FROM pg_catalog.pg_roles WHERE rolname = {}", literal(role));
    Ok(first_cell(&session.query(&sql).await?) == Some("t"))
}
