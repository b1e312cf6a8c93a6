//! Backups: where they lie, and taking one.

#[cfg(feature = "postgres")]
use std::path::Path;
use std::sync::Arc;
#[cfg(feature = "postgres")]
use std::time::Duration;

use async_trait::async_trait;

use super::Database;
#[cfg(feature = "postgres")]
use crate::archive::codec::Codec;
#[cfg(feature = "postgres")]
use crate::archive::manifest::Manifest;
use crate::archive::sealed::Sealer;
use crate::backup::{self, Foreseen, Ledger, Order, Taken, TakesBackups};
use crate::drill;
use crate::engine::Session;
use crate::error::Result;
#[cfg(feature = "postgres")]
use crate::error::{Error, ErrorKind};
use crate::status::Backups;
use crate::store::{self, Store};
#[cfg(feature = "postgres")]
use crate::tool;

impl Database {
    /// Where its backups lie: at `to`, else where the configuration says. A folder is relative to the project's.
    ///
    /// # Errors
    /// There is no such kind of store.
    pub fn backup_store(&self, to: Option<&str>) -> Result<Arc<dyn Store>> {
        store::open(to.unwrap_or(self.config.backup.place()), &self.root, &self.access)
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
        let sealer = self.sealer()?;
        backup::create(&self.target, &self.settled(order, &sealer)?, &self.context).await
    }

    /// What [`Database::create_backup`] would write.
    ///
    /// # Errors
    /// See [`backup::foresee`].
    pub async fn foresee_backup(&self, order: &Order<'_>) -> Result<Foreseen> {
        let sealer = self.sealer()?;
        backup::foresee(&self.target, &self.settled(order, &sealer)?, &self.context).await
    }

    /// A drill as it is best for most; change what should be otherwise.
    pub fn drill_order(&self) -> drill::Order<'_> {
        // A project without migrations has no word on a ledger.
        let ledger = self.migrations().ok().flatten().map(|_| self as &dyn Ledger);
        drill::Order {
            ground: drill::Ground::Any,
            target: &self.target,
            admin: self.admin.as_ref(),
            ledger,
            unlocking: None,
            jobs: 0,
            search_path: &self.search_path,
            temporary: &self.temporary,
            context: &self.context,
        }
    }

    /// How old its newest backups are.
    pub(super) async fn newest_backups(&self) -> Option<Backups> {
        let database = self.target.database();
        Backups::look(self.backup_store(None), &database, &self.config.backup, jiff::Timestamp::now()).await
    }

    /// What `order` leaves open, the configuration says; `sealer` is the one that it names.
    fn settled<'a>(&self, order: &Order<'a>, sealer: &'a Sealer) -> Result<Order<'a>> {
        let compress = self.config.backup.compress.as_deref().map(str::parse).transpose()?;
        let sealer = if order.sealer.encrypts() { order.sealer } else { sealer };
        Ok(Order { compress: order.compress.or(compress), sealer, ..*order })
    }

    fn sealer(&self) -> Result<Sealer> {
        Sealer::to(&self.config.backup.encrypt)
            .map_err(|error| error.context("[backup] encrypt in mainstay.toml cannot be used"))
    }

    /// Whether a dump may lie open in `file`.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: the configuration wants backups encrypted.
    #[cfg(feature = "postgres")]
    pub fn may_dump(&self, file: &Path) -> Result<()> {
        if self.config.backup.encrypt.is_empty() {
            return Ok(());
        }
        let message = format!("{} would lie open, and [backup] encrypt wants backups encrypted", file.display());
        Err(Error::new(ErrorKind::Refused, message)
            .hint("take an encrypted backup: mainstay backup create")
            .hint("where its key is, make a plain folder of it: mainstay backup export latest FOLDER --identity FILE"))
    }

    /// Dumps it into the one file `file`, read back before it has its name.
    ///
    /// # Errors
    /// See [`Database::may_dump`] and [`backup::single_file`].
    #[cfg(feature = "postgres")]
    pub async fn dump_to_file(
        &self,
        format: backup::SingleFormat,
        file: &Path,
        lock_wait: Duration,
    ) -> Result<backup::SingleFile> {
        self.may_dump(file)?;
        backup::single_file(&self.target, format, file, lock_wait, &self.search_path, &self.context).await
    }

    /// The codec in which this machine's pg_restore reads the rows of the backup, where it does not read them as they are.
    #[cfg(feature = "postgres")]
    pub async fn readable_codec(&self, manifest: &Manifest) -> Option<Codec> {
        let zstd = manifest.files.iter().any(|file| matches!(file.codec, Codec::Zstd(_)));
        let binaries = tool::find_binaries(&self.search_path, &["pg_dump", "pg_restore"]).unwrap_or_default();
        match binaries.first() {
            Some(newest) if zstd && !tool::knows_zstd(newest).await => Some(Codec::Gzip(1)),
            _ => None,
        }
    }
}

#[async_trait]
impl TakesBackups for Database {
    async fn take(&self) -> Result<Taken> {
        let store = self.backup_store(None)?;
        self.create_backup(&self.backup_order(store.as_ref())).await
    }

    async fn give_up(&self, id: &str) -> Result<()> {
        let store = self.backup_store(None)?;
        let removal = backup::plan_delete(store.as_ref(), &[id.to_owned()], &[]).await?;
        backup::remove(store.as_ref(), &removal).await
    }
}

#[async_trait]
impl Ledger for Database {
    async fn version(&self, session: &mut dyn Session) -> Result<Option<String>> {
        self.ledger_version(session).await
    }
}
