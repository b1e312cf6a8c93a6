//! Where everything of one upgrade lies: a folder beside the data folder.

use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

use crate::error::{Error, ErrorKind, Result, shell_word};
use crate::tool::give_like;

/// How long the programs of a run that was killed have time to end.
const LINGERING: Duration = Duration::from_secs(20);

/// The places of the upgrade of one data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The data folder: the old cluster before the swap, the new one after it.
    pub data: PathBuf,
    /// The folder beside it: everything else.
    pub work: PathBuf,
}

impl Site {
    /// Of the data folder `data`, a real path.
    pub fn of(data: &Path) -> Self {
        let mut work = data.as_os_str().to_owned();
        work.push(".upgrade");
        Self { data: data.to_owned(), work: work.into() }
    }

    /// The other cluster: the new one before the swap, the old one after it.
    pub fn aside(&self) -> PathBuf {
        self.work.join("aside")
    }

    /// The next command to type about it: `mainstay upgrade finish --data /var/lib/postgresql/18/main`.
    pub(super) fn command(&self, verb: &str) -> String {
        format!("mainstay upgrade {verb} --data {}", shell_word(&self.data.display().to_string()))
    }

    /// Adds the ways on from an upgrade that is not through.
    pub(super) fn how_to_go_on(&self, error: Error) -> Error {
        error.hint(format!("go on: {}", self.command("run"))).hint(format!("go back: {}", self.command("rollback")))
    }

    /// Adds the ways on from one that is.
    pub(super) fn how_to_end(&self, error: Error) -> Error {
        error
            .hint(format!("remove the old cluster: {}", self.command("finish")))
            .hint(format!("go back: {}", self.command("rollback")))
    }

    /// Where the upgrade stands.
    pub fn journal(&self) -> PathBuf {
        self.work.join("journal.json")
    }

    /// What came of the last rehearsal.
    pub(super) fn rehearsal(&self) -> PathBuf {
        self.work.join("rehearsal.json")
    }

    /// The logs of private servers and of pg_upgrade, and the schemas that were compared.
    pub(super) fn logs(&self) -> PathBuf {
        self.work.join("log")
    }

    /// Who may log in to a private server.
    pub(super) fn hba(&self) -> PathBuf {
        self.work.join("hba.conf")
    }

    /// Makes the folder, for the owner of the data folder alone.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: what is there by its name is no folder of the same disk, from where nothing can be put in place.
    pub(super) fn make(&self) -> Result<()> {
        for folder in [&self.work, &self.logs()] {
            match DirBuilder::new().mode(0o700).create(folder) {
                Ok(()) => give_like(folder, &self.data)?,
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => self.check(folder)?,
                Err(error) => return Err(Error::io("make the folder", folder, error)),
            }
        }
        Ok(())
    }

    fn check(&self, folder: &Path) -> Result<()> {
        let about = |path: &Path| path.symlink_metadata().map_err(|error| Error::io("read", path, error));
        let (there, data) = (about(folder)?, about(&self.data)?);
        if there.is_dir() && there.dev() == data.dev() {
            return Ok(());
        }
        let message = format!("{} is no folder on the disk of {}", folder.display(), self.data.display());
        Err(Error::new(ErrorKind::Refused, message).hint("move it out of the way: the upgrade makes its own"))
    }

    /// Takes the lock that one upgrade of this data folder holds. The programs of a run that was killed hold it until they have
    /// ended, which is waited for.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`]: another one is at work.
    pub(super) async fn lock(&self) -> Result<File> {
        let file = self.lock_file()?;
        let begun = Instant::now();
        while flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            if begun.elapsed() > LINGERING {
                let message = format!("another upgrade of {} is at work", self.data.display());
                return Err(Error::new(ErrorKind::Locked, message).hint("let it come to its end"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(file)
    }

    /// Takes the lock if nobody has it.
    pub(super) fn try_lock(&self) -> Option<File> {
        self.lock_file().ok().filter(|file| flock(file, FlockOperation::NonBlockingLockExclusive).is_ok())
    }

    /// Whoever makes it, the owner of the data folder can go on.
    fn lock_file(&self) -> Result<File> {
        let path = self.work.join("lock");
        let opened = OpenOptions::new().create(true).truncate(false).write(true).read(true).mode(0o600).open(&path);
        let file = opened.map_err(|error| Error::io("open", &path, error))?;
        // Between the renames of an exchange there is no data folder.
        if self.data.exists() {
            give_like(&path, &self.data)?;
        }
        Ok(file)
    }

    /// A file of the folder, for the owner's eyes only, written whole or not at all.
    pub(super) fn write(&self, path: &Path, text: &str) -> Result<()> {
        crate::disk::write_private(path, text)?;
        give_like(path, &self.data)
    }
}

/// Removes a folder that may not be there.
pub(super) fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", folder, error)),
        _ => Ok(()),
    }
}
