//! This database as it is now becomes a second one.

use std::time::Instant;

use super::Database;
use super::restoring::Restorable;
use crate::archive::manifest::Engine;
use crate::archive::sealed::{Sealer, Unlocking};
use crate::backup::{self, Order};
use crate::conn::Target;
use crate::error::Result;
use crate::observer::Event;
#[cfg(feature = "sqlite")]
use crate::restore::SqliteBackup;
use crate::restore::{self, Backup, By, Copied, CopyPlan, Desk, Options, Restored};
use crate::scratch::ScratchFolder;
use crate::store;

/// Somebody is connected to the database to be copied.
const IN_USE: &str = "55006";

impl Database {
    /// What copying this database into a new one will do.
    ///
    /// # Errors
    /// See [`restore::plan_copy`].
    pub async fn copy_plan(&self, options: &Options) -> Result<CopyPlan> {
        match &self.target {
            Target::Postgres(_) => restore::plan_copy(options, &self.servers()?).await,
            // Its file is copied while others write to it, and a backup does that.
            Target::Sqlite(target) => {
                let into = restore::new_name(options)?.to_owned();
                let bytes = std::fs::metadata(&target.path).ok().map(|metadata| metadata.len());
                Ok(CopyPlan::by_backup(target.path.display().to_string(), into, bytes, None))
            }
        }
    }

    /// Copies this database as `plan` says; where somebody has connected to it since, by a backup.
    ///
    /// # Errors
    /// See [`restore::copy`], [`backup::create`] and [`restore::restore`]. There is no new database then.
    pub async fn copy(&self, plan: &CopyPlan, options: &Options) -> Result<Copied> {
        let began = Instant::now();
        let mut because = plan.because.clone();
        if plan.by == By::Server {
            let desk = Desk { search_path: &self.search_path, temporary: &self.temporary };
            match restore::copy(plan, &self.servers()?, &desk).await {
                Err(error) if error.sqlstate() == Some(IN_USE) => {
                    let message = format!("the copy goes by a backup: {}", error.one_line());
                    self.context.observer.event(Event::Warning { message: &message });
                    because = Some("somebody has connected to it".to_owned());
                }
                done => return done,
            }
        }
        let restored = self.copy_by_backup(options).await?;
        Ok(Copied {
            database: plan.database.clone(),
            into: plan.into.clone(),
            by: By::Backup,
            because,
            bytes: plan.bytes,
            left_out: restored.left_out.clone(),
            restored: Some(restored),
            seconds: began.elapsed().as_secs_f64(),
        })
    }

    async fn copy_by_backup(&self, options: &Options) -> Result<Restored> {
        let folder = ScratchFolder::create(&self.temporary)?;
        let store = store::open(&folder.path().display().to_string(), &self.root, &self.access)?;
        // The key of the configuration's backups may be elsewhere, and nothing of theirs lies open, not for a moment either.
        let (sealer, keys) = match self.config.backup.encrypt.is_empty() {
            true => (Sealer::Plain, Unlocking::default()),
            false => Sealer::passing()?,
        };
        let order = Order { sealer: &sealer, ..self.backup_order(store.as_ref()) };
        let manifest = backup::create(&self.target, &order, &self.context).await?.manifest;
        let mut backup = match manifest.source.engine {
            #[cfg(feature = "sqlite")]
            Engine::Sqlite => Restorable::Sqlite(SqliteBackup::stored(store, manifest, &keys)?),
            _ => Restorable::Postgres(Backup::stored(store, manifest, &keys).await?),
        };
        let plan = self.restore_plan(&mut backup, options).await?;
        self.restore(&mut backup, &plan, options).await
    }
}
