//! Backups: where they lie, and taking one.

use std::sync::Arc;

use async_trait::async_trait;

use super::Database;
use crate::backup::{self, Foreseen, Ledger, Order, Taken};
use crate::engine::Session;
use crate::error::Result;
use crate::store::{self, Access, Store};

impl Database {
    /// Where its backups lie: at `to`, else where the configuration says. A folder is relative to the project's.
    ///
    /// # Errors
    /// There is no such kind of store.
    pub fn backup_store(&self, to: Option<&str>) -> Result<Arc<dyn Store>> {
        store::open(to.unwrap_or(&self.config.backup.to), &self.root, &Access::default())
    }

    /// A backup to `store` as it is best for most; change what should be otherwise.
    pub fn backup_order<'a>(&'a self, store: &'a dyn Store) -> Order<'a> {
        Order { ledger: Some(self), ..Order::new(store, &self.search_path, &self.temporary) }
    }

    /// Takes a backup, which is there, whole and read back, once this returns.
    ///
    /// # Errors
    /// See [`backup::create`].
    pub async fn create_backup(&self, order: &Order<'_>) -> Result<Taken> {
        backup::create(&self.target, order, &self.context).await
    }

    /// What [`Database::create_backup`] would write.
    ///
    /// # Errors
    /// See [`backup::foresee`].
    pub async fn foresee_backup(&self, order: &Order<'_>) -> Result<Foreseen> {
        backup::foresee(&self.target, order, &self.context).await
    }
}

#[async_trait]
impl Ledger for Database {
    async fn version(&self, session: &mut dyn Session) -> Result<Option<String>> {
        let Some(source) = self.migrations()? else { return Ok(None) };
        let state = source.on(session, &self.rules, Arc::clone(&self.context.observer)).state().await?;
        Ok(state.version().map(ToString::to_string))
    }
}
