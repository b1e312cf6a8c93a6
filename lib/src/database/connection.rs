//! Ways to the database: as the configured role, as the owner, by the drivers themselves.

use super::Database;
use crate::conn::Target;
use crate::engine::{self, Session};
use crate::error::Result;
use crate::ledger;
#[cfg(feature = "postgres")]
use crate::prepare;

impl Database {
    /// A session as the configured role, waiting for nothing.
    ///
    /// # Errors
    /// See [`engine::connect`]; where it was built to [read only](super::Builder::read_only), [`engine::check_there`] too.
    pub async fn connect(&self) -> Result<Box<dyn Session>> {
        if self.reads_only {
            engine::check_there(&self.target)?;
        }
        self.enter().await
    }

    /// The same for what is at home in an SQLite file that nothing was written to yet.
    pub(super) async fn enter(&self) -> Result<Box<dyn Session>> {
        match engine::connect(&self.target, &self.context).await {
            Err(error) => Err(self.explained(error).await),
            connected => connected,
        }
    }

    /// A client of the PostgreSQL driver for the service's own queries: the same hosts, TLS, password and `via` as everything
    /// here, as the configured role.
    ///
    /// # Errors
    /// See [`engine::connect`]; [`ErrorKind::Usage`](crate::ErrorKind::Usage) for an SQLite file.
    #[cfg(feature = "postgres")]
    pub async fn client(&self) -> Result<tokio_postgres::Client> {
        match &self.target {
            Target::Postgres(target) => match engine::postgres::connect(target, &self.context).await {
                Ok(session) => Ok(session.into_client()),
                Err(error) => Err(self.explained(error).await),
            },
            Target::Sqlite(_) => Err(crate::Error::new(
                crate::ErrorKind::Usage,
                format!("{} is an SQLite file, which the PostgreSQL driver cannot open", self.target.describe()),
            )),
        }
    }

    /// The SQLite file for the service's own queries, from many threads and processes at once.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) for a PostgreSQL database.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(&self) -> Result<engine::sqlite::SharedFile> {
        match &self.target {
            Target::Sqlite(target) => Ok(engine::sqlite::SharedFile::new(target, &self.context)),
            Target::Postgres(_) => Err(crate::Error::new(
                crate::ErrorKind::Usage,
                format!("{} is a PostgreSQL database, not an SQLite file", self.target.describe()),
            )),
        }
    }

    /// A session that acts as the owning role, for DDL and for reading the ledger.
    ///
    /// # Errors
    /// As [`Database::connect`], or the role connected as may not become the owner.
    pub async fn connect_as_owner(&self) -> Result<Box<dyn Session>> {
        if self.reads_only {
            engine::check_there(&self.target)?;
        }
        self.enter_as_owner().await
    }

    /// The same for what is at home in an SQLite file that nothing was written to yet.
    pub(super) async fn enter_as_owner(&self) -> Result<Box<dyn Session>> {
        let mut session = self.enter().await?;
        engine::act_as(session.as_mut(), self.service().owner()).await?;
        Ok(session)
    }

    /// Whether the database's own mark or the configuration says that it is a production one.
    ///
    /// # Errors
    /// As [`Database::connect_as_owner`]; the mark is there and cannot be read.
    pub async fn is_production(&self) -> Result<bool> {
        let mut session = self.connect_as_owner().await?;
        let production = ledger::is_production(session.as_mut(), self.environment()).await;
        session.close().await;
        production
    }

    /// A full server is asked who fills it, by one of those who want to know: asking takes one of the last connections.
    #[cfg(feature = "postgres")]
    pub(super) async fn explained(&self, error: crate::Error) -> crate::Error {
        match self.asking.try_lock() {
            Ok(_alone) => prepare::tell_who(error, &self.service()).await,
            Err(_) => error,
        }
    }

    #[cfg(not(feature = "postgres"))]
    pub(super) async fn explained(&self, error: crate::Error) -> crate::Error {
        error
    }
}
