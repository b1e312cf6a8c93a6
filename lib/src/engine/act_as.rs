//! Acting as the role that owns the database's objects.

use super::Session;
use crate::error::Result;
use crate::sql::{Flavor, ident};

/// Makes `session` act as `owner`, so that what it creates belongs to it; nothing where no owner is named, where it is the one
/// connected as, and on SQLite, which has no roles.
///
/// # Errors
/// The role connected as may not act as `owner`, or there is no such role.
pub async fn act_as(session: &mut dyn Session, owner: Option<&str>) -> Result<()> {
    let Some(owner) = owner.filter(|owner| session.flavor() == Flavor::Postgres && *owner != session.server().user)
    else {
        return Ok(());
    };
    session.query(&format!("SET ROLE {}", ident(owner))).await.map(drop).map_err(|error| {
        let user = session.server().user.clone();
        error.context(format!("`{user}` may not act as the owner `{owner}`")).hint("mainstay bootstrap")
    })
}
