//! This database as it is now becomes a second one.

use std::time::Instant;

use super::Database;
use super::restoring::Restorable;
use crate::archive::manifest::Engine;
use crate::archive::sealed::{Sealer, Unlocking};
use crate::backup::{self, Order};
use crate::conn::Target;
use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "sqlite")]
use crate::restore::SqliteBackup;
use crate::restore::{self, Backup, By, Copied, CopyPlan, Desk, LIVE, Options, Restored};
use crate::scratch::ScratchFolder;
use crate::store;

impl Database {
    /// What copying this database into a new one will do.
    ///
    /// # Errors
    /// See [`restore::plan_copy`].
    pub async fn copy_plan(&self, options: &Options) -> Result<CopyPlan> {
        match &self.target {
            Target::Postgres(_) => restore::plan_copy(options, &self.servers()?, &self.desk()).await,
            // Its file is copied while others write to it, and a backup does that.
            Target::Sqlite(target) => {
                let into = restore::new_name(options)?.to_owned();
                #[cfg(feature = "sqlite")]
                restore::check_new_file(options)?;
                let bytes = std::fs::metadata(&target.path).ok().map(|metadata| metadata.len());
                Ok(CopyPlan::new(By::Backup, target.path.display().to_string(), into, None, bytes))
            }
        }
    }

    /// Copies this database as `plan` says; where the server does not copy it, by a backup.
    ///
    /// # Errors
    /// See [`restore::copy`], [`backup::create`] and [`restore::restore`]. There is no new database then.
    pub async fn copy(&self, plan: &CopyPlan, options: &Options) -> Result<Copied> {
        let began = Instant::now();
        let mut plan = plan.clone();
        if plan.by == By::Server {
            match restore::copy(&plan, &self.servers()?, &self.desk()).await {
                Err(error) if error.kind() == ErrorKind::Refused => plan = plan.by_backup(error.one_line()),
                done => return done,
            }
        }
        // As the server would have made it: for the owner of the first one.
        let options = Options { owner: plan.owner.clone(), ..options.clone() };
        let restored = self.copy_by_backup(&options).await?;
        Ok(Copied { plan, left_out: Vec::new(), restored: Some(restored), seconds: began.elapsed().as_secs_f64() })
    }

    fn desk(&self) -> Desk<'_> {
        Desk { search_path: &self.search_path, temporary: &self.temporary }
    }

    async fn copy_by_backup(&self, options: &Options) -> Result<Restored> {
        let folder = ScratchFolder::create(&self.temporary)?;
        // A store's place is relative to the project.
        let place = std::path::absolute(folder.path()).map_err(|error| Error::io("find", folder.path(), error))?;
        let store = store::open(&place.display().to_string(), &self.root, &self.access)?;
        let (sealer, keys) = self.sealed_for_now()?;
        let jobs = Some(options.jobs).filter(|jobs| *jobs > 0);
        let order = Order { sealer: &sealer, jobs, ..self.backup_order(store.as_ref()) };
        let taken = backup::create(&self.target, &order, &self.context).await.map_err(|error| match error.kind() {
            ErrorKind::Io => error.hint("with another folder for temporary files: export TMPDIR=/var/tmp"),
            _ => error,
        });
        let manifest = taken?.manifest;
        let mut backup = match manifest.source.engine {
            #[cfg(feature = "sqlite")]
            Engine::Sqlite => Restorable::Sqlite(SqliteBackup::stored(store, manifest, &keys)?),
            _ => Restorable::Postgres(Backup::stored(store, manifest, &keys).await?),
        };
        // What is told of it can be typed again; the folder will be gone.
        if let Restorable::Postgres(Backup::Archive(archive)) = &mut backup {
            archive.place = LIVE.to_owned();
        }
        let plan = self.restore_plan(&mut backup, options).await?;
        self.restore(&mut backup, &plan, options).await
    }

    /// How a backup is encrypted that goes again, and what opens it. The key of the configuration's backups may be elsewhere, and
    /// nothing of theirs lies open, not for a moment either.
    fn sealed_for_now(&self) -> Result<(Sealer, Unlocking)> {
        match self.config.backup.encrypt.is_empty() {
            true => Ok((Sealer::Plain, Unlocking::default())),
            false => Sealer::passing(),
        }
    }
}
