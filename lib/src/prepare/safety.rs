//! The safety copy of a run: how it is taken, and when it goes again.

use std::path::PathBuf;

use serde::Serialize;

#[cfg(feature = "backup")]
use crate::backup::TakesBackups;
use crate::backup::{self, SafetyCopy};
use crate::config::{BackupRule, Keep};
use crate::conn::Target;
use crate::engine::{Context, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;

use super::unheard::Unheard;

/// How safety copies are taken.
#[derive(Clone)]
pub struct Safety<'a> {
    /// Whether at all.
    pub rule: BackupRule,
    /// Where to.
    pub folder: PathBuf,
    /// Which of them are kept.
    pub keep: Keep,
    /// The value of PATH, for finding pg_dump.
    pub search_path: &'a str,
    /// Whether backups are to be encrypted: a file would lie open, and so none is written.
    pub encrypted: bool,
    /// Takes backups, where there is a place for them: then the copy is one.
    #[cfg(feature = "backup")]
    pub backups: Option<&'a dyn TakesBackups>,
}

impl Safety<'_> {
    /// Takes the copy of `target`, on which `session` is.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`] where it must not lie open; it cannot be taken.
    pub async fn take(&self, target: &Target, session: &mut dyn Session, context: &Context) -> Result<SafetyCopy> {
        #[cfg(feature = "backup")]
        if let Some(backups) = self.backups {
            return backup::safety_backup(backups).await;
        }
        if self.encrypted {
            let message = "the safety copy would lie open, and [backup] encrypt wants backups encrypted";
            return Err(Error::new(ErrorKind::Refused, message)
                .hint("nothing was changed; take an encrypted backup: mainstay backup create")
                .hint("then go on without the copy: [migrations] backup = \"never\" in mainstay.toml"));
        }
        let label = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        backup::safety_copy(target, session, &self.folder, &label, self.search_path, context).await
    }

    /// Notes that a run on `state` has taken `copy`, and gives up the one that is not needed for it any more, of a run whose end
    /// nobody has heard. That it cannot be removed is told, and is no failure.
    pub(super) async fn begin(&self, target: &Target, state: &str, copy: &SafetyCopy, context: &Context) {
        // Where nothing can be noted, all copies stay.
        let Ok(Some(between)) = Unheard::note(&self.folder, target, state, copy) else { return };
        let name = between.name();
        let message = match self.remove(&between).await {
            Ok(()) => format!("a run before this one was broken off and had done nothing: its copy {name} is removed"),
            Err(stays) => format!("the copy of a run before this one is not removed: {}", stays.one_line()),
        };
        context.observer.event(Event::Warning { message: &message });
    }

    /// Notes that the end of the run is known.
    pub(super) fn end(&self, target: &Target) {
        Unheard::strike(&self.folder, target);
    }

    /// Gives up the copy of a run that failed and has done nothing: the database is what it is a copy of, and a service that fails
    /// at each start would fill the disk. That it cannot be removed is told, and it stays.
    pub(super) async fn give_up(&self, safety: SafetyOutcome, error: Error, context: &Context) -> Error {
        let SafetyOutcome::Taken(copy) = safety else { return error };
        match self.remove(&copy).await {
            Ok(()) => error.hint("the database is as it was, so the safety copy of this run was removed again"),
            Err(stays) => {
                let message = format!("the safety copy of this run is not removed: {}", stays.one_line());
                context.observer.event(Event::Warning { message: &message });
                error
            }
        }
    }

    /// Removes `copy`, unless somebody has removed it already.
    async fn remove(&self, copy: &SafetyCopy) -> Result<()> {
        #[cfg(feature = "backup")]
        if let (Some(backups), Some(id)) = (self.backups, &copy.id) {
            let given_up = backups.give_up(id).await;
            return given_up.or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) });
        }
        match std::fs::remove_file(&copy.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", &copy.path, error)),
            _ => Ok(()),
        }
    }

    /// Gives up older copies of `target`, once what `safety` was taken for is done: while it fails again and again, the first copy
    /// is the one that is wanted. That they cannot be removed is told, and is no failure.
    pub(crate) fn prune(&self, target: &Target, safety: &mut SafetyOutcome, context: &Context) {
        let SafetyOutcome::Taken(copy) = safety else { return };
        if copy.id.is_some() {
            return;
        }
        match backup::prune_copies(target, &self.folder, self.keep, &copy.path) {
            Ok(removed) => copy.removed = removed,
            Err(error) => {
                let message = format!("older safety copies are not pruned: {}", error.one_line());
                context.observer.event(Event::Warning { message: &message });
            }
        }
    }
}

/// What became of the safety copy.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "safety", rename_all = "kebab-case")]
pub enum SafetyOutcome {
    /// Nothing was applied, or there were no rows to lose.
    NotNeeded,
    /// The configuration says never.
    SwitchedOff,
    /// Taken and read back whole.
    Taken(SafetyCopy),
}

impl SafetyOutcome {
    /// Whether there is a copy.
    pub(super) fn is_taken(&self) -> bool {
        matches!(self, Self::Taken(_))
    }
}
