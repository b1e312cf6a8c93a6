//! Which secret keys open encrypted backups.

use std::path::{Path, PathBuf};

use super::{Builder, Database};
#[cfg(feature = "encrypt")]
use crate::archive::cipher::Keys;
use crate::archive::sealed::Unlocking;
use crate::config::Config;
#[cfg(feature = "encrypt")]
use crate::disk;
use crate::error::Result;
#[cfg(feature = "encrypt")]
use crate::observer::Event;
use crate::observer::Observer;

impl Database {
    /// The keys in `files`, else in the file that the configuration names, for encrypted backups.
    ///
    /// # Errors
    /// A file cannot be read, or has no key.
    pub fn unlocking(&self, files: &[PathBuf]) -> Result<Unlocking> {
        unlocking(files, &self.config, &self.root, self.context.observer.as_ref())
    }
}

impl Builder {
    /// The keys in `files`, else in the file that the configuration names, for encrypted backups.
    ///
    /// # Errors
    /// `mainstay.toml` is wrong; a file cannot be read, or has no key.
    pub fn unlocking(&self, files: &[PathBuf]) -> Result<Unlocking> {
        let project = self.project();
        unlocking(files, &self.read_config(&project)?, &project.root, self.observer.as_ref())
    }
}

/// The configured file need not be there: the machine that takes backups has the public key alone.
fn unlocking(files: &[PathBuf], config: &Config, root: &Path, observer: &dyn Observer) -> Result<Unlocking> {
    let configured = config.backup.identity.as_deref().filter(|_| files.is_empty()).map(|file| root.join(file));
    match configured {
        Some(file) if !file.exists() => {
            Ok(Unlocking { absent: Some(file.display().to_string()), ..Unlocking::default() })
        }
        Some(file) => read(&[file], observer),
        None => read(files, observer),
    }
}

#[cfg(feature = "encrypt")]
fn read(files: &[PathBuf], observer: &dyn Observer) -> Result<Unlocking> {
    let mut keys: Option<Keys> = None;
    for file in files {
        let (more, warning) = disk::read_keys(file)?;
        if let Some(message) = warning {
            observer.event(Event::Warning { message: &message });
        }
        keys = Some(match keys {
            Some(keys) => keys.and(more),
            None => more,
        });
    }
    Ok(Unlocking { keys, ..Unlocking::default() })
}

/// Who cannot decrypt has no use for keys.
#[cfg(not(feature = "encrypt"))]
fn read(_: &[PathBuf], _: &dyn Observer) -> Result<Unlocking> {
    Ok(Unlocking::default())
}
