//! Where the records are: a file, or a server.

use std::sync::Arc;

use deadpool::managed::PoolError;
use mainstay::Database;
use mainstay::conn::Target;
use mainstay::engine::sqlite::SharedFile;

use crate::on_postgres::OnPostgres;
use crate::on_sqlite::OnSqlite;
use crate::pool::{Pool, pool};
use crate::{Records, Result};

/// Connections that ToMaTo opens to PostgreSQL, however many tasks there are.
const CONNECTIONS: usize = 10;

/// The database of one ToMaTo.
#[derive(Clone)]
pub enum Store {
    /// A very small set-up, or a test.
    File(SharedFile),
    /// A server.
    Server(Pool),
}

impl Store {
    pub(crate) fn new(database: &Arc<Database>) -> mainstay::Result<Self> {
        Ok(match database.target() {
            Target::Sqlite(_) => Self::File(database.sqlite()?),
            Target::Postgres(_) => Self::Server(pool(database, CONNECTIONS)),
        })
    }

    /// Does `work` in a transaction that reads and writes, on a thread that may block.
    ///
    /// # Errors
    /// That of `work`, which is undone then; no connection is to be had.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Records) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match self {
            Self::File(file) => file.write(|tx| work(&mut OnSqlite(tx))).await,
            Self::Server(pool) => on_server(pool, work).await,
        }
    }

    /// Does `work` in a transaction that only reads. On a file, it waits for no writer.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Records) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match self {
            Self::File(file) => file.read(|tx| work(&mut OnSqlite(tx))).await,
            Self::Server(pool) => on_server(pool, work).await,
        }
    }
}

async fn on_server<T: Send + 'static>(
    pool: &Pool,
    work: impl FnOnce(&mut dyn Records) -> Result<T> + Send + 'static,
) -> Result<T> {
    let mut client = match pool.get().await {
        Err(PoolError::Backend(error)) => return Err(error.into()),
        client => client?,
    };
    let done = tokio::task::spawn_blocking(move || {
        let mut records = OnPostgres::begin(&mut client)?;
        let value = work(&mut records)?;
        records.commit()?;
        Ok(value)
    });
    done.await?
}
