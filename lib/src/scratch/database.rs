//! A throw-away database on a server that exists.

use std::hash::{BuildHasher, Hasher, RandomState};

use tokio::sync::Mutex;

use crate::conn::{PostgresTarget, Target};
use crate::engine::{Context, Session, connect};
use crate::error::Result;
use crate::sql::{ident, literal};

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
        let name = format!("{PREFIX}{:016x}", RandomState::new().build_hasher().finish());
        let keeper = PostgresTarget { application_name: Some(name.clone()), ..maintenance.clone() };
        let mut keeper = connect(&Target::Postgres(keeper), context).await?;
        leftovers::sweep(keeper.as_mut()).await?;
        // The value is there before the database: given up half-way, it still knows what to drop.
        let target = PostgresTarget { dbname: name, ..maintenance.clone() };
        let mut scratch = Self { target, keeper: Mutex::new(Some(keeper)) };
        match scratch.create_marked(owner).await {
            Ok(()) => Ok(scratch),
            Err(error) => scratch.remove().await.and(Err(error)),
        }
    }

    async fn create_marked(&mut self, owner: Option<&str>) -> Result<()> {
        let Some(keeper) = self.keeper.get_mut() else { return Ok(()) };
        let name = ident(&self.target.dbname);
        // template0 has nothing of the site's own, so the database is empty wherever it is made.
        let owner = owner.map(|owner| format!(" OWNER {}", ident(owner))).unwrap_or_default();
        keeper.query(&format!("CREATE DATABASE {name}{owner} TEMPLATE template0")).await?;
        keeper.query(&format!("COMMENT ON DATABASE {name} IS {}", literal(MARK))).await.map(drop)
    }

    /// How to reach it.
    pub fn target(&self) -> &PostgresTarget {
        &self.target
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

async fn drop_database(mut keeper: Box<dyn Session>, name: &str) -> Result<()> {
    let dropped = keeper.query(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", ident(name))).await;
    keeper.close().await;
    dropped.map(drop)
}
