//! A throw-away database on a server that exists.

use crate::conn::{PostgresTarget, Target};
use crate::engine::{Context, connect};
use crate::error::Result;
use crate::sql::ident;

/// A database that was made to be dropped again, by [`ScratchDatabase::remove`]. A value that is let go instead, as when its
/// command is interrupted, is dropped behind its back while the runtime lasts.
pub struct ScratchDatabase {
    maintenance: PostgresTarget,
    target: PostgresTarget,
    /// What dropping needs; `None` once that was tried.
    pending: Option<Context>,
}

impl ScratchDatabase {
    /// Creates the empty database `name`; `maintenance` is a database on the same server whose role may create databases.
    ///
    /// # Errors
    /// No connection, no right to create databases, or the name is taken.
    pub async fn create(maintenance: &PostgresTarget, name: &str, context: &Context) -> Result<Self> {
        let target = PostgresTarget { dbname: name.to_owned(), ..maintenance.clone() };
        // template0 has nothing of the site's own, so the database is empty wherever it is made.
        run(maintenance, &format!("CREATE DATABASE {} TEMPLATE template0", ident(name)), context).await?;
        Ok(Self { maintenance: maintenance.clone(), target, pending: Some(context.clone()) })
    }

    /// How to reach it.
    pub fn target(&self) -> &PostgresTarget {
        &self.target
    }

    /// Drops it, sessions and all.
    ///
    /// # Errors
    /// No connection, or the server refuses: the message names the database.
    pub async fn remove(mut self, context: &Context) -> Result<()> {
        self.pending = None;
        let done = run(&self.maintenance, &self.drop_statement(), context).await;
        done.map_err(|error| {
            let name = &self.target.dbname;
            error.context(format!("the scratch database {name} is left on the server")).hint(format!("dropdb {name}"))
        })
    }

    fn drop_statement(&self) -> String {
        format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", ident(&self.target.dbname))
    }
}

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        let (Some(context), Ok(runtime)) = (self.pending.take(), tokio::runtime::Handle::try_current()) else { return };
        let (maintenance, statement) = (self.maintenance.clone(), self.drop_statement());
        runtime.spawn(async move { run(&maintenance, &statement, &context).await });
    }
}

async fn run(maintenance: &PostgresTarget, sql: &str, context: &Context) -> Result<()> {
    let mut session = connect(&Target::Postgres(maintenance.clone()), context).await?;
    let done = session.query(sql).await.map(drop);
    session.close().await;
    done
}
