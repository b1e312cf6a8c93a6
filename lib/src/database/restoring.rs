//! A backup becomes this database again, or another one on its server.

use std::path::Path;

use super::Database;
use crate::archive::manifest::{Engine, MANIFEST, Manifest};
use crate::archive::sealed::Unlocking;
use crate::conn::Target;
use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "sqlite")]
use crate::restore::SqliteBackup;
use crate::restore::{self, Backup, Options, Owners, RestorePlan, Restored, Servers};
use crate::store;

/// What can be restored.
#[allow(clippy::large_enum_variant, reason = "there is one of them in a process")]
pub enum Restorable {
    /// On a PostgreSQL server.
    Postgres(Backup),
    /// As an SQLite file.
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteBackup),
}

/// A place of backups and the id of one there, where `name` is the path of one that is read through its store alone.
fn place_and_id(name: &str) -> Option<(Option<&str>, &str)> {
    let (place, id) = name.trim_end_matches('/').rsplit_once('/')?;
    let is_sqlite = || {
        let bytes = std::fs::read(Path::new(name).join(MANIFEST)).ok()?;
        Manifest::read(&bytes).ok().map(|manifest| manifest.source.engine == Engine::Sqlite)
    };
    (name.contains("://") || is_sqlite() == Some(true)).then_some((Some(place), id))
}

impl Database {
    /// The backup that `name` means: a file or folder, the address of one in a bucket, `latest`, or the id of one in the store that
    /// `from` names, the configured one otherwise. `owners` say which roles a script is asked about; `unlocking` has the keys of an
    /// encrypted one.
    ///
    /// # Errors
    /// There is none, or it is damaged.
    pub async fn find_backup(
        &self,
        name: Option<&str>,
        from: Option<&str>,
        owners: &Owners,
        unlocking: &Unlocking,
    ) -> Result<Restorable> {
        let (from, name) = place_and_id(name.unwrap_or("latest")).unwrap_or((from, name.unwrap_or("latest")));
        let path = Path::new(name);
        if from.is_none() && (name.contains('/') || (name != "latest" && path.exists())) {
            #[cfg(feature = "sqlite")]
            if let Some(file) = SqliteBackup::file(path) {
                return Ok(Restorable::Sqlite(file));
            }
            return Backup::open(path, owners, unlocking).await.map(Restorable::Postgres);
        }
        let store = self.backup_store(from)?;
        let found = store::find(store.as_ref(), name, Some(&self.target.database())).await;
        let found = found.map_err(|error| match error.kind() {
            ErrorKind::NotFound => error.hint("a dump is restored by its path: mainstay restore ./FILE"),
            _ => error,
        })?;
        match found.manifest.source.engine {
            #[cfg(feature = "sqlite")]
            Engine::Sqlite => SqliteBackup::stored(store, found.manifest, unlocking).map(Restorable::Sqlite),
            _ => Backup::stored(store, found.manifest, unlocking).await.map(Restorable::Postgres),
        }
    }

    /// What restoring `backup` will do.
    ///
    /// # Errors
    /// See [`restore::plan`].
    pub async fn restore_plan(&self, backup: &mut Restorable, options: &Options) -> Result<RestorePlan> {
        match backup {
            Restorable::Postgres(backup) => restore::plan(backup, options, &self.servers()?).await,
            #[cfg(feature = "sqlite")]
            Restorable::Sqlite(backup) => {
                self.check_is_file()?;
                restore::plan_sqlite(backup, options, &self.context).await
            }
        }
    }

    /// Restores `backup` as `plan` says.
    ///
    /// # Errors
    /// See [`restore::restore`].
    pub async fn restore(&self, backup: &mut Restorable, plan: &RestorePlan, options: &Options) -> Result<Restored> {
        match backup {
            Restorable::Postgres(backup) => restore::restore(backup, plan, options, &self.servers()?).await,
            #[cfg(feature = "sqlite")]
            Restorable::Sqlite(backup) => {
                self.check_is_file()?;
                restore::restore_sqlite(backup, plan, options, &self.context).await
            }
        }
    }

    #[cfg(feature = "sqlite")]
    fn check_is_file(&self) -> Result<()> {
        match &self.target {
            Target::Sqlite(_) => Ok(()),
            Target::Postgres(_) => {
                let message =
                    format!("{} is a PostgreSQL database, and the backup is of an SQLite file", self.target.describe());
                Err(Error::new(ErrorKind::Usage, message).hint("name an SQLite file: --url sqlite:PATH"))
            }
        }
    }

    /// The server, as who restores reaches it.
    pub(super) fn servers(&self) -> Result<Servers<'_>> {
        let admin = match &self.admin {
            Some(Target::Postgres(admin)) => Some(admin),
            _ => None,
        };
        match &self.target {
            Target::Postgres(target) => Ok(Servers { target, admin, context: &self.context }),
            Target::Sqlite(_) => {
                let message =
                    format!("{} is an SQLite file, and the backup is of a PostgreSQL database", self.target.describe());
                Err(Error::new(ErrorKind::Usage, message)
                    .hint("name a PostgreSQL database: --url postgresql://HOST/NAME"))
            }
        }
    }
}
