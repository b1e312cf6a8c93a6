//! Which server a scratch is made on: the project's, or a private one of the same version.

use crate::conn::{PostgresTarget, Target};
use crate::engine::{self, Context};
use crate::error::{Error, ErrorClass, ErrorKind, Result};
use crate::observer::Event;
use crate::scratch::{HASTE, Scratch, ScratchDatabase, ScratchServer, server_programs};
use crate::sql::ident;

use super::recipe::Recipe;
use super::roles::{is_missing_role, make_role_hint};
use super::{Stage, States};

impl States {
    /// Runs `recipe` on the project's server, or where that may not be, on a private one. `beyond`: it reaches beyond its
    /// database.
    pub(super) async fn on_some_server(&self, recipe: &Recipe<'_>, beyond: bool) -> Result<Stage> {
        let Some(Target::Postgres(home)) = &self.home else { return self.on_private_server(recipe, None, None).await };
        let version = match engine::postgres::connect(home, &self.context).await {
            Ok(session) => engine::Session::server(&session).version_number / 10_000,
            Err(error) => return self.on_private_server(recipe, None, Some(error)).await,
        };
        if beyond {
            return self.on_private_server(recipe, Some(version), None).await;
        }
        match self.on_own_server(home, recipe).await {
            Err(error) if private_may_do(&error) => self.on_private_server(recipe, Some(version), Some(error)).await,
            done => done,
        }
    }

    async fn on_own_server(&self, home: &PostgresTarget, recipe: &Recipe<'_>) -> Result<Stage> {
        let mut home = home.clone();
        home.settings.push(("synchronous_commit".into(), "off".into()));
        let owner = self.owner.as_deref().filter(|owner| *owner != home.user);
        let scratch = ScratchDatabase::create(&home, owner, &self.context).await?;
        self.fill(Scratch::Database(Box::new(scratch)), recipe).await
    }

    /// Runs `recipe` on a private server, of the major `version` where there are programs of it; `why` the project's own could
    /// not do it.
    async fn on_private_server(&self, recipe: &Recipe<'_>, version: Option<u32>, why: Option<Error>) -> Result<Stage> {
        let binaries = match server_programs(&self.search_path, version) {
            Ok(binaries) => binaries,
            Err(missing) => return Err(nowhere(missing, why)),
        };
        if let Some(why) = &why {
            let message = format!("a private server is used instead of the project's: {}", why.message());
            self.context.observer.event(Event::Warning { message: &message });
        }
        if let Some(version) = version.filter(|version| *version != binaries.major) {
            let message = format!(
                "the server has PostgreSQL {version}, the private one {}: definitions may be printed in another way",
                binaries.major
            );
            self.context.observer.event(Event::Warning { message: &message });
        }
        let server = match ScratchServer::start(&binaries, &self.temporary, &HASTE).await {
            Ok(server) => server,
            Err(error) => return Err(nowhere(error, why)),
        };
        let target = self.furnish(&server, &self.context).await?;
        self.fill(Scratch::Server(server, Box::new(target)), recipe).await
    }

    /// A private server with `settings` besides, of the project's server's version where that answers and there are programs of it,
    /// and an empty database on it, both named as the project's; `context` is for the session that makes them.
    ///
    /// # Errors
    /// There are no programs of PostgreSQL's server, or it does not start.
    pub(crate) async fn private_server(
        &self,
        settings: &[(&str, &str)],
        context: &Context,
    ) -> Result<(ScratchServer, PostgresTarget)> {
        let version = match &self.home {
            Some(Target::Postgres(home)) => match engine::postgres::connect(home, &self.context).await {
                Ok(session) => Some(engine::Session::server(&session).version_number / 10_000),
                Err(_) => None,
            },
            _ => None,
        };
        let binaries = server_programs(&self.search_path, version)?;
        let settings = [&HASTE, settings].concat();
        let server = ScratchServer::start(&binaries, &self.temporary, &settings).await?;
        let target = self.furnish(&server, context).await?;
        Ok((server, target))
    }

    /// Makes the owner and the database on a private server, of the names that they have on the project's.
    async fn furnish(&self, server: &ScratchServer, context: &Context) -> Result<PostgresTarget> {
        let (user, dbname) = match &self.home {
            Some(Target::Postgres(home)) => (home.user.as_str(), home.dbname.as_str()),
            _ => ("postgres", "mainstay_scratch"),
        };
        let user = self.owner.as_deref().unwrap_or(user);
        let mut statements = Vec::new();
        if user != "postgres" {
            statements.push(format!("CREATE ROLE {} SUPERUSER LOGIN", ident(user)));
        }
        if !["postgres", "template0", "template1"].contains(&dbname) {
            statements.push(format!("CREATE DATABASE {} OWNER {} TEMPLATE template0", ident(dbname), ident(user)));
        }
        let admin = Target::Postgres(server.target("postgres", "postgres"));
        let mut session = engine::connect(&admin, context).await?;
        for statement in statements {
            session.query(&statement).await?;
        }
        session.close().await;
        Ok(server.target(user, dbname))
    }
}

/// Whether it failed for what a private server has: every right, every role, and an answer.
fn private_may_do(error: &Error) -> bool {
    let refused = matches!(error.sqlstate(), Some("42501" | "25006"));
    refused || is_missing_role(error) || error.kind().class() == ErrorClass::Connect
}

/// Neither the project's server nor a private one can do it.
fn nowhere(missing: Error, why: Option<Error>) -> Error {
    let Some(why) = why else { return missing };
    let message = format!("{}; and a private server is not to be had: {}", why.message(), missing.message());
    let mut error = match why.place() {
        Some(place) => Error::new(why.kind(), message).at(place.clone()),
        None => Error::new(why.kind(), message),
    };
    if let Some(hint) = make_role_hint(&why) {
        error = error.hint(hint);
    }
    if why.kind() == ErrorKind::Sql && why.sqlstate() == Some("42501") {
        error = error.hint("let the role create databases: ALTER ROLE … CREATEDB");
    }
    missing.hints().iter().fold(error.source(why), |error, hint| error.hint(hint.clone()))
}
