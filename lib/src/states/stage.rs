//! Where a state becomes a database: a live one as it is, or a scratch, wherever it may be made.

use std::sync::Arc;

use crate::catalog::Scope;
use crate::conn::Target;
use crate::engine::{self, Context, Session};
use crate::error::{Error, Result};
use crate::observer::Silent;
use crate::scratch::Scratch;
use crate::sql::{Flavor, ident};

use super::recipe::Recipe;
use super::roles::{is_missing_role, missing_role};
use super::{Snapshot, States};

/// A database that is in a state. A scratch goes with the value; [`Stage::close`] tells whether it went.
pub struct Stage {
    target: Target,
    scratch: Option<Scratch>,
}

impl Stage {
    pub(super) fn live(target: Target) -> Self {
        Self { target, scratch: None }
    }

    fn of(scratch: Scratch) -> Self {
        Self { target: scratch.target(), scratch: Some(scratch) }
    }

    fn is_private(&self) -> bool {
        self.scratch.as_ref().is_some_and(Scratch::is_private)
    }

    /// How to reach it.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Where it is, for people: `a scratch database on the same server`.
    pub fn place(&self) -> String {
        self.scratch.as_ref().map_or_else(|| self.target.describe(), Scratch::place)
    }

    /// Reads what it is made of.
    ///
    /// # Errors
    /// It cannot be connected to or read.
    pub async fn snapshot(&self, context: &Context) -> Result<Snapshot> {
        let mut session = engine::connect(&self.target, context).await?;
        let catalog = session.catalog(Scope::Structure).await;
        let (flavor, version) = (session.flavor(), session.server().version_number);
        session.close().await;
        let mut snapshot = Snapshot::new(flavor, version, catalog?);
        if self.scratch.is_some() {
            // A scratch database's comment is the mark that it is one.
            snapshot.catalog.database.comment = None;
        }
        Ok(snapshot)
    }

    /// Removes the scratch, where it is one.
    ///
    /// # Errors
    /// It cannot be dropped.
    pub async fn close(self) -> Result<()> {
        match self.scratch {
            Some(scratch) => scratch.remove().await,
            None => Ok(()),
        }
    }
}

impl States {
    /// Makes an empty scratch and runs `recipe` in it.
    pub(super) async fn produce(&self, recipe: &Recipe<'_>) -> Result<Stage> {
        let flavor = recipe.flavor_of(self.flavor);
        let beyond = recipe.reaches_beyond(flavor)?;
        match flavor {
            #[cfg(feature = "sqlite")]
            Flavor::Sqlite => {
                let scratch = crate::scratch::ScratchFile::create(&self.temporary)?;
                self.fill(Scratch::File(scratch), recipe).await
            }
            #[cfg(feature = "postgres")]
            Flavor::Postgres => self.on_some_server(recipe, beyond).await,
            #[allow(unreachable_patterns, reason = "with both engines compiled in, every flavour has its arm")]
            _ => {
                let _ = beyond;
                Err(Error::new(crate::ErrorKind::Usage, "this build of the library has no engine for such files")
                    .hint("build with the feature `postgres` or `sqlite`"))
            }
        }
    }

    /// Runs `recipe` in `scratch`, which is removed where that fails.
    pub(super) async fn fill(&self, scratch: Scratch, recipe: &Recipe<'_>) -> Result<Stage> {
        let stage = Stage::of(scratch);
        match self.run(&stage, recipe).await {
            Ok(()) => Ok(stage),
            Err(error) => stage.close().await.and(Err(error)),
        }
    }

    async fn run(&self, stage: &Stage, recipe: &Recipe<'_>) -> Result<()> {
        let context = if recipe.is_told() { self.context.clone() } else { silent(&self.context) };
        let mut session = self.enter(stage, &context).await?;
        let home =
            Home { statements: back_home(session.flavor(), self.owner_in(stage)), makes_roles: stage.is_private() };
        let done = recipe.run(session.as_mut(), &home, &self.context).await;
        session.close().await;
        done
    }

    /// A session in `stage` as the owner of what is made there.
    pub(super) async fn enter(&self, stage: &Stage, context: &Context) -> Result<Box<dyn Session>> {
        let mut session = engine::connect(&stage.target, context).await?;
        engine::act_as(session.as_mut(), self.owner_in(stage)).await?;
        Ok(session)
    }

    /// The role to become; on a private server the session is the owner's by itself.
    fn owner_in(&self, stage: &Stage) -> Option<&str> {
        self.owner.as_deref().filter(|_| !stage.is_private())
    }
}

/// For what is none of the project's statements.
pub(super) fn silent(context: &Context) -> Context {
    Context { observer: Arc::new(Silent), ..context.clone() }
}

/// How a session was at first, for whatever has left it in another way.
pub(super) struct Home {
    /// The statements that bring it back.
    pub(super) statements: Vec<String>,
    /// Whether roles that are missing may be made: the server is ours.
    pub(super) makes_roles: bool,
}

impl Home {
    /// Brings `session` back.
    pub(super) async fn go(&self, session: &mut dyn Session) -> Result<()> {
        for statement in &self.statements {
            session.query(statement).await?;
        }
        Ok(())
    }

    /// Makes the role that `error` misses; `false` where it misses none, or it may not be made.
    pub(super) async fn makes_role(&self, session: &mut dyn Session, error: &Error) -> Result<bool> {
        let Some(role) = missing_role(error).filter(|_| self.makes_roles && is_missing_role(error)) else {
            return Ok(false);
        };
        self.go(session).await?;
        session.query(&format!("CREATE ROLE {}", ident(role))).await?;
        Ok(true)
    }
}

fn back_home(flavor: Flavor, owner: Option<&str>) -> Vec<String> {
    match flavor {
        Flavor::Postgres => {
            let role = owner.map_or_else(|| "RESET ROLE".to_owned(), |owner| format!("SET ROLE {}", ident(owner)));
            vec!["RESET SESSION AUTHORIZATION".to_owned(), role, "RESET ALL".to_owned()]
        }
        Flavor::Sqlite => Vec::new(),
    }
}
