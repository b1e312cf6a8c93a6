//! A throw-away database on a server that exists.

use std::hash::{BuildHasher, Hasher, RandomState};

use tokio::sync::Mutex;

use crate::conn::{PostgresTarget, Target};
use crate::engine::postgres::without_timeouts;
use crate::engine::{Context, Session, connect};
use crate::error::Result;
use crate::sql::{ident, literal};

use super::begin::{Begin, clause, settings};
use super::leftovers;

/// What the name of every scratch database begins with.
pub(super) const PREFIX: &str = "mainstay_scratch_";

/// The comment on every scratch database: without it nothing is ever swept away, whatever its name.
pub(super) const MARK: &str = "made by Mainstay to be dropped again";

/// A database that was made to be dropped again: by [`ScratchDatabase::remove`], by a task when the value is dropped while a
/// runtime goes on (Ctrl-C), and by the next run on that server where the process was killed.
pub struct ScratchDatabase {
    target: PostgresTarget,
    /// On the maintenance database, under the scratch database's name: as long as it lives, nobody takes that for a leftover.
    /// In a lock so that the value may be shared between threads; nobody ever waits for it.
    keeper: Mutex<Option<Box<dyn Session>>>,
}

impl ScratchDatabase {
    /// Creates an empty database, of `owner` where it is not to be the role connected as; `maintenance` is a database on the
    /// same server whose role may create databases. What a killed process has left behind on that server goes first.
    ///
    /// # Errors
    /// No connection, or no right to create databases (SQLSTATE 42501).
    pub async fn create(maintenance: &PostgresTarget, owner: Option<&str>, context: &Context) -> Result<Self> {
        Self::begin(maintenance, owner, Begin::Empty, context).await
    }

    /// The same with something in it. What was made from another database is for nobody but its owner and the role connected
    /// as: rows that somebody may not see there must not be seen here.
    ///
    /// # Errors
    /// As [`ScratchDatabase::create`]; somebody is connected to the database to be copied (SQLSTATE 55006), or it is not the
    /// role's to copy.
    pub async fn begin(
        maintenance: &PostgresTarget,
        owner: Option<&str>,
        begin: Begin<'_>,
        context: &Context,
    ) -> Result<Self> {
        let name = format!("{PREFIX}{:016x}", RandomState::new().build_hasher().finish());
        let keeper = PostgresTarget { application_name: Some(name.clone()), ..maintenance.clone() };
        let mut keeper = connect(&Target::Postgres(keeper), context).await?;
        leftovers::sweep(keeper.as_mut()).await?;
        // The value is there before the database: given up half-way, it still knows what to drop.
        let target = PostgresTarget { dbname: name, ..maintenance.clone() };
        let mut scratch = Self { target, keeper: Mutex::new(Some(keeper)) };
        match scratch.create_marked(owner, begin).await {
            Ok(()) => Ok(scratch),
            Err(error) => {
                // The failure is what is to be told; what cannot be dropped now is swept away by the next run.
                let _ = scratch.remove().await;
                Err(error)
            }
        }
    }

    async fn create_marked(&mut self, owner: Option<&str>, begin: Begin<'_>) -> Result<()> {
        let Some(keeper) = self.keeper.get_mut() else { return Ok(()) };
        let keeper = keeper.as_mut();
        let name = ident(&self.target.dbname);
        // Should we be killed, the server then gives up a copy that nobody waits for. Before 14 it knows no such setting, and
        // elsewhere than on Linux it refuses it.
        let _ = keeper.query("SET client_connection_check_interval = '1s'").await;
        // A copy takes as long as it takes, and the keeper has nothing to say until the end.
        keeper.query(&without_timeouts(keeper.server().version_number)).await?;
        let owned = owner.map(|owner| format!(" OWNER {}", ident(owner))).unwrap_or_default();
        let from = clause(keeper, begin).await?;
        let (Begin::Like(source) | Begin::Copy(source)) = begin else {
            keeper.query(&format!("CREATE DATABASE {name}{owned} {from}")).await?;
            return keeper.query(&format!("COMMENT ON DATABASE {name} IS {}", literal(MARK))).await.map(drop);
        };
        keeper.query(&format!("CREATE DATABASE {name}{owned} {from} ALLOW_CONNECTIONS false")).await?;
        keeper.query(&format!("COMMENT ON DATABASE {name} IS {}", literal(MARK))).await?;
        keeper.query(&format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC")).await?;
        if owner.is_some() {
            keeper.query(&format!("GRANT ALL ON DATABASE {name} TO CURRENT_USER")).await?;
        }
        for setting in settings(keeper, source, &name).await? {
            // A setting that only a superuser may give is one that this role's sessions can do without.
            let _ = keeper.query(&setting).await;
        }
        keeper.query(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await?;
        Ok(())
    }

    /// How to reach it.
    pub fn target(&self) -> &PostgresTarget {
        &self.target
    }

    /// Leaves it where it is, with `comment` in place of the mark: no run will ever sweep it away. Its name.
    ///
    /// # Errors
    /// The connection broke; the database then still counts as one to be dropped.
    pub async fn keep(mut self, comment: &str) -> Result<String> {
        if let Some(mut keeper) = self.keeper.get_mut().take() {
            let sql = format!("COMMENT ON DATABASE {} IS {}", ident(&self.target.dbname), literal(comment));
            let told = keeper.query(&sql).await;
            keeper.close().await;
            told?;
        }
        Ok(self.target.dbname.clone())
    }

    /// Drops it, sessions and all.
    ///
    /// # Errors
    /// The connection broke, or the server refuses.
    pub async fn remove(mut self) -> Result<()> {
        match self.keeper.get_mut().take() {
            Some(keeper) => drop_database(keeper, &self.target.dbname).await,
            None => Ok(()),
        }
    }
}

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        let (Some(keeper), Ok(runtime)) = (self.keeper.get_mut().take(), tokio::runtime::Handle::try_current()) else {
            return;
        };
        let name = self.target.dbname.clone();
        // Nobody is left to be told; where it fails, the next run sweeps.
        runtime.spawn(async move { drop(drop_database(keeper, &name).await) });
    }
}

/// The SQLSTATE of dropping what was made a template, as the database was that it is made of.
pub(super) const TEMPLATE: &str = "42809";

/// The statement after which the database `name` can be dropped.
pub(super) fn plain(name: &str) -> String {
    format!("ALTER DATABASE {} IS_TEMPLATE false", ident(name))
}

async fn drop_database(mut keeper: Box<dyn Session>, name: &str) -> Result<()> {
    let drop = format!("DROP DATABASE IF EXISTS {}", ident(name));
    let mut dropped = keeper.query(&format!("{drop} WITH (FORCE)")).await;
    // A session of somebody whom we may not end may be over by itself in a moment.
    if dropped.as_ref().is_err_and(|error| error.sqlstate() == Some("42501")) {
        dropped = keeper.query(&drop).await;
    }
    if dropped.as_ref().is_err_and(|error| error.sqlstate() == Some(TEMPLATE)) {
        dropped = match keeper.query(&plain(name)).await {
            Ok(_) => keeper.query(&format!("{drop} WITH (FORCE)")).await,
            refused => refused,
        };
    }
    keeper.close().await;
    dropped.map(|_| ())
}
