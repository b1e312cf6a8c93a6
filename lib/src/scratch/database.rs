//! A throw-away database on a server that exists.

use crate::conn::{PostgresTarget, Target};
use crate::engine::{Context, connect};
use crate::error::Result;
use crate::sql::ident;

/// A database that was made to be dropped again, by [`ScratchDatabase::drop`]: a value that is merely forgotten leaves it.
pub struct ScratchDatabase {
    maintenance: PostgresTarget,
    target: PostgresTarget,
}

impl ScratchDatabase {
    /// Creates the empty database `name`; `maintenance` is a database on the same server whose role may create databases.
    ///
    /// # Errors
    /// No connection, no right to create databases, or the name is taken.
    pub async fn create(maintenance: &PostgresTarget, name: &str, context: &Context) -> Result<Self> {
        let scratch = Self {
            maintenance: maintenance.clone(),
            target: PostgresTarget { dbname: name.to_owned(), ..maintenance.clone() },
        };
        // template0 has nothing of the site's own, so the database is empty wherever it is made.
        scratch.run(&format!("CREATE DATABASE {} TEMPLATE template0", ident(name)), context).await?;
        Ok(scratch)
    }

    /// How to reach it.
    pub fn target(&self) -> &PostgresTarget {
        &self.target
    }

    /// Drops it, sessions and all.
    ///
    /// # Errors
    /// No connection, or the server refuses.
    pub async fn drop(self, context: &Context) -> Result<()> {
        let name = ident(&self.target.dbname);
        self.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), context).await
    }

    async fn run(&self, sql: &str, context: &Context) -> Result<()> {
        let mut session = connect(&Target::Postgres(self.maintenance.clone()), context).await?;
        let done = session.query(sql).await.map(drop);
        session.close().await;
        done
    }
}
