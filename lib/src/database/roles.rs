//! Roles of the server: who may do what, and changing it one role at a time.

use super::Database;
use crate::bootstrap::{Admin, Wish};
use crate::conn::{PostgresTarget, Secret, Target};
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::Plan;
use crate::roles::{self, Change, Deed, Proposal, Who};

impl Database {
    /// Everybody and the roles called `names`; without names those that may do more than everybody, or `all`.
    ///
    /// # Errors
    /// It cannot be connected to; a name is no role's.
    pub async fn roles(&self, names: &[String], all: bool) -> Result<Vec<Who>> {
        self.on_server()?;
        let mut session = self.connect().await?;
        let listed = roles::list(session.as_mut(), names, all).await;
        session.close().await;
        listed
    }

    /// What `change` would do, and what it leaves possible.
    ///
    /// # Errors
    /// See [`roles::plan`]; no administrator's connection is to be had.
    pub async fn plan_role(&self, change: &Change) -> Result<Proposal> {
        let (target, wish) = self.on_server()?;
        refuse_ourselves(target, change)?;
        let mut session = self.administrator(target).await?;
        let proposal = roles::plan(session.as_mut(), change, wish).await;
        session.close().await;
        proposal
    }

    /// Applies `plan`, which [`Database::plan_role`] made of the same `change`; `password` is what the role gets where the plan has
    /// a place for one.
    ///
    /// # Errors
    /// See [`roles::apply`].
    pub async fn change_role(&self, change: &Change, plan: &Plan, password: Option<&Secret>) -> Result<()> {
        let (target, wish) = self.on_server()?;
        refuse_ourselves(target, change)?;
        let mut session = self.administrator(target).await?;
        let applied = roles::apply(session.as_mut(), change, wish, plan, password, &self.context).await;
        session.close().await;
        applied
    }

    fn on_server(&self) -> Result<(&PostgresTarget, &Wish)> {
        match (&self.target, &self.wish) {
            (Target::Postgres(target), Some(wish)) => Ok((target, wish)),
            _ => Err(Error::new(
                ErrorKind::Usage,
                "an SQLite file has no roles: whoever may read the file may read everything",
            )
            .hint("name a PostgreSQL database: mainstay role list --url postgresql://HOST/NAME")),
        }
    }

    /// A session with the rights to create, on the database itself.
    pub(super) async fn administrator(&self, target: &PostgresTarget) -> Result<Box<dyn Session>> {
        let configured = match &self.admin {
            Some(Target::Postgres(admin)) => Some(admin),
            _ => None,
        };
        Admin::find(configured, target, &self.context).await?.session(&target.dbname, &self.context).await
    }
}

/// The administrator's session may be another role's than the one that is connected as a rule.
fn refuse_ourselves(target: &PostgresTarget, change: &Change) -> Result<()> {
    match &change.deed {
        Deed::Drop { .. } if target.user == change.role => Err(Error::new(
            ErrorKind::Refused,
            format!("role {} is the one that is connected: it is not dropped", change.role),
        )
        .hint("connect as another role: mainstay role drop … -U ROLE")),
        _ => Ok(()),
    }
}
